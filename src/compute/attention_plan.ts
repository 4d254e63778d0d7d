/** What attention's options come to: the shape of heads, and which keys a query sees. */

import type { Attention } from "./ops.ts";

/** Attention's options, those that are not given filled in. */
export interface AttentionPlan {
  /** Whether every query sees every key of its row, by scores that are scale QKᵀ alone, H = G. */
  readonly plain: boolean;
  /** d. */
  readonly depth: number;
  /** G. */
  readonly keyHeads: number;
  /** What q·k is multiplied by. */
  readonly scale: number;
  /** Whether no query sees a key after it. */
  readonly causal: boolean;
  /** How far a query sees; {@linkcode EVERYWHERE} where there is no window. */
  readonly window: number;
  /** Whether a row's queries are its last tokens. */
  readonly last: boolean;
  /** P - 1, the line where i = j of the bias, or of the buckets of relative positions. */
  readonly middle: number;
}

/** A window that no row reaches; sums with places stay below 2³¹. */
export const EVERYWHERE = 2 ** 30;

/** The options of attention on these inputs. */
export function attentionPlan(inputs: Attention): AttentionPlan {
  const { query, heads, keyHeads = heads, causal = false, bias, relative } = inputs;
  const window = Math.min(inputs.window ?? EVERYWHERE, EVERYWHERE);
  const depth = query.width / heads;
  return {
    plain: keyHeads === heads && !causal && window === EVERYWHERE && !bias && !relative,
    ...{ depth, keyHeads, causal, window },
    scale: inputs.scale ?? 1 / Math.sqrt(depth),
    last: inputs.queriesAre === "last",
    middle: ((bias ?? relative?.bucketOf)?.rows ?? 1) - 1 >> 1,
  };
}

/** Keys [from, to) of its row that a query sees; its place among the row's tokens. */
export function seen(
  { causal, window, last }: AttentionPlan,
  { query, keys, queries }: {
    /** Which of the row's queries. */
    readonly query: number;
    readonly keys: number;
    readonly queries: number;
  },
): { readonly place: number; readonly from: number; readonly to: number } {
  const place = query + (last ? keys - queries : 0);
  return {
    place,
    from: Math.max(0, place - window),
    to: Math.min(keys, place + 1 + (causal ? 0 : window)),
  };
}

/** How attention is laid over workgroups: a lane a query or key, or on GPUs tiles in workgroup memory. */

import { type AttentionPlan, attentionPlan } from "../attention_plan.ts";
import type { Attention, Tensor } from "../ops.ts";
import type { launches } from "./launches.ts";
import { SPAN, WORKGROUP } from "./layout.ts";

/** The kernels of attention and its gradients. */
export type AttentionKernel =
  | "attention"
  | "attention_backward_query"
  | "attention_backward_key";

/** What decides between lanes and tiles. */
export interface Place {
  /** Whether the adapter is a program, which has no fast workgroup memory. */
  readonly software: boolean;
  /** Workgroup memory. */
  readonly workgroupBytes: number;
}

/** Constants of the tiled kernels, as shaders/shared/attention_tile.wgsl says. */
export type AttentionTile = Readonly<Record<"DEPTH" | "SHARE" | "COLUMNS" | "STEP", number>>;

/** Queries or keys that a workgroup of a tiled kernel owns. */
const OWN = 32;

/**
 * Bytes of workgroup memory that a tiled kernel takes: lines of its own and of others, numbers for
 * each pair of an own and another line, and what is exchanged between lanes.
 */
export function tileBytes(
  kernel: AttentionKernel,
  { DEPTH, SHARE }: Pick<AttentionTile, "DEPTH" | "SHARE">,
): number {
  const others = 8 * SHARE;
  const line = 16 * (DEPTH / 4 + 1);
  const column = 16 * 9; // an other's numbers for all own lines, padded
  switch (kernel) {
    case "attention":
      return (OWN + 2 * others) * line + others * column + 8 * column;
    case "attention_backward_query":
      return 2 * (OWN + others) * line + others * column;
    case "attention_backward_key":
      return 2 * (OWN + others) * line + others * (2 * column + 8);
  }
}

/** The largest tile for heads of this depth; none where lanes are to compute. */
export function attentionTile(
  kernel: AttentionKernel,
  DEPTH: number,
  { software, workgroupBytes }: Place,
): AttentionTile | undefined {
  if (software || DEPTH % 4 !== 0) return undefined;
  const SHARE = [4, 2, 1].find((share) =>
    tileBytes(kernel, { DEPTH, SHARE: share }) <= workgroupBytes
  );
  if (!SHARE) return undefined;
  const fours = DEPTH / 4;
  const STEP = [4, 3, 2, 1].find((step) => fours % step === 0)!;
  return { DEPTH, SHARE, COLUMNS: Math.ceil(fours / 8), STEP };
}

/**
 * Parameters of attention with options, as shaders/shared/attention_general.wgsl says, and its workgroups,
 * which own so many queries or keys each.
 */
function generalShape(
  kernel: AttentionKernel,
  { rows, heads, longest, bias }: Attention,
  { keyHeads, causal, window, last, middle, scale }: AttentionPlan,
  own: number,
) {
  const span = Math.min(rows.rows, SPAN);
  const [most, owners] = kernel === "attention_backward_key"
    ? [longest.keys, keyHeads]
    : [longest.queries, heads];
  return {
    params: {
      ...{ rows: rows.rows, heads, key_heads: keyHeads, span, window, middle, scale },
      ...{ causal: causal ? 1 : 0, last: last ? 1 : 0, biased: bias ? 1 : 0 },
    },
    groups: [
      Math.ceil(most / own),
      owners * Math.ceil(rows.rows / span),
      span,
    ] as const,
  };
}

/** Launches attention's kernels; `rowOf`, the row of each query or key, is what lanes need beside `tensors`. */
export function attentionLaunches({ launch }: ReturnType<typeof launches>, place: Place) {
  return (
    kernel: AttentionKernel,
    tensors: readonly Tensor[],
    rowOf: Tensor,
    inputs: Attention,
  ) => {
    const { rows, heads, longest } = inputs;
    const plan = attentionPlan(inputs);
    const { depth, scale } = plan;
    const of = kernel === "attention_backward_key" ? "keys" : "queries";
    const tile = attentionTile(kernel, depth, place);
    if (!plan.plain) {
      const { params, groups } = generalShape(kernel, inputs, plan, tile ? OWN : WORKGROUP);
      const all = [...tensors, inputs.bias ?? inputs.key];
      const name = tile ? `${kernel}_tiled_general` as const : `${kernel}_general` as const;
      launch(name, params, all, groups, tile ?? { DEPTH: depth }, { loops: place.software });
      return;
    }
    if (!tile) {
      const groups = [Math.ceil(rowOf.rows / WORKGROUP), heads, 1] as const;
      const params = { [of]: rowOf.rows, heads, scale };
      launch(kernel, params, [...tensors, rowOf], groups, { DEPTH: depth });
      return;
    }
    const span = Math.min(rows.rows, SPAN);
    launch(`${kernel}_tiled`, { rows: rows.rows, heads, span, scale }, tensors, [
      Math.ceil(longest[of] / OWN),
      heads * Math.ceil(rows.rows / span),
      span,
    ], tile);
  };
}

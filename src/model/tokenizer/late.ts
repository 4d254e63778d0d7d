/** Texts as ColBERT reads them: a marker behind [CLS], and queries filled with [MASK]. */

import type { LateInteraction } from "../late_interaction.ts";
import type { Token } from "./tokens.ts";

/** A pair's tokens, each with its segment: [CLS] marker query [SEP] [MASK]…, then the passage's. */
export interface LatePair {
  readonly parts: readonly (Token & { readonly segment: number })[];
  /** Where the passage begins. */
  readonly second: number;
  /** How many of the query's last tokens no token attends to. */
  readonly unseen: number;
  /** 0 for tokens that maxima over the passage's leave out, else 1. */
  readonly counted: Uint8Array;
}

/**
 * What reads pairs as `late` says, each text cut by itself; `around` are the special tokens of any text.
 *
 * @throws {RangeError} where the vocabulary lacks a marker or [MASK]; of a pair, where a text may not have a
 * token of its own.
 */
export function lateReader(
  late: LateInteraction,
  { tokens, idOf, mask, around }: {
    readonly tokens: (text: string) => readonly Token[];
    readonly idOf: (token: string) => number | undefined;
    readonly mask: string;
    readonly around: { readonly first: readonly Token[]; readonly last: readonly Token[] };
  },
): (query: string, passage: string, maxLength: number) => LatePair {
  const known = (token: string): Token => {
    const id = idOf(token);
    if (id !== undefined) return { id, token };
    throw new RangeError(`Cannot use the model's tokenizer: its vocabulary lacks ${token}`);
  };
  const fill = late.expands ? known(mask) : undefined;
  const [queryMarker, passageMarker] = [late.queryMarker, late.passageMarker]
    .map((marker) => marker === undefined ? [] : [known(marker)]);
  const skipped = new Set(
    late.skipped.flatMap((word) => tokens(word).slice(0, 1)).map(({ id }) => id),
  );
  const read = (text: string, marker: readonly Token[], length: number) => {
    const first = [...around.first, ...marker];
    const room = length - first.length - around.last.length;
    if (!(Number.isInteger(room) && room >= 1)) {
      throw new RangeError(
        `Cannot encode a text: expected a whole length of at least ${
          length - room + 1
        }, got ${length}`,
      );
    }
    const own = tokens(text).slice(0, room);
    return { first, own, masks: fill ? room - own.length : 0 };
  };
  return (query, passage, maxLength) => {
    const q = read(query, queryMarker, Math.min(maxLength, late.queryTokens));
    const d = read(passage, passageMarker, Math.min(maxLength, late.passageTokens));
    const masks = Array<Token>(q.masks).fill(fill!);
    const between = [...around.last, ...masks, ...d.first];
    const parts = [q.first, q.own, between, d.own, around.last].flatMap((part, segment) =>
      part.map((token) => ({ ...token, segment }))
    );
    const second = q.first.length + q.own.length + around.last.length + q.masks;
    return {
      ...{ parts, second },
      unseen: late.attendsToMasks ? 0 : q.masks,
      counted: Uint8Array.from(parts, ({ id }, i) => i >= second && skipped.has(id) ? 0 : 1),
    };
  };
}

/** Texts as ColBERT reads them: a marker behind [CLS], and queries filled with [MASK]. */

import type { LateInteraction } from "../late_interaction.ts";
import type { Token } from "./tokens.ts";

/** A text's tokens in parts: what begins it, its own, what ends it; and how many of those are [MASK]s. */
export interface LateText {
  readonly first: readonly Token[];
  readonly own: readonly Token[];
  readonly last: readonly Token[];
  readonly masks: number;
}

/** What reads texts of both kinds, and says which tokens of a passage are left out of the maxima. */
export interface LateReader {
  query(text: string, maxLength: number): LateText;
  passage(text: string, maxLength: number): LateText;
  isSkipped(id: number): boolean;
}

/**
 * Reads texts as `late` says; `around` are the special tokens of any text.
 *
 * @throws {RangeError} where the vocabulary lacks a marker or [MASK], or a text may not have a token of its own.
 */
export function lateReader(
  late: LateInteraction,
  { tokens, idOf, mask, around }: {
    readonly tokens: (text: string) => readonly Token[];
    readonly idOf: (token: string) => number | undefined;
    readonly mask: string;
    readonly around: { readonly first: readonly Token[]; readonly last: readonly Token[] };
  },
): LateReader {
  const known = (token: string): Token => {
    const id = idOf(token);
    if (id !== undefined) return { id, token };
    throw new RangeError(`Cannot use the model's tokenizer: its vocabulary lacks ${token}`);
  };
  const fill = late.expands ? known(mask) : undefined;
  const markers = [late.queryMarker, late.passageMarker]
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
    return { first, own: tokens(text).slice(0, room), last: around.last };
  };
  return {
    query(text, maxLength) {
      const length = Math.min(maxLength, late.queryTokens);
      const { first, own, last } = read(text, markers[0], length);
      const masks = fill ? length - first.length - own.length - last.length : 0;
      return { first, own, last: [...last, ...Array<Token>(masks).fill(fill!)], masks };
    },
    passage: (text, maxLength) => ({
      ...read(text, markers[1], Math.min(maxLength, late.passageTokens)),
      masks: 0,
    }),
    isSkipped: (id) => skipped.has(id),
  };
}

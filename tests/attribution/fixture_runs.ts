/** Attributions of a few pairs of the bundled cross-encoder, and how they are compared. */

import { assert, assertEquals } from "@std/assert";
import {
  attribute,
  type AttributeOptions,
  type CrossEncoder,
  type LabelledPair,
  type PairAttribution,
  parseTextPairs,
} from "../../internal.ts";
import { root } from "../backends.ts";
import { relativeDistance } from "./golden.ts";

export const fixture = "fixtures/tiny-cross-encoder";
export const pairs: readonly LabelledPair[] = parseTextPairs(
  await Deno.readTextFile(new URL("fixtures/pairs.tsv", root)),
  { name: "pairs.tsv", labelled: true },
).slice(0, 5);

export async function run(
  encoder: CrossEncoder,
  options: AttributeOptions & { readonly pairs?: readonly LabelledPair[] } = {},
): Promise<PairAttribution[]> {
  const found = await Array.fromAsync(attribute(encoder, options.pairs ?? pairs, options));
  return found.sort((a, b) => a.index - b.index);
}

/** To the bit, so that a run that was cut, shared out or short of memory ends in the same file. */
export function assertSame(
  found: readonly PairAttribution[],
  expected: readonly PairAttribution[],
): void {
  assertEquals(found.length, expected.length);
  found.forEach((pair, i) => {
    const { repeated: _, ...same } = pair;
    const { repeated: __, ...wanted } = expected[i];
    assert(
      pair.conductance.every((value, id) => value === expected[i].conductance[id]),
      `pair ${pair.index}: ${relativeDistance(pair.conductance, expected[i].conductance)}`,
    );
    assertEquals(same, wanted);
  });
}

/** The same model, which asks for `passes` passes at once. */
export function pipelined(encoder: CrossEncoder, passes: number): CrossEncoder {
  const { ops } = encoder;
  return { ...encoder, ops: { ...ops, limits: { ...ops.limits, passes, passTokens: 64 } } };
}

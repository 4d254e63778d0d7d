/** Attention with relative positions in float64: against its definition, and central differences. */

import { assertLess } from "@std/assert";
import { attention } from "../../../src/compute/cpu/attention.ts";
import { attentionBackward } from "../../../src/compute/cpu/attention_backward.ts";
import type { IndexMatrix, Matrix } from "../../../src/compute/cpu/matrix.ts";
import type { Attention, UnitMask } from "../../../src/compute/ops.ts";
import { assertGradient, dot, filled, indices, matrix, unset } from "./differences.ts";

const [heads, depth] = [2, 3];
const width = heads * depth;

/** Rows of 4 and 2 tokens, of which 2 and 1 are queries. */
function inputsOf(queriesAre: "first" | "last", keep?: "keep") {
  const units = (maskOf: readonly number[]): UnitMask => ({
    keep: filled(2, width, [1, 0, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1]),
    maskOf: indices(maskOf.length, 1, maskOf),
  });
  return {
    query: matrix(3, width),
    key: matrix(6, width),
    value: matrix(6, width),
    rows: indices(2, 4, [0, 4, 0, 2, 4, 2, 2, 1]),
    rowOfQuery: indices(3, 1, [0, 0, 1]),
    rowOfKey: indices(6, 1, [0, 0, 0, 0, 1, 1]),
    heads,
    longest: { queries: 2, keys: 4 },
    scale: 0.4,
    queriesAre,
    relative: {
      key: matrix(6, width),
      query: matrix(6, width),
      bucketOf: indices(9, 1, [0, 0, 1, 2, 3, 4, 4, 5, 5]), // P = 5
      ...(keep ? { keep: { key: units([1, 0, 1]), query: units([0, 1, 1, 0, 0, 1]) } } : {}),
    },
  } satisfies Attention;
}

const choices = (["first", "last"] as const).flatMap((queriesAre) =>
  [undefined, "keep" as const].map((keep) => ({
    queriesAre,
    keep,
    given: inputsOf(queriesAre, keep),
  }))
);

Deno.test("attention() adds scores of content by position, both ways, masks left out", () => {
  for (const { queriesAre, given } of choices) {
    const { query, key, value, rows, relative, scale } = given;
    const [out, lse] = [unset(3, width), unset(3, heads)];
    attention(out, lse, given);
    const kept = (units: UnitMask | undefined, row: number, c: number) => {
      if (!units) return 1;
      const mask = (units.maskOf as IndexMatrix).data[row];
      return (units.keep as Matrix).data[mask * width + c];
    };
    for (let q = 0; q < 3; q++) {
      const r = given.rowOfQuery.data[q];
      const [first, keys, firstQuery, queries] = rows.data.subarray(4 * r, 4 * r + 4);
      const i = q - firstQuery + (queriesAre === "last" ? keys - queries : 0);
      for (let h = 0; h < heads; h++) {
        const powers = Array.from({ length: keys }, (_, j) => {
          const b = relative.bucketOf.data[4 + i - j];
          let score = 0;
          for (let c = h * depth; c < (h + 1) * depth; c++) {
            const [own, other] = [query.data[q * width + c], key.data[(first + j) * width + c]];
            score += own * other;
            score += own * kept(relative.keep?.key, q, c) * relative.key.data[b * width + c];
            score += other * kept(relative.keep?.query, first + j, c) *
              relative.query.data[b * width + c];
          }
          return Math.exp(scale * score);
        });
        const total = powers.reduce((sum, power) => sum + power, 0);
        // a dozen roundings of numbers about 1
        assertLess(Math.abs(lse.data[q * heads + h] - Math.log(total)), 1e-14);
        for (let c = h * depth; c < (h + 1) * depth; c++) {
          const expected = powers.reduce(
            (sum, power, j) => sum + power / total * value.data[(first + j) * width + c],
            0,
          );
          assertLess(Math.abs(out.data[q * width + c] - expected), 1e-14);
        }
      }
    }
  }
});

Deno.test("attentionBackward() matches central differences through all terms of relative positions", () => {
  for (const { queriesAre, keep, given } of choices) {
    const dout = matrix(3, width);
    const [out, lse] = [unset(3, width), unset(3, heads)];
    const gradient = { query: unset(3, width), key: unset(6, width), value: unset(6, width) };
    attention(out, lse, given);
    attentionBackward(gradient, dout, out, lse, given);
    const [again, lseAgain] = [unset(3, width), unset(3, heads)];
    const F = () => (attention(again, lseAgain, given), dot(again, dout));
    for (const name of ["query", "key", "value"] as const) {
      assertGradient(gradient[name], F, given[name], `${name}, ${queriesAre}, ${keep}`);
    }
  }
});

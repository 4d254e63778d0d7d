/** Attention in float64: against its definition, and its gradients against central differences. */

import { assert, assertLess } from "@std/assert";
import { attention } from "../../../src/compute/cpu/attention.ts";
import { attentionBackward } from "../../../src/compute/cpu/attention_backward.ts";
import type { Matrix } from "../../../src/compute/cpu/matrix.ts";
import type { Attention } from "../../../src/compute/ops.ts";
import { assertGradient, dot, indices, matrix, unset } from "./differences.ts";

interface Shape {
  /** Tokens of each row. */
  readonly lengths: readonly number[];
  readonly heads: number;
  readonly depth: number;
  /** Whether [CLS] is the only query of each row. */
  readonly cls: boolean;
}

const batches: readonly Shape[] = [false, true].flatMap((cls) => [
  { lengths: [1], heads: 1, depth: 1, cls },
  { lengths: [5], heads: 2, depth: 3, cls },
  { lengths: [3, 1, 7, 2], heads: 3, depth: 3, cls },
]);

/** Inputs of a batch whose rows follow one another. */
function inputsOf({ lengths, heads, depth, cls }: Shape) {
  const firsts = lengths.map((_, r) => lengths.slice(0, r).reduce((sum, count) => sum + count, 0));
  const rowOf = lengths.flatMap((count, r) => Array<number>(count).fill(r));
  const lines = lengths.flatMap((count, r) =>
    cls ? [firsts[r], count, r, 1] : [firsts[r], count, firsts[r], count]
  );
  const rowOfQuery = cls ? [...lengths.keys()] : rowOf;
  const width = heads * depth;
  return {
    query: matrix(rowOfQuery.length, width),
    key: matrix(rowOf.length, width),
    value: matrix(rowOf.length, width),
    rows: indices(lengths.length, 4, lines),
    rowOfQuery: indices(rowOfQuery.length, 1, rowOfQuery),
    rowOfKey: indices(rowOf.length, 1, rowOf),
    heads,
    longest: { queries: cls ? 1 : Math.max(...lengths), keys: Math.max(...lengths) },
  } satisfies Attention;
}

Deno.test("attention() is softmax(QKᵀ/√d) V, row by row and head by head", () => {
  for (const shape of batches) {
    const { heads, depth } = shape;
    const given = inputsOf(shape);
    const { query, key, value, rowOfQuery, rowOfKey } = given;
    const [out, lse] = [unset(query.rows, query.width), unset(query.rows, heads)];
    attention(out, lse, given);
    const head = (x: Matrix, line: number, h: number) =>
      x.data.subarray(line * x.width + h * depth, line * x.width + (h + 1) * depth);
    for (let q = 0; q < query.rows; q++) {
      const keys = [...rowOfKey.data.keys()].filter((j) => rowOfKey.data[j] === rowOfQuery.data[q]);
      for (let h = 0; h < heads; h++) {
        const own = head(query, q, h);
        const scores = keys.map((j) =>
          own.reduce((sum, x, c) => sum + x * head(key, j, h)[c], 0) / Math.sqrt(depth)
        );
        const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
        // a dozen roundings of numbers about 1
        assertLess(Math.abs(lse.data[q * heads + h] - Math.log(total)), 1e-14);
        head(out, q, h).forEach((found, c) => {
          const expected = keys.reduce(
            (sum, j, i) => sum + Math.exp(scores[i]) / total * head(value, j, h)[c],
            0,
          );
          assertLess(Math.abs(found - expected), 1e-14);
        });
      }
    }
  }
});

Deno.test("attention() stays finite where scores are beyond the range of exp", () => {
  const given = inputsOf(batches[2]);
  given.query.data.forEach((value, i) => given.query.data[i] = 3000 * value);
  const [out, lse] = [unset(given.query.rows, given.query.width), unset(given.query.rows, 3)];
  attention(out, lse, given);
  assert(out.data.every(Number.isFinite) && lse.data.every(Number.isFinite));
});

Deno.test("attentionBackward() matches central differences by query, key and value", () => {
  for (const shape of batches) {
    const given = inputsOf(shape);
    const { query, key, value, heads } = given;
    const dout = matrix(query.rows, query.width);
    const [out, lse] = [unset(query.rows, query.width), unset(query.rows, heads)];
    const gradient = {
      query: unset(query.rows, query.width),
      key: unset(key.rows, key.width),
      value: unset(value.rows, value.width),
    };
    attention(out, lse, given);
    attentionBackward(gradient, dout, out, lse, given);
    const [again, lseAgain] = [unset(query.rows, query.width), unset(query.rows, heads)];
    const F = () => (attention(again, lseAgain, given), dot(again, dout));
    for (const name of ["query", "key", "value"] as const) {
      if (shape.lengths.length === 1 && shape.lengths[0] === 1 && name !== "value") {
        assert(gradient[name].data.every((x) => x === 0)); // one token's softmax is 1 whatever it is
      } else {
        assertGradient(gradient[name], F, given[name], `${name}, ${JSON.stringify(shape)}`);
      }
    }
  }
});

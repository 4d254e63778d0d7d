/** Attention's options in float64: against their definition, and gradients against central differences. */

import { assert, assertEquals, assertLess } from "@std/assert";
import { attention } from "../../../src/compute/cpu/attention.ts";
import { attentionBackward } from "../../../src/compute/cpu/attention_backward.ts";
import type { Matrix } from "../../../src/compute/cpu/matrix.ts";
import type { Attention } from "../../../src/compute/ops.ts";
import { assertGradient, dot, indices, matrix, unset } from "./differences.ts";

const [heads, depth] = [4, 3];

type Options = Pick<Attention, "scale" | "keyHeads" | "causal" | "window" | "queriesAre" | "bias">;

const choices: readonly Options[] = [
  { scale: 0.3 },
  { keyHeads: 2 },
  { keyHeads: 1 },
  { causal: true },
  { window: 0 },
  { window: 2 },
  { bias: matrix(17, heads) },
  { scale: 1, keyHeads: 2, causal: true, window: 3, bias: matrix(15, heads) },
].flatMap((options) => [options, { ...options, queriesAre: "last" as const }]);

/** Rows of 5, 1 and 8 tokens, of which the first or last 3, 1 and 2 (or all) are queries. */
function inputsOf(options: Options, queries: "some" | "all") {
  const [keys, asking] = [[5, 1, 8], queries === "some" ? [3, 1, 2] : [5, 1, 8]];
  const lines: number[] = [];
  const [rowOfKey, rowOfQuery]: [number[], number[]] = [[], []];
  keys.forEach((count, r) => {
    lines.push(rowOfKey.length, count, rowOfQuery.length, asking[r]);
    rowOfKey.push(...Array<number>(count).fill(r));
    rowOfQuery.push(...Array<number>(asking[r]).fill(r));
  });
  const keyWidth = (options.keyHeads ?? heads) * depth;
  return {
    query: matrix(rowOfQuery.length, heads * depth),
    key: matrix(rowOfKey.length, keyWidth),
    value: matrix(rowOfKey.length, keyWidth),
    rows: indices(3, 4, lines),
    rowOfQuery: indices(rowOfQuery.length, 1, rowOfQuery),
    rowOfKey: indices(rowOfKey.length, 1, rowOfKey),
    heads,
    longest: { queries: Math.max(...asking), keys: 8 },
    ...options,
  } satisfies Attention;
}

/** What `attention` is, written as its options say, a query, head and key at a time. */
function defined(given: ReturnType<typeof inputsOf>): { out: number[]; lse: number[] } {
  const { query, key, value, rows, scale = 1 / Math.sqrt(depth), keyHeads = heads } = given;
  const bias = given.bias as Matrix | undefined;
  const part = (
    x: Matrix,
    line: number,
    h: number,
  ) => [...x.data.subarray(line * x.width + h * depth, line * x.width + (h + 1) * depth)];
  const [out, lse]: [number[], number[]] = [[], []];
  for (let q = 0; q < query.rows; q++) {
    const r = given.rowOfQuery.data[q];
    const [first, keys, firstQuery, queries] = rows.data.subarray(4 * r, 4 * r + 4);
    const i = q - firstQuery + (given.queriesAre === "last" ? keys - queries : 0);
    for (let h = 0; h < heads; h++) {
      const shared = Math.floor(h / (heads / keyHeads));
      const seen = [...Array(keys).keys()].filter((j) =>
        (!given.causal || j <= i) && (given.window === undefined || Math.abs(i - j) <= given.window)
      );
      const powers = seen.map((j) => {
        const other = part(key, first + j, shared);
        const product = part(query, q, h).reduce((sum, x, c) => sum + x * other[c], 0);
        const added = bias ? bias.data[((bias.rows - 1) / 2 + j - i) * heads + h] : 0;
        return Math.exp(scale * product + added);
      });
      const total = powers.reduce((sum, power) => sum + power, 0);
      lse.push(Math.log(total));
      for (let c = 0; c < depth; c++) {
        out.push(
          seen.reduce(
            (sum, j, at) => sum + powers[at] / total * part(value, first + j, shared)[c],
            0,
          ),
        );
      }
    }
  }
  return { out, lse };
}

const nameOf = (options: Options) => JSON.stringify({ ...options, bias: options.bias?.rows });

Deno.test("attention() sees, shares, scales and adds what its options say", () => {
  for (const options of choices) {
    for (const queries of ["some", "all"] as const) {
      const given = inputsOf(options, queries);
      const [out, lse] = [unset(given.query.rows, heads * depth), unset(given.query.rows, heads)];
      attention(out, lse, given);
      const expected = defined(given);
      const name = `${nameOf(options)} ${queries}`;
      assertEquals(expected.out.length, out.data.length);
      // a dozen roundings of numbers about 1, bias and scores of up to 10
      out.data.forEach((x, i) => assertLess(Math.abs(x - expected.out[i]), 1e-13, name));
      lse.data.forEach((x, i) => assertLess(Math.abs(x - expected.lse[i]), 1e-13, name));
    }
  }
});

Deno.test("attention() is the same bits with options that change nothing", () => {
  const plain = inputsOf({}, "some");
  const bits = (options: Options) => {
    const [out, lse] = [unset(plain.query.rows, heads * depth), unset(plain.query.rows, heads)];
    attention(out, lse, { ...plain, ...options });
    return [out.data, lse.data];
  };
  const expected = bits({});
  for (
    const none of [{ keyHeads: heads }, { causal: false }, { window: 8 }, {
      scale: 1 / Math.sqrt(depth),
    }]
  ) {
    assertEquals(bits({ ...none, queriesAre: "last" }), expected);
  }
});

Deno.test("attentionBackward() matches central differences whatever the options", () => {
  for (const options of choices) {
    for (const queries of ["some", "all"] as const) {
      const given = inputsOf(options, queries);
      const { query, key, value } = given;
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
        // Who sees one key only has a softmax of 1: no gradient but by values.
        const still = options.window === 0 && name !== "value";
        if (still) assert(gradient[name].data.every((x) => x === 0));
        else {assertGradient(
            gradient[name],
            F,
            given[name],
            `${name} ${nameOf(options)} ${queries}`,
          );}
      }
    }
  }
});

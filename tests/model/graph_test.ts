/** Recording: cuts are proved, GELU is fused where one pass can make it, and gradients meet in any shape. */

import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { cpuOps } from "../../internal.ts";
import { backward } from "../../src/model/backward.ts";
import { uploadPairs, uploadSequences } from "../../src/model/batch.ts";
import { linear, norm, table } from "../../src/model/families/names.ts";
import { type Encoder, forward, logitsOf } from "../../src/model/forward.ts";
import type { Value } from "../../src/model/steps.ts";
import { type Build, record } from "../../src/model/record.ts";
import { keptTensors } from "../../src/model/kept.ts";
import { loadWeights, weightNames } from "../../src/model/weights.ts";

const words = table("words", 5, 6);
const square = (name: string) => linear(name, 6, 6);

Deno.test("record() proves that a cut lets no influence pass by", () => {
  const around = (b: Build, name: string) => {
    const x = b.embed({ words });
    const y = b.linear(x, square("a"));
    b.cut(name, name === "whole" ? x : y);
    return b.linear(b.add(x, y), square("b"));
  };
  assertEquals(record((b) => around(b, "whole")).cuts.map(({ name }) => name), ["whole"]);
  assertThrows(
    () => record((b) => around(b, "half")),
    Error,
    "Cannot use cut half: influence of the input passes it by",
  );
});

Deno.test("record() fuses GELU with linears only where nothing else reads either", () => {
  const kinds = (forward: (b: Build) => Value) => record(forward).steps.map(({ kind }) => kind);
  const up = (b: Build) => b.linear(b.embed({ words }), square("up"));
  assertEquals(
    kinds((b) => b.linear(b.activate(up(b), "gelu"), square("down"))),
    ["embed", "linear", "linear"],
  );
  assertEquals(
    kinds((b) => b.linear(b.activate(up(b), "relu"), square("down"))),
    ["embed", "linear", "activate", "linear"],
  );
  assertEquals(
    kinds((b) => {
      const x = up(b);
      return b.add(x, b.linear(b.activate(x, "gelu"), square("down")));
    }),
    ["embed", "linear", "activate", "linear", "add"],
  );
  const normed = norm("n", 6, { epsilon: 1e-5 });
  assertEquals(
    kinds((b) => b.norm(b.activate(up(b), "gelu"), normed)),
    ["embed", "linear", "activate", "norm"],
  );
});

/** A pass with values that many steps read, taken tokens, pooled ones and a word of its own. */
function tangled(b: Build): Value {
  const x = b.embed({ words });
  b.cut("embedding", x);
  const first = b.take(x); // nothing else of this gradient is there when it comes back
  const a = b.linear(x, square("a"), { layer: 0, component: "query" });
  const c = b.linear(x, square("c"), { layer: 0, component: "key" });
  const both = b.norm(a, norm("n", 6, { epsilon: 1e-5 }), c);
  const rms = b.norm(a, norm("rms", 6, { epsilon: 1e-5, kind: "rms" }));
  const rotary = { theta: 10, width: 2, positions: 4 };
  const context = b.attend(b.rotate(rms, rotary), b.rotate(c, rotary), both, {
    heads: 3,
    causal: true,
  });
  const up = b.linear(context, square("up"), { layer: 0, component: "intermediate" });
  const fed = b.linear(b.activate(up, "gelu"), square("down"));
  const twice = b.add(b.add(both, fed), b.add(c, b.add(both, a)));
  const gated = b.activate(twice, "silu", both);
  const shared = b.add(a, c); // its gradient is another value's until the taken token's is added
  const taken = b.take(shared);
  const pooled = b.add(b.add(b.pool(gated), b.pool(b.add(shared, both))), taken);
  const sum = b.add(b.add(pooled, b.take(twice)), b.add(first, b.start({ ...words, rows: [2] })));
  return b.linear(b.activate(sum, "tanh"), linear("out", 2, 6));
}

async function tangledEncoder(): Promise<Encoder> {
  const ops = cpuOps();
  const graph = record(tangled);
  let seed = 3;
  const random = () => (seed = seed * 16807 % 2147483647) / 2147483647 - 0.5;
  const shapes = new Map(weightNames(graph).map(({ name, shape }) => [name, shape]));
  const data = new Map(
    Array.from(shapes, ([name, shape]) => [
      name,
      // short numbers: words are uploaded as float32, and small changes of them must not be rounded
      Float64Array.from(
        { length: shape.reduce((a, b) => a * b) },
        () => Math.round(2 * random() * 4096) / 4096,
      ),
    ]),
  );
  const entries = new Map(
    Array.from(shapes, ([name, shape]) => [name, { name, shape, dtype: "F64" }]),
  );
  const file = {
    ...{ metadata: {}, entries },
    read: (name: string) => Promise.resolve(data.get(name)!),
    bytes: () => Promise.reject(new Error("not asked for")),
  };
  const config = { embeddingWidth: 6, labels: 2, relevantClass: 1, padding: 0 } as const;
  const weights = await loadWeights(file, { graph, config, ops });
  const family = { positionsAfterPadding: false };
  return { ops, graph, weights, config: { ...config, family } as unknown as Encoder["config"] };
}

Deno.test("backward() agrees with differences of a pass in which gradients meet in every way", async () => {
  const encoder = await tangledEncoder();
  const { ops, graph, weights, config } = encoder;
  const ids = Uint32Array.of(1, 3, 4);
  const encoded = { ids, types: new Uint32Array(3), segments: new Uint8Array(3), tokens: [] };
  const baseline = new Int32Array(3);
  /** F and what was kept, with one number of a word changed. */
  const run = (change?: { readonly at: number; readonly by: number }) => {
    const table = Float64Array.from(weights.words);
    if (change) table[change.at] += change.by;
    const own = { ...encoder, weights: { ...weights, words: table } };
    const pairs = uploadPairs(ops, config, own.weights, [{ encoded, baseline }]);
    const sequences = uploadSequences(ops, graph, pairs, [{ pair: 0, t: 1 }]);
    const values = keptTensors(ops, graph, { tokens: 3, sequences: 1 });
    return { own, done: forward(own, { pairs, sequences }, values) };
  };
  const F = async (change?: { readonly at: number; readonly by: number }) => {
    const { own, done } = run(change);
    const [no, yes] = await ops.read(logitsOf(own, done));
    return yes - 0.5 * no;
  };
  const { own, done } = run();
  const gradients = keptTensors(ops, graph, { tokens: 3, sequences: 1 });
  backward(own, { run: done, gradients }, ops.floats(1, 2, Float64Array.of(-0.5, 1)));
  const found = await ops.read(gradients.get(graph.cuts[0].value)!);
  let largest = 0;
  for (let token = 0; token < 3; token++) {
    for (let unit = 0; unit < 6; unit++) {
      const at = ids[token] * 6 + unit;
      const central = async (by: number) =>
        (await F({ at, by }) - await F({ at, by: -by })) / (2 * by);
      // Richardson: without the error of second order
      const slope = (4 * await central(2 ** -10) - await central(2 ** -9)) / 3;
      assertLess(Math.abs(found[token * 6 + unit] - slope), 1e-7, `${token}.${unit}`);
      largest = Math.max(largest, Math.abs(slope));
    }
  }
  assert(largest > 0.1);
});

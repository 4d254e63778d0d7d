/** Shape checks: what does not fit is refused by name before any backend sees it. */

import { assertEquals, assertThrows } from "@std/assert";
import { checked } from "../../src/compute/checked.ts";
import { cpuOps } from "../../src/compute/cpu/cpu_ops.ts";
import type {
  Attention,
  Embedding,
  Ops,
  RelativePositions,
  Tensor,
} from "../../src/compute/ops.ts";

/** What a backend is, and how it keeps tensors; all else computes. */
type Memory =
  | "zeros"
  | "empty"
  | "floats"
  | "weights"
  | "indices"
  | "slice"
  | "read"
  | "readAwaited"
  | "free"
  | "close";
type Description = "kind" | "adapter" | "limits" | "features" | "kernels" | "products" | "timings";
type Operation = Exclude<keyof Ops, Memory | Description>;

const tensors = cpuOps();
const x = (rows: number, width: number) => tensors.zeros(rows, width);
const index = (rows: number, width: number) =>
  tensors.indices(rows, width, new Uint32Array(rows * width));
const layer = (outputs: number, inputs: number, biases = outputs) => (
  { weight: x(outputs, inputs), bias: x(1, biases) }
);
const norm = (width: number, biases = width) => (
  { gain: x(1, width), bias: x(1, biases), epsilon: 0 }
);
const same = x(3, 4);
const units = (rows: number, width: number) => ({ keep: x(rows, width), maskOf: index(3, 1) });
const even = { left: 0.5, right: 0.5 };

/** 5 tokens of 2 rows, width 6, of pairs of 4 tokens. */
const embedding = (other: Partial<Embedding> = {}): Embedding => ({
  words: x(9, 6),
  positions: x(7, 6),
  types: x(2, 6),
  norm: norm(6),
  tokens: index(4, 4),
  rows: index(2, 4),
  rowOf: index(5, 1),
  t: x(2, 1),
  ...other,
});

/** 2 queries and 5 keys of 2 rows, 3 heads of 2. */
const inputs = (other: Partial<Attention> = {}): Attention => ({
  query: x(2, 6),
  key: x(5, 6),
  value: x(5, 6),
  rows: index(2, 4),
  rowOfQuery: index(2, 1),
  rowOfKey: index(5, 1),
  heads: 3,
  longest: { queries: 1, keys: 3 },
  ...other,
});
const masks = (rows: number) => ({ keep: x(2, 6), maskOf: index(rows, 1) });
const relative = (other: Partial<RelativePositions> = {}): RelativePositions => (
  { key: x(4, 6), query: x(4, 6), bucketOf: index(5, 1), ...other }
);
const gradient = (rows: number, width = 6): Record<"query" | "key" | "value", Tensor> => (
  { query: x(2, 6), key: x(rows, width), value: x(5, 6) }
);

/** For each operation, arguments that fit, and arguments that do not. */
const cases: { readonly [K in Operation]: readonly Parameters<Ops[K]>[] } = {
  embed: [
    [x(5, 6), embedding()],
    [x(5, 5), embedding()],
    [x(4, 6), embedding()],
    [x(5, 6), embedding({ positions: x(7, 5) })],
    [x(5, 6), embedding({ types: x(2, 7) })],
    [x(5, 6), embedding({ norm: norm(6, 5) })],
    [x(5, 6), embedding({ norm: norm(3) })],
    [x(5, 6), embedding({ norm: { gain: x(1, 5), epsilon: 0 } })],
    [x(5, 6), embedding({ norm: { ...norm(6), kind: "rms" } })],
    [x(5, 6), embedding({ t: x(3, 1) })],
    [x(5, 6), embedding({ t: x(2, 2) })],
    [x(5, 6), embedding({ tokens: index(4, 3) })],
    [x(5, 6), embedding({ rows: x(2, 4) })],
    [x(5, 6), embedding({ rowOf: index(5, 2) })],
  ],
  linear: [
    [x(3, 4), x(3, 5), layer(4, 5), { mask: units(2, 4), activated: x(3, 4) }],
    [x(2, 4), x(3, 5), layer(4, 5)],
    [x(3, 4), x(3, 5), layer(5, 4)],
    [x(3, 4), x(3, 5), layer(4, 5, 3)],
    [x(3, 4), x(3, 5), layer(4, 5), { activated: x(3, 5) }],
    [x(3, 4), x(3, 5), layer(4, 5), { mask: units(2, 5) }],
    [x(3, 4), x(3, 5), layer(4, 5), { mask: { keep: x(2, 4), maskOf: x(3, 1) } }],
  ],
  linearBackward: [
    [x(3, 5), x(3, 4), layer(4, 5), { plus: x(3, 5), preactivation: x(3, 5) }],
    [x(2, 5), x(3, 4), layer(4, 5)],
    [x(3, 4), x(3, 5), layer(4, 5)],
    [x(3, 5), x(3, 4), layer(4, 5), { plus: x(3, 4) }],
    [x(3, 5), x(3, 4), layer(4, 5), { preactivation: x(3, 4) }],
  ],
  tanh: [[x(3, 4), x(3, 4)], [x(3, 4), x(3, 5)]],
  tanhBackward: [[x(3, 4), x(3, 4), x(3, 4)], [x(3, 4), x(2, 4), x(3, 4)]],
  norm: [
    [x(3, 8), x(3, 8), { gain: x(1, 4), epsilon: 0, kind: "rms" }],
    [x(3, 8), x(3, 4), norm(4)],
    [x(3, 8), x(3, 8), norm(3)],
    [x(3, 8), x(3, 8), norm(4, 8)],
  ],
  normBackward: [
    [x(3, 8), x(3, 8), x(3, 8), { gain: x(1, 4), epsilon: 0 }, { plus: x(3, 8) }],
    [x(3, 8), x(3, 8), x(2, 8), norm(4)],
    [x(3, 8), x(3, 8), x(3, 8), norm(5)],
    [x(3, 8), x(3, 8), x(3, 8), norm(4), { plus: x(3, 4) }],
  ],
  divide: [[x(3, 4), x(3, 4), x(3, 4)], [x(3, 4), x(3, 4), x(1, 4)]],
  add: [[x(3, 4), x(3, 4), x(3, 4)], [x(3, 4), x(3, 4), x(1, 4)], [same, same, same]],
  activate: [
    [x(3, 4), x(3, 4), { name: "silu", gate: x(3, 4) }],
    [x(3, 4), x(3, 5), { name: "silu" }],
    [x(3, 4), x(3, 4), { name: "silu", gate: x(2, 4) }],
  ],
  activateBackward: [
    [x(3, 4), x(3, 4), x(3, 4), { name: "relu", gate: x(3, 4), dgate: x(3, 4) }],
    [x(3, 4), x(3, 4), x(2, 4), { name: "relu" }],
    [x(3, 4), x(3, 4), x(3, 4), { name: "relu", gate: x(3, 5) }],
    [x(3, 4), x(3, 4), x(3, 4), { name: "relu", gate: x(3, 4), dgate: x(4, 3) }],
    [x(3, 4), x(3, 4), x(3, 4), { name: "relu", dgate: x(3, 4) }],
  ],
  rotate: [
    [x(3, 8), x(3, 8), { angles: x(9, 4), positions: index(3, 1), inverse: true }],
    [x(3, 8), x(3, 4), { angles: x(9, 4), positions: index(3, 1) }],
    [x(3, 8), x(3, 8), { angles: x(9, 4), positions: index(2, 1) }],
    [x(3, 8), x(3, 8), { angles: x(9, 4), positions: x(3, 1) }],
    [x(3, 8), x(3, 8), { angles: x(9, 6), positions: index(3, 1) }],
    [x(3, 9), x(3, 9), { angles: x(9, 3), positions: index(3, 1) }],
  ],
  addNorm: [
    [x(3, 4), x(3, 4), x(3, 4), norm(4)],
    [x(3, 4), x(3, 4), x(1, 4), norm(4)],
    [x(3, 4), x(3, 4), x(3, 4), norm(3)],
    [x(3, 4), x(3, 4), x(3, 4), norm(2)],
    [x(3, 4), x(3, 4), x(3, 4), { gain: x(1, 4), epsilon: 0 }],
    [x(3, 4), x(3, 4), x(3, 4), { ...norm(4), kind: "rms" }],
  ],
  addNormBackward: [
    [x(3, 4), x(3, 4), x(3, 4), x(3, 4), norm(4)],
    [x(3, 4), x(3, 4), x(3, 4), x(3, 5), norm(4)],
    [x(3, 4), x(3, 4), x(3, 4), x(3, 4), norm(4, 5)],
    [x(3, 4), x(3, 4), x(3, 4), x(3, 4), { ...norm(4), kind: "rms" }],
  ],
  attention: [
    [x(2, 6), x(2, 3), inputs()],
    [x(5, 6), x(2, 3), inputs()],
    [x(2, 6), x(2, 2), inputs()],
    [x(2, 6), x(3, 3), inputs()],
    [x(2, 6), x(2, 4), inputs({ heads: 4 })],
    [x(2, 6), x(2, 3), inputs({ keyHeads: 2 })],
    [x(2, 6), x(2, 3), inputs({ keyHeads: 1 })],
    [x(2, 6), x(2, 3), inputs({ keyHeads: 0 })],
    [x(2, 6), x(2, 3), inputs({ bias: x(3, 3) })],
    [x(2, 6), x(2, 3), inputs({ bias: x(6, 3) })],
    [x(2, 6), x(2, 3), inputs({ bias: x(5, 2) })],
    [x(2, 6), x(2, 3), inputs({ relative: relative(), causal: true })],
    [x(2, 6), x(2, 3), inputs({ relative: relative(), bias: x(5, 3) })],
    [x(2, 6), x(2, 3), inputs({ relative: relative({ key: x(4, 5) }) })],
    [x(2, 6), x(2, 3), inputs({ relative: relative({ query: x(5, 6) }) })],
    [x(2, 6), x(2, 3), inputs({ relative: relative({ bucketOf: index(4, 1) }) })],
    [x(2, 6), x(2, 3), inputs({ relative: relative({ bucketOf: x(5, 1) }) })],
    [x(2, 6), x(2, 3), inputs({ relative: relative({ keep: { key: masks(5) } }) })],
    [x(2, 6), x(2, 3), inputs({ relative: relative({ keep: { query: masks(2) } }) })],
    [x(2, 6), x(2, 3), inputs({ value: x(4, 6) })],
    [x(2, 6), x(2, 3), inputs({ key: x(5, 3), value: x(5, 3) })],
    [x(2, 6), x(2, 3), inputs({ rowOfQuery: index(5, 1) })],
    [x(2, 6), x(2, 3), inputs({ rowOfKey: index(2, 1) })],
    [x(2, 6), x(2, 3), inputs({ rows: index(2, 2) })],
    [x(2, 6), x(2, 3), inputs({ rows: x(2, 4) })],
  ],
  attentionBackward: [
    [gradient(5), x(2, 6), x(2, 6), x(2, 3), inputs()],
    [gradient(4), x(2, 6), x(2, 6), x(2, 3), inputs()],
    [gradient(5, 5), x(2, 6), x(2, 6), x(2, 3), inputs()],
    [gradient(5), x(5, 6), x(2, 6), x(2, 3), inputs()],
    [gradient(5), x(2, 6), x(2, 6), x(2, 2), inputs()],
  ],
  takeRows: [
    [x(2, 4), x(5, 4), index(2, 1)],
    [x(2, 4), x(5, 3), index(2, 1)],
    [x(3, 4), x(5, 4), index(2, 1)],
    [x(2, 4), x(5, 4), x(2, 1)],
  ],
  addRows: [
    [x(5, 4), x(2, 4), index(2, 1)],
    [x(5, 4), x(2, 3), index(2, 1)],
    [x(5, 4), x(3, 4), index(2, 1)],
  ],
  meanRows: [
    [x(2, 4), x(5, 4), index(2, 2)],
    [x(2, 4), x(5, 3), index(2, 2)],
    [x(3, 4), x(5, 4), index(2, 2)],
    [x(2, 4), x(5, 4), index(2, 1)],
  ],
  meanRowsBackward: [
    [x(5, 4), x(2, 4), index(2, 2), index(5, 1)],
    [x(5, 3), x(2, 4), index(2, 2), index(5, 1)],
    [x(5, 4), x(3, 4), index(2, 2), index(5, 1)],
    [x(5, 4), x(2, 4), index(2, 2), index(2, 1)],
    [x(5, 4), x(2, 4), index(2, 2), x(5, 1)],
  ],
  similarity: [
    [x(3, 1), x(6, 4), "dot"],
    [x(3, 1), x(5, 4), "dot"],
    [x(3, 2), x(6, 4), "dot"],
  ],
  similarityBackward: [
    [x(6, 4), x(3, 1), x(6, 4), "dot"],
    [x(6, 3), x(3, 1), x(6, 4), "dot"],
    [x(6, 4), x(3, 2), x(6, 4), "dot"],
    [x(6, 4), x(2, 1), x(6, 4), "dot"],
  ],
  maxSim: [
    [x(2, 1), x(5, 1), x(5, 4), index(2, 4), index(5, 1)],
    [x(2, 2), x(5, 1), x(5, 4), index(2, 4), index(5, 1)],
    [x(2, 1), x(4, 1), x(5, 4), index(2, 4), index(5, 1)],
    [x(2, 1), x(5, 1), x(5, 4), index(3, 4), index(5, 1)],
    [x(2, 1), x(5, 1), x(5, 4), index(2, 2), index(5, 1)],
    [x(2, 1), x(5, 1), x(5, 4), index(2, 4), index(4, 1)],
  ],
  maxSimBackward: [
    [x(5, 4), x(2, 1), x(5, 4), x(5, 1), { pairs: index(2, 4), textOf: index(5, 1) }],
    [x(5, 3), x(2, 1), x(5, 4), x(5, 1), { pairs: index(2, 4), textOf: index(5, 1) }],
    [x(5, 4), x(2, 2), x(5, 4), x(5, 1), { pairs: index(2, 4), textOf: index(5, 1) }],
    [x(5, 4), x(2, 1), x(5, 4), x(4, 1), { pairs: index(2, 4), textOf: index(5, 1) }],
    [x(5, 4), x(2, 1), x(5, 4), x(5, 1), { pairs: index(3, 4), textOf: index(5, 1) }],
    [x(5, 4), x(2, 1), x(5, 4), x(5, 1), { pairs: index(2, 4), textOf: index(4, 1) }],
  ],
  termWeights: [
    [x(2, 4), x(2, 4), x(5, 4), index(2, 2)],
    [x(2, 4), x(2, 3), x(5, 4), index(2, 2)],
    [x(2, 4), x(2, 4), x(5, 3), index(2, 2)],
    [x(2, 4), x(2, 4), x(5, 4), index(3, 2)],
    [x(2, 4), x(2, 4), x(5, 4), index(2, 1)],
  ],
  termWeightsBackward: [
    [x(5, 4), x(2, 4), x(2, 4), x(2, 4), { groups: index(2, 2), rowOf: index(5, 1) }],
    [x(5, 3), x(2, 4), x(2, 4), x(2, 4), { groups: index(2, 2), rowOf: index(5, 1) }],
    [x(5, 4), x(2, 4), x(2, 3), x(2, 4), { groups: index(2, 2), rowOf: index(5, 1) }],
    [x(5, 4), x(2, 4), x(2, 4), x(2, 4), { groups: index(3, 2), rowOf: index(5, 1) }],
    [x(5, 4), x(2, 4), x(2, 4), x(2, 4), { groups: index(2, 2), rowOf: index(4, 1) }],
  ],
  mask: [
    [x(5, 4), { keep: x(2, 4), maskOf: index(5, 1) }],
    [x(5, 4), { keep: x(2, 3), maskOf: index(5, 1) }],
    [x(5, 4), { keep: x(2, 4), maskOf: index(2, 1) }],
  ],
  objective: [
    [x(3, 1), x(3, 2), x(3, 2), x(3, 1), "logit"],
    [x(3, 1), x(3, 3), x(3, 3), x(3, 1), "logit"],
    [x(3, 1), x(3, 1), x(3, 2), x(3, 1), "logit"],
    [x(3, 2), x(3, 2), x(3, 2), x(3, 2), "logit"],
    [x(2, 1), x(3, 2), x(3, 2), x(2, 1), "logit"],
  ],
  conductance: [
    [x(2, 4), x(6, 4), x(6, 4), index(2, 3), even],
    [x(2, 4), x(6, 4), x(5, 4), index(2, 3), even],
    [x(2, 3), x(6, 4), x(6, 4), index(2, 3), even],
    [x(3, 4), x(6, 4), x(6, 4), index(2, 3), even],
    [x(2, 4), x(6, 4), x(6, 4), index(2, 2), even],
  ],
  sumRows: [
    [x(4, 3), x(6, 3), index(2, 2), { accumulate: false, at: 2 }],
    [x(4, 3), x(6, 2), index(2, 2), { accumulate: false, at: 2 }],
    [x(4, 3), x(6, 3), index(2, 3), { accumulate: false, at: 2 }],
  ],
  sumColumns: [
    [x(4, 1), x(2, 5), { at: 2 }],
    [x(4, 2), x(2, 5), { at: 2 }],
  ],
};

/** The checks in front of a backend that only notes what reaches it. */
function noting(): { readonly ops: Ops; readonly reached: string[] } {
  const reached: string[] = [];
  const notes = Object.fromEntries(
    Object.keys(cases).map((name) => [name, () => void reached.push(name)]),
  );
  return { ops: checked({ ...cpuOps(), ...notes }), reached };
}

Deno.test("checked() refuses attention whose longest row cannot be the longest", () => {
  const { ops, reached } = noting();
  const longest = [{ queries: 0, keys: 3 }, { queries: 3, keys: 3 }, { queries: 1, keys: 2 }];
  for (const of of longest) {
    assertThrows(
      () => ops.attention(x(2, 6), x(2, 3), inputs({ longest: of })),
      RangeError,
      "Cannot run attention: ",
    );
  }
  assertEquals(reached, []);
});

Deno.test("checked() lets attention's options through where they fit, and refuses others", () => {
  const { ops, reached } = noting();
  const [key, value] = [x(5, 2), x(5, 2)];
  const options = { keyHeads: 1, key, value, scale: 1, causal: true, window: 0, bias: x(5, 3) };
  const given = inputs({ ...options, queriesAre: "last" });
  ops.attention(x(2, 6), x(2, 3), given);
  const dk = { query: x(2, 6), key: x(5, 2), value: x(5, 2) };
  ops.attentionBackward(dk, x(2, 6), x(2, 6), x(2, 3), given);
  const keep = { key: masks(2), query: masks(5) };
  ops.attention(x(2, 6), x(2, 3), inputs({ relative: relative({ keep }), scale: 0.5 }));
  assertEquals(reached, ["attention", "attentionBackward", "attention"]);
  for (const other of [{ window: -1 }, { window: 0.5 }, { scale: NaN }, { scale: Infinity }]) {
    assertThrows(
      () => ops.attention(x(2, 6), x(2, 3), inputs(other)),
      RangeError,
      "Cannot run attention: expected a ",
    );
  }
  assertEquals(reached.length, 3);
});

for (const [name, [fits, ...others]] of Object.entries(cases)) {
  Deno.test(`checked() lets ${name} through where shapes fit, and names it where they do not`, () => {
    const { ops, reached } = noting();
    const run = ops[name as Operation] as (...given: readonly unknown[]) => void;
    run(...fits);
    assertEquals(reached, [name]);
    for (const given of others) {
      assertThrows(() => run(...given), TypeError, `Cannot run ${name}: `);
    }
    assertEquals(reached, [name]);
  });
}

Deno.test("checked() lets embed through without positions, types, bias or norm", () => {
  const { ops, reached } = noting();
  for (const norm of [undefined, { gain: x(1, 6), epsilon: 0 }]) {
    ops.embed(x(5, 6), embedding({ positions: undefined, types: undefined, norm }));
  }
  assertEquals(reached, ["embed", "embed"]);
});

Deno.test("checked() refuses lines beyond the output of sumRows and sumColumns", () => {
  const { ops, reached } = noting();
  for (const at of [3, -1, 0.5, NaN]) {
    const sums = () => ops.sumRows(x(4, 3), x(6, 3), index(2, 2), { accumulate: true, at });
    assertThrows(sums, RangeError, "Cannot run sumRows: 2 lines from");
    assertThrows(
      () => ops.sumColumns(x(4, 1), x(2, 5), { at }),
      RangeError,
      "Cannot run sumColumns",
    );
  }
  assertEquals(reached, []);
});

Deno.test("checked() refuses tensors without rows, of another length, and beyond what the backend holds", () => {
  const ops = checked({ ...cpuOps(), limits: { ...cpuOps().limits, tensorBytes: 80 } });
  for (const [rows, width] of [[0, 3], [3, 0], [-1, 3], [1.5, 2], [NaN, 1]]) {
    assertThrows(() => ops.zeros(rows, width), RangeError, `Cannot make a tensor in zeros`);
    assertThrows(() => ops.empty(rows, width), RangeError, `Cannot make a tensor in empty`);
  }
  assertThrows(
    () => ops.floats(2, 3, new Float32Array(5)),
    TypeError,
    "Cannot make a tensor in floats: expected 2 x 3 numbers, got 5",
  );
  assertThrows(
    () => ops.indices(2, 3, new Uint32Array(7)),
    TypeError,
    "Cannot make a tensor in indices: expected 2 x 3 numbers, got 7",
  );
  assertEquals(ops.zeros(2, 5).rows, 2);
  assertThrows(
    () => ops.zeros(1, 11),
    RangeError,
    "Cannot make a tensor of 88 bytes: float64 twins holds at most 80",
  );
});

Deno.test("checked() refuses slices beyond their tensor or off the backend's alignment", () => {
  const ops = checked({ ...cpuOps(), limits: { ...cpuOps().limits, rowAlignment: 4 } });
  const whole = ops.zeros(10, 3);
  assertEquals(ops.slice(whole, 4, 5).rows, 5);
  for (const [start, count] of [[2, 1], [-4, 2], [0, 0], [8, 3], [0, 1.5], [0, NaN], [0.5, 1]]) {
    assertThrows(
      () => ops.slice(whole, start, count),
      RangeError,
      `Cannot slice ${count} rows from ${start}: 10 rows, alignment 4`,
    );
  }
});

// What neurons do in pairs against other ways to compute it, and what is made of that.

import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { attribute } from "../../../src/attribution/attribute.ts";
import { pathPair } from "../../../src/attribution/target/baseline.ts";
import {
  corrected,
  correlate,
  usableSignals,
} from "../../../src/experiments/describe/correlations.ts";
import { describeNeurons } from "../../../src/experiments/describe/describe.ts";
import { axiomEffects } from "../../../src/experiments/describe/axiom_effects.ts";
import { descriptionTable } from "../../../src/experiments/describe/table.ts";
import { nearestWords } from "../../../src/experiments/describe/nearest_words.ts";
import { neuronValues, type PairValues } from "../../../src/experiments/describe/neuron_values.ts";
import { type SignalName, signalNames } from "../../../src/experiments/describe/signals.ts";
import { axiomSummary, signalSummary } from "../../../src/experiments/describe/summary.ts";
import { wordVectors } from "../../../src/experiments/describe/word_vectors.ts";
import { clusteredMean } from "../../../src/ir/clusters.ts";
import { freeSequences, uploadPairs, uploadSequences } from "../../../src/model/batch.ts";
import type { CrossEncoder } from "../../../src/model/cross_encoder.ts";
import { forward, freeRun } from "../../../src/model/forward.ts";
import { siteValue } from "../../../src/model/graph.ts";
import { keptTensors } from "../../../src/model/kept.ts";
import { componentsOf, neuronId, parseNeuron } from "../../../src/model/neurons.ts";
import { cpuOps } from "../../../src/compute/cpu/cpu_ops.ts";
import { withModel } from "../../backends.ts";
import { rule } from "../../../src/attribution/rule.ts";
import { load, pairs, withFixture } from "../fixture.ts";
import { openCheckpoint } from "../../../src/formats/checkpoint.ts";

const names = [
  ...["0.query.3", "1.key.60", "1.value.3", "2.attention_output.62", "2.intermediate.100"],
  ...["2.ff_output.7", "3.query.0", "3.key.1", "3.intermediate.5", "3.ff_output.63"],
];
const few = pairs.slice(0, 4);
const coarse = { rule: rule("right", { steps: 3 }) };

/** Every value of a component's unit in a pass of the pair itself. */
async function activationsOf(encoder: CrossEncoder, place: number, name: string) {
  const { ops, config, graph, weights } = encoder;
  const { layer, component, unit } = parseNeuron(config, name);
  const { query, passage } = few[place];
  const path = pathPair(encoder.tokenizer.encode(query, passage), "pad", config);
  const uploaded = uploadPairs(ops, config, weights, [path]);
  const sequences = uploadSequences(ops, graph, uploaded, [{ pair: 0, t: 1 }]);
  const kept = keptTensors(ops, graph, { tokens: sequences.tokens, sequences: 1 });
  freeRun(encoder, forward(encoder, { pairs: uploaded, sequences }, kept));
  const tensor = kept.get(siteValue(graph, layer, component))!;
  const all = await ops.read(tensor);
  ops.free(...kept.values(), uploaded.words, uploaded.tokens);
  freeSequences(ops, sequences);
  return Array.from({ length: tensor.rows }, (_, row) => all[row * tensor.width + unit]);
}

Deno.test("neuronValues() gives attribute()'s conductances, and a forward pass's activations", () =>
  withFixture(async (encoder) => {
    const neurons = names.map((name) => parseNeuron(encoder.config, name));
    const found = await neuronValues(encoder, few, neurons, coarse);
    for await (const one of attribute(encoder, few, coarse)) {
      const { F, gap, tokens, evaluations, neurons: values } = found[one.index];
      assertEquals(F, { input: one.F.input, baseline: one.F.baseline });
      assertEquals([gap, tokens], [one.completeness.relative, one.tokens]);
      assertEquals(evaluations, one.evaluations + 1);
      for (const [n, neuron] of neurons.entries()) {
        const { conductance, mean, highest, token } = values[n];
        assertEquals(conductance, one.conductance[neuronId(encoder.config, neuron)]); // to the bit
        const activations = await activationsOf(encoder, one.index, names[n]);
        assertAlmostEquals(mean, activations.reduce((a, b) => a + b) / activations.length, 1e-12);
        assertAlmostEquals(highest, Math.max(...activations), 1e-12);
        assertAlmostEquals(activations[token], highest, 1e-12);
        const perToken = neuron.layer < 3 || ["key", "value"].includes(neuron.component);
        assertEquals(activations.length, perToken ? tokens : 1);
      }
    }
  }));

Deno.test("neuronValues() goes on from finished chunks to the same numbers", () =>
  withFixture(async (encoder) => {
    const neurons = names.slice(0, 2).map((name) => parseNeuron(encoder.config, name));
    const chunks: { first: number; values: Float64Array }[] = [];
    const onChunk = (chunk: typeof chunks[number]) => void chunks.push(chunk);
    const whole = await neuronValues(encoder, few, neurons, { ...coarse, onChunk });
    const numbers = chunks[0].values.length / few.length;
    assertEquals(numbers, 5 + 4 * neurons.length);
    const first = { first: 1, values: chunks[0].values.slice(numbers, 3 * numbers) };
    assertEquals(
      await neuronValues(encoder, few, neurons, { ...coarse, finished: [first] }),
      whole,
    );
  }));

Deno.test("nearestWords() projects rows and columns of the weights, where they touch the stream", () =>
  withFixture(async (encoder) => {
    const { weights, config, tokenizer } = encoder;
    const neurons = names.map((name) => parseNeuron(config, name));
    const found = await nearestWords(encoder, neurons, { count: 4 });
    const sides = found.map(({ input, output }) => [input?.length, output?.length]);
    assertEquals(sides, [
      ...[[4, undefined], [4, undefined], [4, 4], [undefined, 4], [4, 4], [undefined, 4]],
      ...[[4, undefined], [4, undefined], [4, 4], [undefined, 4]],
    ]);
    // by hand: cosines of centred embeddings with a direction read out of the checkpoint's tensors
    const words = [...tokenizer.pieces].filter(([piece]) => !/^\[.*\]$/.test(piece));
    const { width } = config;
    const embedding = (id: number) => weights.words.slice(id * width, (id + 1) * width);
    const mean = Array.from(
      { length: width },
      (_, i) => words.reduce((sum, [, id]) => sum + embedding(id)[i], 0) / words.length,
    );
    const cosine = (a: ArrayLike<number>, b: ArrayLike<number>) => {
      let [ab, aa, bb] = [0, 0, 0];
      for (let i = 0; i < width; i++) {
        ab += a[i] * b[i];
        aa += a[i] * a[i];
        bb += b[i] * b[i];
      }
      return ab / Math.sqrt(aa * bb);
    };
    const nearest = (direction: ArrayLike<number>) =>
      words.map(([piece, id]) => ({
        piece,
        cosine: cosine(embedding(id).map((value, i) => value - mean[i]), direction),
      })).sort((a, b) => b.cosine - a.cosine).slice(0, 4);
    const same = (got: typeof found[number]["input"], wanted: ReturnType<typeof nearest>) => {
      assertEquals(got!.map(({ piece }) => piece), wanted.map(({ piece }) => piece));
      // embeddings are rounded to float32 once more
      wanted.forEach(({ cosine }, i) => assertAlmostEquals(got![i].cosine, cosine, 1e-6));
    };
    const file = await openCheckpoint(load);
    const weight = async (name: string) => {
      const path = `bert.encoder.layer.${name}.weight`;
      return { values: await file.read(path), shape: file.entries.get(path)!.shape };
    };
    const row = async (name: string, unit: number) => {
      const { values, shape: [, inputs] } = await weight(name);
      return values.slice(unit * inputs, (unit + 1) * inputs);
    };
    const column = async (name: string, unit: number) => {
      const { values, shape: [outputs, inputs] } = await weight(name);
      return Array.from({ length: outputs }, (_, n) => values[n * inputs + unit]);
    };
    same(found[0].input, nearest(await row("0.attention.self.query", 3)));
    same(found[2].output, nearest(await column("1.attention.output.dense", 3)));
    same(found[4].input, nearest(await row("2.intermediate.dense", 100)));
    same(found[4].output, nearest(await column("2.output.dense", 100)));
    const unit = Array.from({ length: width }, (_, i) => i === 62 ? 1 : 0);
    same(found[3].output, nearest(unit));
  }));

Deno.test("nearestWords() reads of a family's recorded pass which linears touch the stream", async () => {
  const sides: Record<string, string> = {};
  for (const name of ["modernbert-w36-labels1", "qwen3-w32-reranker"]) {
    const folder = `tests/golden/families/models/${name}`;
    await withModel(
      folder,
      { backend: { open: () => Promise.resolve(cpuOps()) } },
      async (encoder) => {
        const all = componentsOf(encoder.config);
        const neurons = all.map((component) => ({ layer: 1, component, unit: 0 }));
        const found = await nearestWords(encoder, neurons, { count: 1 });
        sides[name] = found.map(({ input, output }, i) =>
          `${all[i]}:${input ? " in" : ""}${output ? " out" : ""}`
        ).join(", ");
      },
    );
  }
  assertEquals(sides, {
    "modernbert-w36-labels1":
      "query: in, key: in, value: in out, attention_output: out, intermediate: in out, gate: in out, ff_output: out",
    // its value heads are shared by several heads: a unit of theirs has several columns
    "qwen3-w32-reranker":
      "query: in, key: in, value: in, attention_output: out, gate: in out, up: in out, ff_output: out",
  });
});

Deno.test("wordVectors() are the means of word pieces' embeddings", () =>
  withFixture((encoder) => {
    const { tokenizer, weights, config: { embeddingWidth: width } } = encoder;
    const vectors = wordVectors(encoder);
    const ids = ["bread", "##s"].map((piece) => tokenizer.pieces.get(piece)!);
    const sum = Array.from({ length: width }, (_, i) =>
      ids.reduce((total, id) => total + weights.words[id * width + i], 0));
    const norm = Math.hypot(...sum);
    assertEquals(tokenizer.encode("breads", "x").tokens.slice(1, 3), ["bread", "##s"]);
    vectors.vectorOf("breads")!.forEach((value, i) =>
      assertAlmostEquals(value, sum[i] / norm, 1e-12)
    );
    assertAlmostEquals(vectors.similarity("bread", "bread"), 1, 1e-12);
    assertEquals(vectors.similarity("bread", "toast"), vectors.similarity("toast", "bread"));
    return Promise.resolve();
  }));

/** Values of one neuron. */
const valued = (conductance: number, mean = 0): PairValues => ({
  ...{ F: { input: 10 * conductance, baseline: 0 }, gap: 0, tokens: 1, evaluations: 1 },
  neurons: [{ conductance, mean, highest: 0, token: 0 }],
});

/** Signals that are all 0 but one. */
const signalled = (name: SignalName, value: number) =>
  Object.fromEntries(signalNames.map((one) => [one, one === name ? value : 0])) as Record<
    SignalName,
    number
  >;

Deno.test("correlate() leaves out pairs that lack a signal, and tells nothing of a neuron that is constant", () => {
  const values = [1, 2, 3, 4, 5, 6].map((value) => valued(value));
  const signals = [1, NaN, 3, 9, 7, 5].map((value) => signalled("first-match", value));
  const queries = ["a", "b", "c", "d", "e", "f"];
  const [conductance, activation] = correlate(
    { neurons: ["0.key.1"], values, signals, queries },
    { names: ["first-match"] },
  );
  // ranks 1 2 3 4 5 and 1 2 5 4 3: 1 - 6 · 8 / 120
  assertAlmostEquals(conductance.rho!, 0.6, 1e-15);
  assertEquals([conductance.pairs, conductance.queries], [5, 5]);
  assert(conductance.low! < 0.6 && conductance.high! > 0.6);
  assertEquals(conductance.holm, conductance.p); // one test
  const none = { rho: null, low: null, high: null, p: null, holm: null, pairs: 5, queries: 5 };
  assertEquals(activation, {
    neuron: "0.key.1",
    quantity: "activation",
    signal: "first-match",
    ...none,
  });
});

Deno.test("corrected() is Holm's of what can be told", () => {
  const rows = [0.01, null, 0.04, 0.03].map((p) => ({ p, holm: null }));
  assertEquals(corrected(rows).map(({ holm }) => holm), [0.03, null, 0.06, 0.06]);
});

Deno.test("usableSignals() names what is constant: left out, or refused where it was asked for", () => {
  const signals = [1, 2].map((value) => ({ ...signalled("grade", value), bm25: NaN }));
  const { usable, leftOut } = usableSignals(signals, { asked: false });
  assertEquals(usable, ["grade"]);
  assertEquals(leftOut[0], { signal: "exact-match", why: "it is 0 in all of 2 pairs" });
  assertEquals(leftOut.find(({ signal }) => signal === "bm25")!.why, "none of 2 pairs has it");
  const some = [...signals, signalled("bm25", 7)];
  const { leftOut: [bm25] } = usableSignals(some, { names: ["bm25", "grade"], asked: false });
  assertEquals(bm25, { signal: "bm25", why: "it is 7 in all of 3 pairs that have it" });
  const refused = (names: readonly SignalName[] | undefined, asked: boolean, from = signals) => {
    try {
      usableSignals(from, { names, asked });
    } catch (error) {
      return (error as Error).message;
    }
  };
  assertEquals(
    refused(["grade", "coverage"], true),
    "Cannot correlate with signal coverage: expected values that differ between pairs, it is 0 in all of 2 pairs",
  );
  assertEquals(
    refused(undefined, false, signals.slice(1)),
    "Cannot correlate with signal exact-match: expected values that differ between pairs, it is 0 in all of 1 pair, and no other signal differs between pairs",
  );
});

Deno.test("axiomEffects() are weighted sums of passages, averaged with queries as the sample", () => {
  const made = (query: string, weights: number[], values: number[]) => ({
    pair: {
      ...{ axiom: "TFC2" as const, query, base: 0, weights },
      ...{ passages: values.map(String), words: [] },
    },
    values: values.map((value) => valued(value)),
  });
  const contrasts = [[1, 2, 4], [0, 3, 3], [1, 1, 0], [2, 5, 6], [0, 1, 0], [3, 4, 9]];
  const queries = ["a", "a", "b", "c", "d", "e"];
  const all = contrasts.map((values, i) => made(queries[i], [-1, 2, -1], values));
  const [F, neuron] = axiomEffects(["0.key.1"], all);
  // -1 3 1 2 2 -4: by query 2 (of two), 1, 2, 2, -4
  const clusters = [[2, 2], [1, 1], [2, 1], [2, 1], [-4, 1]].map(([sum, count]) => ({
    sum,
    count,
  }));
  const { mean, error } = clusteredMean(clusters);
  assertAlmostEquals(neuron.mean, 0.5, 1e-15);
  assertAlmostEquals(mean, 0.5, 1e-15);
  const t975 = 2.7764451051977987; // scipy.stats.t.ppf(.975, 4)
  assertAlmostEquals(neuron.high!, mean + t975 * error, 1e-12);
  assertAlmostEquals(neuron.low!, mean - t975 * error, 1e-12);
  assertAlmostEquals(F.mean, 5, 1e-14);
  // Student's t of 4 degrees of freedom has a closed form
  const t = mean / error;
  const x = 1 + t * t / 4;
  assertAlmostEquals(neuron.p!, 1 - .75 * t / Math.sqrt(x) * (1 - t * t / 12 / x), 1e-12);
  assertEquals([neuron.pairs, neuron.queries, F.neuron, neuron.neuron], [
    6,
    5,
    undefined,
    "0.key.1",
  ]);
  const [few] = axiomEffects([], all.slice(0, 3));
  assertEquals([few.low, few.p, few.holm], [null, null, null]);
});

Deno.test("signalSummary() and axiomSummary() count what is significant after correction, by its sign", () => {
  const row = (neuron: string, rho: number | null, holm: number | null) => ({
    ...{ neuron, rho, holm, quantity: "activation" as const, signal: "bm25" as const },
    ...{ low: null, high: null, p: 0.001, pairs: 9, queries: 9 },
  });
  const rows = [
    ...[row("a", 0.5, 0.049), row("b", 0.7, 0.05), row("c", -0.8, 0.01), row("d", null, null)],
    ...[row("e", -0.2, null), row("other", 0.9, 0.001)],
  ];
  const set = { name: "S", neurons: ["a", "b", "c", "d", "e"] };
  assertEquals(signalSummary(set, rows), [{
    ...{ set: "S", quantity: "activation", signal: "bm25", neurons: 4, positive: 1, negative: 1 },
    quartiles: [-0.35, 0.55], // numpy.percentile of 25 and 75
    ...{ median: (0.5 - 0.2) / 2, strongest: { neuron: "c", rho: -0.8 } },
  }]);
  const effect = (mean: number, holm: number | null, neuron?: string) => ({
    ...{ axiom: "LNC1" as const, neuron, mean, holm },
    ...{ low: null, high: null, p: 0.001, pairs: 9, queries: 9 },
  });
  const effects = [
    ...[effect(3, 0.5), effect(1, 0.04, "a"), effect(-1, 0.04, "b"), effect(-2, 0.001, "c")],
    ...[effect(9, 0.06, "d"), effect(9, null, "e"), effect(9, 0.001, "other")],
  ];
  assertEquals(axiomSummary(set, effects), [{
    ...{ axiom: "LNC1", set: "S", F: effects[0], neurons: 5, up: 1, down: 2 },
  }]);
});

Deno.test("describeNeurons() puts it together, and its table has a line a test", () =>
  withFixture(async (encoder) => {
    const given = pairs.slice(0, 8).map((pair, i) => ({ ...pair, grade: i % 3 }));
    const chosen = names.slice(0, 3);
    const found = await describeNeurons(encoder, chosen, given, {
      ...{ ...coarse, axiomPairs: 2, examples: 2, words: 3, draws: 100 },
      sets: [{ name: "A", neurons: chosen.slice(0, 2) }, { name: "B", neurons: chosen.slice(1) }],
    });
    const grades = found.summary.filter(({ signal, quantity }) =>
      signal === "grade" && quantity === "conductance"
    );
    assertEquals(grades.map(({ set, neurons }) => [set, neurons]), [["A", 2], ["B", 2]]);
    const rho = (n: number) => found.correlations[n * 2 * 9 + 7].rho!;
    assertEquals(found.correlations[7].signal, "grade");
    assertAlmostEquals(grades[0].median!, (rho(0) + rho(1)) / 2, 1e-15);
    const strongest = Math.abs(rho(1)) > Math.abs(rho(2)) ? 1 : 2;
    assertEquals(grades[1].strongest, { neuron: chosen[strongest], rho: rho(strongest) });
    assertEquals(found.neurons.map(({ neuron }) => neuron), chosen);
    assertEquals(found.leftOut.map(({ signal }) => signal), ["bm25"]);
    assertEquals(found.correlations.length, 3 * 2 * 9);
    const minimal = new Set(found.minimalPairs.flatMap(({ passages }) => passages)).size;
    const shown = new Set(
      found.neurons.flatMap(({ examples }) => examples.map(({ pair }) => pair)),
    );
    assertEquals(found.evaluations, 5 * (given.length + minimal) + shown.size); // four points, and once more
    const values = await neuronValues(
      encoder,
      given,
      chosen.map((name) => parseNeuron(encoder.config, name)),
      coarse,
    );
    found.neurons.forEach(({ examples }, n) => {
      const order = values.map((one) => one.neurons[n].highest).sort((a, b) => b - a);
      assertEquals(examples.map(({ highest }) => highest), order.slice(0, 2));
      for (const { pair, token, activations, highest } of examples) {
        const { tokens } = found.pairs[pair];
        assertEquals(activations.length, tokens.length);
        assertEquals(tokens[activations.indexOf(highest)], token);
      }
    });
    const lines = descriptionTable(found).trimEnd().split("\n").map((line) => line.split("\t"));
    const axioms = found.axioms.length / 2; // sets
    assert(axioms > 3);
    assertEquals(lines.length, 1 + 3 * 2 * 9 + axioms * (1 + 3));
    assertEquals(new Set(lines.map((line) => line.length)), new Set([lines[0].length]));
    assertEquals(lines[1].slice(0, 4), [chosen[0], "conductance", "exact-match", "spearman"]);
  }));

Deno.test("describeNeurons() refuses no neurons, no pairs, neurons that are not there, constant signals", () =>
  withFixture(async (encoder) => {
    const refused = async (
      ...args: Parameters<typeof describeNeurons> extends [infer _, ...infer Rest] ? Rest : never
    ) => (await assertRejects(() => describeNeurons(encoder, ...args), RangeError)).message;
    assertEquals(await refused([], few), "Cannot describe neurons: expected some, got none");
    assertEquals(
      await refused(["0.key.1"], []),
      "Cannot describe neurons: expected pairs, got none",
    );
    assertEquals(
      await refused(["9.key.1"], few),
      "Cannot use neuron 9.key.1: the model has 4 layers with 128 units in key",
    );
    assertEquals(
      await refused(["0.key.1"], few, { signals: ["bm25"] }),
      "Cannot correlate with signal bm25: expected values that differ between pairs, none of 4 pairs has it",
    );
  }));

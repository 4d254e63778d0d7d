/** Ablations other than zero: means over a list, other pairs' values, multiples. */

import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  ablate,
  ablationSets,
  type Chunk,
  cpuOps,
  type CrossEncoder,
  distinctSets,
  donorOfPair,
  encodeMeans,
  forwardsOf,
  meanActivations,
  openCrossEncoder,
  openMeans,
  piecesOfMeans,
  rescore,
} from "../../../internal.ts";
import { isResampled, maskOfSet } from "../../../src/experiments/ablation/methods.ts";
import { scoresUnderMasks } from "../../../src/model/masked_scores.ts";
import { marginOf } from "../../../src/model/cross_encoder.ts";
import { firstId, neuronCount, partsOf } from "../../../src/model/neurons.ts";
import { backends, loaderOf, withModel } from "../../backends.ts";
import { encodedOf, goldenModel } from "../../model/models.ts";

const { folder, pairs } = await goldenModel("l2-w36-h3-f50-labels2");
const encoded = pairs.map(encodedOf);
const ids = Uint32Array.from({ length: 40 }, (_, k) => 11 * k);

/** Mean outputs of all neurons, seen where the linears make them, pair by pair. */
async function watchedMeans(): Promise<Float64Array> {
  const ops = cpuOps();
  const encoder = await openCrossEncoder(loaderOf(folder), ops);
  const sums = new Float64Array(neuronCount(encoder.config));
  const lines = new Float64Array(sums.length);
  const sites = new Map(
    encoder.graph.steps.flatMap((step) =>
      step.kind === "linear" && step.site
        ? [[encoder.weights.linears.get(step.linear)!, step.site] as const]
        : []
    ),
  );
  type Numbers = { readonly data: Float64Array; readonly rows: number; readonly width: number };
  const watched: CrossEncoder = {
    ...encoder,
    ops: {
      ...ops,
      linear(out, x, linear, options) {
        ops.linear(out, x, linear, options);
        const site = sites.get(linear);
        if (!site) return;
        const first = firstId(encoder.config, site.layer, site.component);
        const { data, rows, width } = out as unknown as Numbers;
        for (let i = 0; i < rows * width; i++) sums[first + i % width] += data[i];
        for (let n = 0; n < width; n++) lines[first + n] += rows;
      },
    },
  };
  for (const pair of encoded) await scoresUnderMasks(watched, [pair], [[]]);
  return sums.map((sum, i) => sum / lines[i]);
}

for (const backend of backends) {
  /** Sums of a few hundred numbers in float32. */
  const tolerance = backend.kind === "cpu" ? 1e-13 : 1e-5;
  Deno.test({
    name: `meanActivations() is the mean over all tokens of all pairs, ${backend.kind}`,
    ignore: backend.ignore,
    fn: () =>
      withModel(folder, { backend }, async (encoder) => {
        const { mean, pairs, tokens } = await meanActivations(encoder, encoded);
        const expected = await watchedMeans();
        assertEquals(pairs, encoded.length);
        assertEquals(tokens, encoded.reduce((sum, one) => sum + one.ids.length, 0));
        mean.forEach((value, i) => assertAlmostEquals(value, expected[i], tolerance));
      }),
  });
}

Deno.test("meanActivations() goes on from finished pieces to the same bits", async () => {
  const encoder = await openCrossEncoder(loaderOf(folder), cpuOps());
  const many = Array.from({ length: 40 }, (_, i) => encoded[i % encoded.length]);
  assertEquals([1, 16, 17, 40, 2048].map(piecesOfMeans), [1, 1, 2, 3, 64]);
  const chunks: Chunk[] = [];
  const whole = await meanActivations(encoder, many, {
    onChunk: (chunk) => void chunks.push(chunk),
  });
  assertEquals(chunks.map(({ first }) => first), [0, 1, 2]);
  assertEquals(whole.tokens, many.reduce((sum, { ids }) => sum + ids.length, 0)); // each pair once
  const finished = [chunks[1], chunks[0]];
  assertEquals(await meanActivations(encoder, many, { finished }), whole);
  const fewer = await meanActivations(encoder, many.slice(0, 39));
  assert(fewer.mean.some((value, i) => value !== whole.mean[i]));
});

Deno.test("openMeans() reads what encodeMeans() writes, and refuses what is none", async () => {
  const encoder = await openCrossEncoder(loaderOf(folder), cpuOps());
  const found = await meanActivations(encoder, encoded);
  const bytes = encodeMeans({ ...found, metadata: { model_sha256: "ab" } });
  const open = (content: Uint8Array) => openMeans(() => Promise.resolve(content), "m");
  const read = await open(bytes);
  assertEquals([read.mean, read.pairs, read.tokens], [found.mean, found.pairs, found.tokens]);
  assertEquals(read.metadata.model_sha256, "ab");
  assertEquals(partsOf(read.space), partsOf(encoder.config));
  const broken = { ...found, mean: found.mean.map((value, i) => i === 7 ? NaN : value) };
  await assertRejects(
    () => open(encodeMeans({ ...broken, metadata: {} })),
    SyntaxError,
    "Cannot read mean activations m: expected finite means, got NaN",
  );
  await assertRejects(
    () => open(encodeMeans({ ...found, tokens: 0, metadata: {} })),
    SyntaxError,
    "Cannot read mean activations m: expected mean/<component>",
  );
});

Deno.test("rescore() sets neurons to their means, scales them, or takes them from the pair drawn", async () => {
  const encoder = await openCrossEncoder(loaderOf(folder), cpuOps());
  const { mean: means } = await meanActivations(encoder, encoded);
  const replacements = { means, resampling: { seed: 5 } };
  const sets = [
    { ids },
    { ids, method: "mean" as const },
    { ids, method: "resample" as const },
    { ids, method: "scale 2" as const },
    { ids: new Uint32Array(0), method: "resample" as const },
  ];
  const found = await rescore(encoder, encoded, sets, { replacements });
  const donorOf = donorOfPair(encoded, replacements);
  for (const [i, pair] of encoded.entries()) {
    const alone = await scoresUnderMasks(
      encoder,
      [pair],
      [
        maskOfSet(encoder.config, { ids }, {}),
        maskOfSet(encoder.config, { ids }, {}).map((n, k) => ({ ...n, shift: means[ids[k]] })),
        maskOfSet(encoder.config, { ids }, {}).map((n) => ({ ...n, shift: "donor" as const })),
        maskOfSet(encoder.config, { ids }, {}).map((n) => ({ ...n, factor: 2 })),
        [],
      ],
      { donors: [donorOf(i)] },
    );
    const margins = alone.map(([{ logits }]) => marginOf(logits));
    assertEquals(found.map((values) => values[i]), margins);
    assertEquals(new Set(margins).size, 5); // all of them differ
  }
  assertEquals(forwardsOf(12, sets), 12 * (5 + 1)); // and one of every donor
  assertEquals(forwardsOf(12, [sets[0], sets[1]]), 24);
  const zeroed = [ids, { ids }, { ids, method: "zero" as const }];
  assertEquals([...distinctSets(zeroed).keys()], [ids.join()]); // one, as it was without methods
  const other = await rescore(encoder, encoded, [sets[2]], {
    replacements: { resampling: { seed: 6 } },
  });
  assert(other[0].some((value, i) => value !== found[2][i]));
});

Deno.test("donorOfPair() draws every other pair alike, never the pair itself, by place and seed alone", () => {
  const list = Array.from({ length: 5 }, (_, i) => ({
    ...encoded[0],
    ids: Uint32Array.of(i, i),
  }));
  const place = ({ path }: ReturnType<ReturnType<typeof donorOfPair>>) => path.encoded.ids[0];
  const counts = new Uint32Array(5);
  for (let seed = 0; seed < 2000; seed++) {
    counts[place(donorOfPair(list, { resampling: { seed } })(2))]++;
  }
  assertEquals(counts[2], 0);
  // a standard deviation is √(2000 · ¼ · ¾) = 19
  for (const i of [0, 1, 3, 4]) assert(Math.abs(counts[i] - 500) < 80, String(counts));
  const inReference = new Set(
    Array.from(
      { length: 200 },
      (_, seed) => place(donorOfPair(encoded, { resampling: { list, seed } })(2)),
    ),
  );
  assertEquals(inReference.size, 5); // of another list all may be drawn
  assertEquals([0, 1].map((pair) => place(donorOfPair(list.slice(0, 2), {})(pair))), [1, 0]);
  assertThrows(
    () => donorOfPair(list.slice(0, 1), {}),
    RangeError,
    "Cannot resample neurons: expected another pair to take them from, got 1 in all",
  );
});

Deno.test("maskOfSet() names a neuron that has no mean", async () => {
  const { config } = await openCrossEncoder(loaderOf(folder), cpuOps());
  for (const means of [undefined, new Float64Array(2), new Float64Array(99).fill(Infinity)]) {
    assertThrows(
      () => maskOfSet(config, { ids: Uint32Array.of(3), method: "mean" }, { means }),
      RangeError,
      "Cannot set 0.query.3 to its mean: expected a finite mean, got",
    );
  }
});

Deno.test("ablate() keeps zero's rows as they are beside those of other methods, with the same random sets", async () => {
  const encoder = await openCrossEncoder(loaderOf(folder), cpuOps());
  const means = { space: encoder.config, of: new Map([["P_x" as const, await watchedMeans()]]) };
  const scope = { sets: new Map<string, string[]>(), schemes: new Set(["P_x"] as const) };
  const options = {
    ...{ rows: ["P[x]"], levels: [0.05], controls: ["P[x]"] },
    ...{ repetitions: 2, otherRepetitions: 2, seed: 3 },
  };
  const zero = ablationSets(scope, means, options);
  const all = ablationSets(scope, means, { ...options, methods: ["zero", "mean", "resample"] });
  assertEquals(all.slice(0, zero.length), zero);
  assertEquals(all.map(({ method = "zero", kind }) => `${method} ${kind}`), [
    ...["zero set", "zero random", "mean set", "mean random", "resample set", "resample random"],
  ]);
  for (let i = zero.length; i < all.length; i++) {
    assertEquals(all[i].sets, zero[i % zero.length].sets);
  }
  const candidates = encoded.map((one, i) => ({
    query: String(i % 2),
    document: `d${i}`,
    encoded: one,
  }));
  const qrels = new Map(["0", "1"].map((query) => [query, new Map([["d3", 1], ["d4", 1]])]));
  const ablated = await ablate(encoder, { candidates, qrels }, all, {
    replacements: { means: means.of.get("P_x") },
  });
  const alone = await ablate(encoder, { candidates, qrels }, zero);
  assertEquals(ablated.rows.slice(0, zero.length), alone.rows);
  assertEquals(ablated.rows.map(({ method }) => method), all.map(({ method }) => method));
});

Deno.test("isResampled() needs donors for neurons that are resampled, and for no others", () => {
  const some = Uint32Array.of(3);
  const none = new Uint32Array(0);
  assertEquals(isResampled({ ids: some, method: "resample" }), true);
  assertEquals(isResampled({ ids: none, method: "resample" }), false);
  assertEquals(isResampled({ ids: some, method: "mean" }), false);
});

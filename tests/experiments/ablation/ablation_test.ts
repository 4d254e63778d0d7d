import { classOf } from "../../../src/ir/words.ts";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { simdOps } from "../../../src/compute/simd/simd_ops.ts";
import {
  ablate,
  ablationOf,
  atAttainable,
  setsOfRows,
} from "../../../src/experiments/ablation/ablation.ts";
import { candidateList, chooseQueries } from "../../../src/experiments/ablation/candidates.ts";
import { ablationSets } from "../../../src/experiments/ablation/ablation_sets.ts";
import { countMembers, randomControl } from "../../../src/experiments/sets/matched.ts";
import { forwardsOf, rescore } from "../../../src/experiments/ablation/rescore.ts";
import { encodeSafetensors, openSafetensors } from "../../../src/formats/safetensors.ts";
import { ndcg } from "../../../src/ir/ndcg.ts";
import { openCrossEncoder, score } from "../../../src/model/cross_encoder.ts";
import { neuronId, parseNeuron } from "../../../src/model/neurons.ts";
import { golden, load, pairs, withFixture } from "../fixture.ts";
import { randomVector, space } from "../schemes.ts";

/** Both are float64; exp and the order of sums differ. */
const FLOAT64 = 1e-9;
const some = pairs.slice(0, 12);

function idsOf(config: Parameters<typeof neuronId>[0], names: readonly string[]): Uint32Array {
  return Uint32Array.from(names, (name) => neuronId(config, parseNeuron(config, name))).sort();
}

/** The bundled checkpoint with the weight rows and biases of neurons zeroed. */
async function zeroedCheckpoint(names: readonly string[]): Promise<Uint8Array> {
  const file = await openSafetensors(load, "model.safetensors");
  const places: Record<string, string> = {
    query: "attention.self.query",
    key: "attention.self.key",
    value: "attention.self.value",
    attention_output: "attention.output.dense",
    intermediate: "intermediate.dense",
    ff_output: "output.dense",
  };
  const tensors: Record<string, { shape: number[]; data: Float32Array }> = {};
  for (const [name, entry] of file.entries) {
    tensors[name] = { shape: [...entry.shape], data: Float32Array.from(await file.read(name)) };
  }
  for (const name of names) {
    const [layer, component, unit] = name.split(".");
    const place = `bert.encoder.layer.${layer}.${places[component]}`;
    const { shape: [, width], data } = tensors[`${place}.weight`];
    data.fill(0, Number(unit) * width, (Number(unit) + 1) * width);
    tensors[`${place}.bias`].data[Number(unit)] = 0;
  }
  return encodeSafetensors(tensors, {});
}

Deno.test("rescore() equals a checkpoint whose weight rows and biases are zeroed, bit by bit", async () => {
  await withFixture(async (encoder) => {
    const bytes = await zeroedCheckpoint(golden.neurons);
    const zeroed = await openCrossEncoder(
      (name) => name === "model.safetensors" ? Promise.resolve(bytes) : load(name),
      encoder.ops,
    );
    const encoded = some.map(({ query, passage }) => encoder.tokenizer.encode(query, passage));
    const [none, masked, logit] = [
      ...await rescore(encoder, encoded, [
        new Uint32Array(0),
        idsOf(encoder.config, golden.neurons),
      ]),
      ...await rescore(encoder, encoded, [idsOf(encoder.config, golden.neurons)], {
        rankBy: "logit",
      }),
    ];
    const scores = await score(zeroed, some);
    scores.forEach(({ logits }, i) => {
      assertEquals(masked[i], logits[1] - logits[0]);
      assertEquals(logit[i], logits[1]);
      assertAlmostEquals(logits[0], golden.ablated[i][0], FLOAT64); // PyTorch's zeroed checkpoint
      assertAlmostEquals(logits[1], golden.ablated[i][1], FLOAT64);
    });
    assert(masked.some((value, i) => Math.abs(value - none[i]) > 1e-3), "nothing changed");
  });
});

Deno.test("rescore() gives a set the same scores whatever other sets run with it", async () => {
  const ops = await simdOps({ threads: 1 });
  const encoder = await openCrossEncoder(load, ops);
  const encoded = some.map(({ query, passage }) => encoder.tokenizer.encode(query, passage));
  const sets = Array.from(
    { length: 20 },
    (_, i) => Uint32Array.from({ length: 30 }, (_, k) => 97 * k + i),
  );
  const together = await rescore(encoder, encoded, [...sets, sets[3]]);
  const [alone] = await rescore(encoder, encoded, [sets[3]]);
  assertEquals(together[3], alone);
  assertEquals(together[20], alone); // run once
  assertEquals(forwardsOf(12, [...sets, sets[3]]), 240);
  ops.close();
});

Deno.test("ablate() measures nDCG@10 of the re-ranked candidates and says which passages swap", async () => {
  await withFixture(async (encoder) => {
    const candidates = pairs.slice(0, 40).map(({ query, passage }, i) => ({
      query: String(i % 2),
      document: `d${i}`,
      encoded: encoder.tokenizer.encode(query, passage),
    }));
    const grades = (parity: number) =>
      new Map(
        pairs.slice(0, 40).map(({ label }, i) => [`d${i}`, classOf(label)] as const).filter((
          _,
          i,
        ) => i % 2 === parity),
      );
    const qrels = new Map([["0", grades(0)], ["1", grades(1)]]);
    const many = Uint32Array.from({ length: 300 }, (_, k) => 11 * k);
    const none = new Uint32Array(0);
    const { original, attainable, rows, queries } = await ablate(encoder, { candidates, qrels }, [
      { expression: "many", kind: "set", level: 0.1, sets: [many] },
      { expression: "none", kind: "set", level: 0.1, sets: [none] },
      { expression: "random(none)", kind: "random", level: 0.1, sets: [none, many] },
    ]);
    assertEquals(queries, ["0", "1"]);
    assertEquals(attainable, [1, 1]); // every judged passage is a candidate
    assertEquals(atAttainable({ original: [1, .5], attainable }), .5);
    const few = candidates.filter((_, i) => i % 2 === 1 || i % 4 === 0);
    const less = await ablate(encoder, { candidates: few, qrels }, []);
    const relevant = few.filter(({ query, document }) =>
      query === "0" && (qrels.get("0") as ReadonlyMap<string, number>).get(document) === 1
    ).length;
    const gain = (count: number) =>
      Array.from({ length: Math.min(10, count) }, (_, i) =>
        1 / Math.log2(i + 2))
        .reduce((a, b) => a + b, 0);
    const all = [...qrels.get("0")!.values()].filter((grade) => grade === 1).length;
    assert(relevant < Math.min(10, all));
    assertAlmostEquals(less.attainable[0], gain(relevant) / gain(all), 1e-12);
    assertEquals(rows.map(({ neurons }) => neurons), [300, 0, 150]);
    assertEquals(rows[1].ndcg, [original]);
    assertEquals(rows[1].swaps, [{ entered: [], left: [] }, { entered: [], left: [] }]);
    assertEquals(rows[2].ndcg, [original, rows[0].ndcg[0]]);
    const [scores] = await rescore(encoder, candidates.map(({ encoded }) => encoded), [many]);
    queries.forEach((query, q) => {
      const run = new Map([[
        query,
        new Map(
          candidates.map((one, i) => [one, scores[i]] as const)
            .filter(([one]) => one.query === query).map(([one, value]) => [one.document, value]),
        ),
      ]]);
      assertEquals(ndcg(run, qrels, { k: 10 }).get(query), rows[0].ndcg[0][q]);
      const { entered, left } = rows[0].swaps![q];
      assertEquals(entered.length, left.length);
    });
  });
});

Deno.test("setsOfRows() begins with no neurons, which the unpruned model's scores are of", () => {
  const ids = Uint32Array.of(3);
  const row = { expression: "x", kind: "set", level: 0.1, sets: [ids], method: "mean" } as const;
  assertEquals(setsOfRows([row]), [{ ids: new Uint32Array(0) }, { ids, method: "mean" }]);
});

Deno.test("ablationOf() counts candidates that nobody judged as not relevant", async () => {
  await withFixture((encoder) => {
    const encoded = encoder.tokenizer.encode("a", "b");
    const candidates = ["u", "v", "w"].map((document) => ({ query: "q", document, encoded }));
    const qrels = new Map([["q", new Map([["u", 1]])]]);
    const { original, attainable } = ablationOf([[1, 2, 3]], { candidates, qrels }, []);
    assertEquals([original, attainable], [[0.5], [1]]); // third of three: 1 / log2(4)
    return Promise.resolve();
  });
});

Deno.test("candidateList() joins relevant passages and 20 others of BM25 for each, none twice", () => {
  const grades = new Map([["r1", 2], ["r2", 1], ["bad", 0]]);
  const ranking = new Map(
    Array.from({ length: 60 }, (_, i) => [`d${String(i).padStart(2, "0")}`, 60 - i]),
  );
  ranking.set("r2", 59.5).set("bad", 58.5);
  const { documents } = candidateList("q", { grades, ranking, seed: 0 });
  assertEquals(documents.slice(0, 2), ["r1", "r2"]);
  assertEquals(documents.length, 42);
  assertEquals(documents.slice(2, 6), ["d00", "d01", "bad", "d02"]); // judged non-relevant may be there
  assertEquals(new Set(documents).size, 42);
  assertEquals(
    candidateList("q", { grades, ranking, seed: 0, relevantFrom: 2 }).documents[1],
    "d00",
  );
  const one = candidateList("q", { grades, ranking, seed: 0, mostRelevant: 1, perRelevant: 3 });
  assertEquals(one.documents.length, 4);
  assert(!one.documents.slice(1).some((document) => document.startsWith("r")));
});

Deno.test("candidateList() draws relevant passages anew for every query, and says what others it lacks", () => {
  const grades = new Map(Array.from({ length: 12 }, (_, i) => [`r${i}`, 1]));
  const ranking = new Map([["d1", 3], ["d2", 2], ["r3", 1]]);
  const options = { grades, ranking, mostRelevant: 2, perRelevant: 2, seed: 0 };
  const drawn = ["q1", "q2", "q3", "q4"].map((query) => candidateList(query, options));
  const places = drawn.map(({ documents }) => documents.slice(0, 2).join());
  assert(new Set(places).size > 1, `the same places for every query: ${places}`);
  assertEquals(candidateList("q1", options), drawn[0]);
  assertEquals(drawn.map(({ lacking }) => lacking), [2, 2, 2, 2]); // 2 of 2 · 2
  assertEquals(candidateList("q1", { ...options, perRelevant: 1 }).lacking, 0);
});

Deno.test("ablationSets() gives every row a control of its own, the paper's more often drawn", () => {
  const means = {
    space,
    of: new Map([["P_x", randomVector(1)], ["N_x", randomVector(2)]] as const),
  };
  const scope = { sets: new Map(), schemes: new Set(["P_x", "N_x"] as const) };
  const rows = ["P[x]", "N[x]"];
  const sets = ablationSets(scope, means, {
    ...{ rows, levels: [0.1], controls: rows, repetitions: 5, otherRepetitions: 2, seed: 0 },
  });
  assertEquals(sets.map(({ expression, kind, sets }) => [expression, kind, sets.length]), [
    ["P[x]", "set", 1],
    ["N[x]", "set", 1],
    ["random(P[x])", "random", 2],
    ["random(N[x])", "random", 5],
  ]);
  for (const [row, control] of [[0, 2], [1, 3]]) {
    const wanted = countMembers(space, sets[row].sets[0]);
    for (const ids of sets[control].sets) assertEquals(countMembers(space, ids), wanted);
    assertEquals( // repetition r is drawn with seed + r
      sets[control].sets,
      sets[control].sets.map((_, r) => randomControl(space, sets[row].sets[0], { seed: r })),
    );
  }
});

Deno.test("chooseQueries() draws queries that have a relevant passage, the same for a seed", () => {
  const qrels = new Map<string, Map<string, number>>(
    Array.from({ length: 20 }, (_, i) => [`q${i}`, new Map([["d", i % 2]])] as const),
  );
  assertEquals(chooseQueries(qrels, { seed: 0 }).length, 10);
  const some = chooseQueries(qrels, { seed: 0, most: 4 });
  assertEquals([some.length, some], [4, chooseQueries(qrels, { seed: 0, most: 4 })]);
  assert(some.every((query) => qrels.get(query)!.get("d") === 1));
});

Deno.test("chooseQueries() takes queries that have passages of either kind", () => {
  const grades = (...all: readonly number[]) => new Map(all.map((grade, i) => [`d${i}`, grade]));
  const qrels = new Map([["mixed", grades(0, 2)], ["none", grades(0, 0)], ["one", grades(1)]]);
  assertEquals(chooseQueries(qrels, { seed: 0 }), ["mixed", "one"]);
  assertEquals(chooseQueries(qrels, { seed: 0, relevantFrom: 2 }), ["mixed"]);
});

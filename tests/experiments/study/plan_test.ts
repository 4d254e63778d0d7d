import { assert, assertEquals } from "@std/assert";
import { studyCosts } from "../../../src/experiments/study/costs.ts";
import { fileName } from "../../../src/experiments/study/file_name.ts";
import { countingSteps, firstSteps, modelSteps } from "../../../src/experiments/study/plan.ts";
import { needsPairs } from "../../../src/experiments/study/study_schemes.ts";
import { schemesOfStudy } from "../../../src/experiments/study/study.ts";
import { parseStudy } from "../../../src/experiments/study/study_file.ts";
import type { SchemeName } from "../../../src/experiments/sets/resolve.ts";
import type { Scheme } from "../../../src/attribution/schemes/scheme.ts";
import { randomScheme } from "../schemes.ts";

const file = {
  model: "m",
  collections: {
    ms: { folder: "a", inDomain: true },
    nf: { folder: "b", labels: ["relevant"], schemes: { relevant: "elsewhere/P_nf" } },
  },
  validation: { dev: { folder: "c", queries: 3 } },
  segments: { pairs: 2 },
};
const read = (more: Record<string, unknown> = {}) =>
  parseStudy(JSON.stringify({ ...file, ...more }), "study.json");

/** Files that never change. */
const inputs = {
  common: { version: "0" },
  identity: ({ folder }: { readonly folder: string }) => Promise.resolve(`files of ${folder}`),
  identityOfFile: (name: string) => Promise.resolve(`file ${name}`),
  digestOfFile: (name: string) => Promise.resolve(`digest of ${name}`),
};

/** Schemes of a study; `lacking` has no sums by query. */
function schemesOf(study: ReturnType<typeof read>, lacking?: SchemeName) {
  const names = schemesOfStudy(study.collections).map(({ name }) => name);
  const schemes = new Map(names.map((name, seed): [SchemeName, Scheme] => {
    const { sums, ...scheme } = randomScheme(seed);
    return [name, name === lacking ? scheme : { ...scheme, sums }];
  }));
  return { schemes, hashes: Object.fromEntries(names.map((name) => [name, `hash of ${name}`])) };
}

/** Every step of a study: its inputs by its name. */
async function plan(study: ReturnType<typeof read>) {
  const made = schemesOf(study);
  const { steps } = await countingSteps(study, made, inputs);
  const all = [
    ...await firstSteps(study, inputs),
    ...steps,
    ...await modelSteps(study, made, inputs),
  ];
  return new Map(all.map(({ name, inputs }) => [name, JSON.stringify(inputs)]));
}

Deno.test("firstSteps(), countingSteps() and modelSteps() are the study's steps in their order", async () => {
  assertEquals([...(await plan(read())).keys()], [
    ...["baselines", "scheme P[ms]", "scheme N[ms]", "scheme P[nf]", "overlaps"],
    ...["location N[ms] at 1 %", "certainty N[ms] at 1 %"],
    ...["traces", "convergence", "segments", "ablation dev"],
  ]);
  const few = { baselines: false, overlaps: false, locations: [], traces: false, ablation: false };
  const alone = { collections: { ms: { folder: "a", labels: ["relevant"] } }, validation: {} };
  assert(!(await plan(read({ ...alone, segments: false }))).has("overlaps")); // nothing to compare
  const none = { ...few, certainty: false, convergence: false, segments: false };
  assertEquals([...(await plan(read(none))).keys()], [
    "scheme P[ms]",
    "scheme N[ms]",
    "scheme P[nf]",
  ]);
});

Deno.test("firstSteps() take imported schemes from their files", async () => {
  const steps = await firstSteps(read(), inputs);
  assertEquals(steps.map(({ kind }) => kind), [
    "baselines",
    "scheme",
    "scheme",
    "imported scheme",
  ]);
  const { given, of } = steps[3].inputs as Record<string, unknown>;
  assertEquals([given, of], ["digest of elsewhere/P_nf", undefined]);
});

Deno.test("needsPairs() is false where nothing but imported schemes is taken from a collection", () => {
  const of = (more: Record<string, unknown>) => {
    const study = read(more);
    return study.collections.map((one) => needsPairs(study, one));
  };
  assertEquals(of({}), [true, true]); // segments take pairs of every scheme
  assertEquals(of({ segments: false }), [true, false]);
  const both = { ...file.collections.ms, schemes: { relevant: "P", "non-relevant": "N" } };
  const none = { baselines: false, traces: false, convergence: false, segments: false };
  const collections = { ms: both, nf: file.collections.nf };
  assertEquals(of({ ...none, collections }), [false, false]);
  assertEquals(of({ ...none, collections, traces: { collection: "nf" } }), [false, true]);
});

Deno.test("a change in the study file makes the steps stale whose output depends on it, and no others", async () => {
  const before = await plan(read());
  const stale = async (more: Record<string, unknown>) => {
    const after = await plan(read(more));
    return [...after].filter(([name, inputs]) => before.get(name) !== inputs).map(([name]) => name);
  };
  const ms = { folder: "a", inDomain: true };
  const { nf } = file.collections;
  assertEquals(await stale({ title: "another", caveats: { random: "so it is" } }), []);
  assertEquals(await stale({ collections: { ms: { ...ms, task: "Web" }, nf } }), [
    ...["traces", "segments"], // they name the collection
  ]);
  assertEquals(await stale({ collections: { ms: { ...ms, maxPairs: 7 }, nf } }), [
    ...["scheme P[ms]", "scheme N[ms]", "traces", "convergence", "segments"],
  ]);
  assertEquals(await stale({ validation: { dev: { folder: "c", queries: 4 } } }), ["ablation dev"]);
  const listed = await plan(read({ validation: { dev: { folder: "c", candidates: "x.run" } } }));
  assertEquals(JSON.parse(listed.get("ablation dev")!).run, "file x.run");
  assertEquals(JSON.parse(before.get("ablation dev")!).run, undefined);
  assertEquals(await stale({ overlaps: { schemeDraws: 9 } }), [
    ...["overlaps", "location N[ms] at 1 %"],
  ]);
  assertEquals(await stale({ attribution: { tolerance: 0.2 } }), [
    ...["scheme P[ms]", "scheme N[ms]", "scheme P[nf]", "convergence", "segments"],
  ]);
});

Deno.test("countingSteps() leave out the certainty of sets whose queries cannot be drawn, and say why", async () => {
  const study = read();
  const { steps, leftOut } = await countingSteps(study, schemesOf(study, "N_ms"), inputs);
  assertEquals(steps.map(({ kind }) => kind), ["overlaps", "location"]);
  assertEquals(leftOut.length, 1);
  assert(leftOut[0].startsWith("certainty N[ms] at 1 %: left out, scheme N[ms] cannot be drawn"));
});

Deno.test("studyCosts() counts evaluations and forward passes of every step that runs the model", async () => {
  const study = read({
    baselines: { pairs: 10 },
    traces: { pairs: 2, points: 11 },
    ablation: {
      ...{ rows: ["P[ms]", "N[ms]", "all(P, A)"], levels: ["1%", "2%"] },
      ...{ repetitions: 5, otherRepetitions: 3 },
    },
    attribution: { agreement: false, rule: "right", steps: 7 },
    convergence: false,
    cuts: { cuts: ["cls>query", "query>passage,passage>query"], window: 3 },
  });
  const costs = await studyCosts(study, {
    layers: () => Promise.resolve(12),
    // two queries with a relevant passage each, of which one has a passage that is not relevant
    qrels: () =>
      Promise.resolve(new Map([["1", new Map([["d", 1], ["e", 0]])], ["2", new Map([["d", 2]])]])),
    evaluationsPerPair: (label) => label === "relevant" ? 8 : 20,
  });
  assertEquals(costs, [
    { name: "baselines", evaluations: 0, forwards: 60 }, // the original and five baselines
    { name: "scheme P[ms]", evaluations: 16, forwards: 0 },
    { name: "scheme N[ms]", evaluations: 20, forwards: 0 },
    { name: "scheme P[nf]", evaluations: 0, forwards: 0 }, // imported
    { name: "traces", evaluations: 22, forwards: 0 },
    { name: "segments", evaluations: 2 * 8 + 2 * 20 + 2 * 8, forwards: 0 },
    // whole, and two cuts in ten windows of twelve layers
    { name: "cuts dev", evaluations: 0, forwards: (1 + 2 * 10) * 2 * 21 },
    // unpruned, and at two levels three rows with 3, 5, 3 random sets; two queries of 1 + 20 candidates
    { name: "ablation dev", evaluations: 0, forwards: (1 + 2 * (3 + 11)) * 2 * 21 },
  ]);
});

Deno.test("fileName() keeps letters and digits, and gives different texts different names", async () => {
  assertEquals(await fileName("ablation_v.2"), "ablation_v.2");
  const names = await Promise.all(["a b", "a-b", "a & b", " a b"].map(fileName));
  assertEquals(new Set(names).size, 4);
  assert(names.every((name) => /^a-b(-[0-9a-f]{6})?$/.test(name)), names.join());
});

Deno.test("steps depend on a selection, on lists and on which texts move only where their outputs do", async () => {
  const plain = await plan(read());
  const changed = async (more: Record<string, unknown>) => {
    const other = await plan(read(more));
    return [...other].filter(([name, inputs]) => plain.get(name) !== inputs).map(([name]) => name);
  };
  const usual = { strength: "signed", refill: "none", fusion: "mean" };
  assertEquals(await changed({ selection: usual, tests: { correction: "none" } }), []);
  // all conductances of these schemes are positive, so that Table 4 has the same sets
  assertEquals(await changed({ selection: { strength: "absolute" } }), [
    ...["overlaps", "location N[ms] at 1 %", "certainty N[ms] at 1 %"],
  ]);
  assertEquals(await changed({ selection: { refill: "level" } }), ["ablation dev"]);
  assertEquals(await changed({ selection: { fusion: "rank" } }), ["ablation dev"]);
  assertEquals(await changed({ ablation: { lists: "passage" } }), ["ablation dev"]);
  assertEquals(await changed({ ablation: { lists: "query", matching: "component" } }), []);
  assertEquals(await changed({ ablation: { matching: "layer" } }), ["ablation dev"]);
  assert((await changed({ attribution: { path: "query" } })).includes("baselines"));
  assert((await changed({ attribution: { path: "query" } })).includes("traces"));
});

Deno.test("faithfulness: rankings have a step a validation collection, which units and rules leave alone", async () => {
  const section = { pairs: 3, units: 8, orders: 2 };
  const of = (more: Record<string, unknown>, study: Record<string, unknown> = {}) =>
    plan(read({ faithfulness: { ...section, ...more }, ...study }));
  const plain = await of({});
  const ranked = await of({ rankings: ["dev"] });
  assertEquals([...ranked.keys()].filter((name) => !plain.has(name)), ["rankings dev"]);
  assertEquals(ranked.get("faithfulness"), plain.get("faithfulness"));
  const changes = async (more: Record<string, unknown>, study?: Record<string, unknown>) => {
    const other = await of({ rankings: ["dev"], ...more }, study);
    return ["faithfulness", "rankings dev"].filter((name) => other.get(name) !== ranked.get(name));
  };
  assertEquals(await changes({ units: 10 }), ["faithfulness"]);
  assertEquals(await changes({ randomise: true }), ["faithfulness"]);
  assertEquals(await changes({ orders: 3 }), ["faithfulness", "rankings dev"]);
  assertEquals(await changes({ collection: "nf" }), ["faithfulness", "rankings dev"]);
  assertEquals(await changes({}, { ablation: { perRelevant: 3 } }), ["rankings dev"]);
  assertEquals(await changes({}, { ablation: { lists: "passage" } }), ["rankings dev"]);
  assertEquals(await changes({}, { ablation: { levels: ["5%"] } }), []);
  assertEquals(await changes({}, { selection: { fusion: "rank" } }), ["rankings dev"]);
});

Deno.test("studyCosts() counts rankings, layers drawn anew, and triples", async () => {
  const costsOf = async (more: Record<string, unknown>) =>
    await studyCosts(
      read({ ...{ baselines: false, traces: false, convergence: false }, ...more }),
      {
        layers: () => Promise.resolve(12),
        qrels: () =>
          Promise.resolve(
            new Map([["1", new Map([["d", 1], ["e", 0]])], ["2", new Map([["d", 2]])]]),
          ),
        evaluationsPerPair: (label) => label === "relevant" ? 8 : 20,
      },
    );
  const faithfulness = { pairs: 3, units: 8, orders: 2, rankings: ["dev"] };
  const named = (costs: Awaited<ReturnType<typeof costsOf>>, name: string) =>
    costs.find((one) => one.name === name)!;
  const plain = await costsOf({ faithfulness, segments: undefined });
  const randomised = await costsOf({ faithfulness: { ...faithfulness, randomise: true } });
  const [once, again] = [plain, randomised].map((costs) =>
    named(costs, "faithfulness").evaluations
  );
  assertEquals(again - once, 12 * (3 * 8 + 3 * 20)); // a model for each of twelve layers
  // none, all, the baseline's run; P, N and F with two random orders each, removed and kept at 9 shares
  assertEquals(named(plain, "rankings dev").forwards, (3 + 2 * 9 * 3 * 3) * 2 * 21);
  const collections = { ms: { folder: "a", inDomain: true } };
  const attribution = { target: "pairwise" };
  const triples = await costsOf({ collections, attribution, segments: undefined });
  assertEquals(triples.slice(0, 3), [
    { name: "triples ms", evaluations: 8, forwards: 2 }, // one relevant passage has another beside it
    { name: "scheme P[ms]", evaluations: 0, forwards: 0 },
    { name: "scheme N[ms]", evaluations: 0, forwards: 0 },
  ]);
  const drawn = { ms: { ...collections.ms, negatives: "bm25" } };
  const fromRanking = await costsOf({ collections: drawn, attribution, segments: undefined });
  assertEquals(named(fromRanking, "triples ms").evaluations, 16);
});

Deno.test("modelSteps() depend on the synonyms that a study describes with", async () => {
  const of = async (describe: Record<string, unknown>, digest = "one") => {
    const study = read({ describe });
    const own = { ...inputs, digestOfFile: () => Promise.resolve(digest) };
    const steps = await modelSteps(study, schemesOf(study), own);
    return JSON.stringify(steps.find(({ name }) => name === "describe")!.inputs);
  };
  const plain = await of({});
  assertEquals(await of({}, "two"), plain);
  const given = await of({ synonyms: "s.tsv" });
  assert(given !== plain && given !== await of({ synonyms: "s.tsv" }, "two"));
});

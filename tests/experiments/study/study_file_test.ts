import { assertEquals, assertThrows } from "@std/assert";
import { schemesOfStudy } from "../../../src/experiments/study/study.ts";
import { parseStudy } from "../../../src/experiments/study/study_file.ts";
import { root } from "../fixture.ts";

const least = {
  model: "m",
  collections: { ms: { folder: "a", inDomain: true }, nf: { folder: "b", labels: ["relevant"] } },
  validation: { dev: { folder: "c" } },
};

Deno.test("parseStudy() fills in the paper's defaults", () => {
  const study = parseStudy(JSON.stringify(least), "study.json");
  assertEquals(study.sets, { A: ["ms", "nf"], O: ["nf"] });
  assertEquals(schemesOfStudy(study.collections).map(({ name }) => name), ["P_ms", "N_ms", "P_nf"]);
  assertEquals(study.ablation!.levels, [0.0001, 0.001, 0.01]);
  const { levels } = study.overlaps!;
  assertEquals([levels.length, levels[0], levels.at(-1)], [16, 0.0001, 0.5]);
  assertEquals([study.ablation!.repetitions, study.ablation!.otherRepetitions], [50, 10]);
  assertEquals([study.caveats, study.attribution.byQuery], [{}, undefined]);
  assertEquals(study.ablation!.rows, ["P[ms]", "N[ms]", "all(P, A)", "F[ms]", "fuse(A)"]);
  assertEquals(study.ablation!.controls, study.ablation!.rows); // one for every row
  assertEquals(study.locations, [{ expression: "N[ms]", level: 0.01 }]);
  assertEquals([study.attribution.target, study.attribution.agreement], ["logit", true]);
  assertEquals(study.segments, undefined);
  assertEquals(study.convergence, {
    collection: "ms",
    pairs: 20,
    steps: [5, 10, 20, 50, 100, 200],
    tolerances: [0.2, 0.1, 0.04, 0.02, 0.01],
    reference: 0.002,
    level: 0.01,
  });
  assertEquals(study.collections[0].schemes, undefined);
  const without = { ...least, convergence: false };
  assertEquals(parseStudy(JSON.stringify(without), "study.json").convergence, undefined);
});

Deno.test("parseStudy() reads which class is relevant, where the study says so", () => {
  const of = (more: Record<string, unknown>) =>
    parseStudy(JSON.stringify({ ...least, ...more }), "study.json").relevantClass;
  assertEquals([of({}), of({ relevantClass: 0 }), of({ relevantClass: 1 })], [undefined, 0, 1]);
});

Deno.test("parseStudy() reads the studies of the fixture and of studies/", async () => {
  const names = [...Deno.readDirSync(new URL("studies", root))].map(({ name }) => name);
  const files = names.filter((name) => name.endsWith(".json")).map((name) => `studies/${name}`);
  assertEquals(files.includes("studies/paper.json"), true);
  for (const file of ["fixtures/study.json", ...files]) {
    parseStudy(await Deno.readTextFile(new URL(file, root)), file);
  }
  const paper = parseStudy(
    await Deno.readTextFile(new URL("studies/paper.json", root)),
    "studies/paper.json",
  );
  assertEquals(schemesOfStudy(paper.collections).length, 14);
  assertEquals(paper.ablation!.rows.length, 10);
  assertEquals(paper.validation.map(({ group }) => group), [
    "MS MARCO dev",
    ...Array(5).fill("LoTTE"),
  ]);
});

Deno.test("parseStudy() takes the least and the most that it says", () => {
  const of = (more: Record<string, unknown>) =>
    parseStudy(JSON.stringify({ ...least, ...more }), "study.json");
  const { steps, tolerances } = of({
    convergence: { steps: [1, 10_000], tolerances: [1], reference: 0.5 },
  }).convergence!;
  assertEquals([steps, tolerances], [[1, 10_000], [1]]);
  const texts = { path: "query", threshold: -0.5 };
  const ends = { steps: 100_000, tolerance: 1e-9, maxLength: 5, completenessLimit: 0, ...texts };
  assertEquals(
    { ...of({ attribution: ends }).attribution, ...ends },
    of({ attribution: ends }).attribution,
  );
  const ms = {
    folder: "a",
    inDomain: true,
    relevantFrom: -999,
    nonRelevantUpto: -1000,
    maxPairs: 2,
  };
  const [one] = of({ collections: { ms, nf: least.collections.nf } }).collections;
  assertEquals([one.relevantFrom, one.nonRelevantUpto, one.maxPairs], [-999, -1000, 2]);
  assertThrows(() => of({ convergence: { tolerances: [1e-10] } }), SyntaxError, "from 1e-9 to 1");
  assertThrows(() => of({ convergence: { steps: [10_001] } }), SyntaxError, "from 1 to 10000");
  assertThrows(() => of({ traces: { points: 1 } }), SyntaxError, "of at least 2, got 1");
});

Deno.test("parseStudy() has no key for what is absent, so that results say the same once they were a file", () => {
  for (const more of [{}, { convergence: false, ablation: false }, { relevantClass: 1 }]) {
    const study = parseStudy(JSON.stringify({ ...least, ...more }), "study.json");
    assertEquals(JSON.parse(JSON.stringify(study)), study);
  }
});

Deno.test("parseStudy() knows the keys that it reads, each once and in the order of the result", () => {
  const message = (change: Record<string, unknown>) => {
    try {
      parseStudy(JSON.stringify({ ...least, ...change }), "study.json");
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error("the unknown key went by");
  };
  const asked = {
    ...{ relevantClass: 1, segments: {}, describe: { synonyms: "s" }, cuts: {} },
    faithfulness: { randomise: true, rankings: ["dev"] },
    selection: { strength: "signed", refill: "level", fusion: "l1" },
    tests: { losses: "paired", correction: "none" },
    ablation: { methods: ["zero", "mean"], matching: "layer", lists: "query" },
  };
  const study = parseStudy(JSON.stringify({ ...least, ...asked }), "f");
  assertEquals(
    message({ zzz: 1 }),
    `Cannot use study study.json: expected no zzz; the file may have ${
      Object.keys(study).join(", ")
    }`,
  );
  const sections = ["baselines", "overlaps", "traces", "certainty", "convergence", "ablation"];
  for (const key of [...sections, "describe", "faithfulness", "selection", "tests"]) {
    const known = Object.keys(study[key as keyof typeof study]!).join(", ");
    assertEquals(
      message({ [key]: { zzz: 1 } }),
      `Cannot use study study.json: expected ${key}.zzz to be absent (there are ${known}), got 1`,
    );
  }
});

Deno.test("parseStudy() names the path of what is wrong", () => {
  const wrong: [Record<string, unknown>, string][] = [
    [{ model: undefined }, "expected model to be a text, got none"],
    [{ modle: "x" }, "expected no modle; the file may have title, model"],
    [{ collections: {} }, "expected collections"],
    [{ collections: { ms: { folder: 3 } } }, "expected collections.ms.folder to be a text, got 3"],
    [{ collections: { "m s": { folder: "a" } } }, "expected collections.m s to be named by"],
    [
      { collections: { ms: { folder: "a", relevantfrom: 2 } } },
      "expected collections.ms.relevantfrom to be absent (there are name, task",
    ],
    [
      { collections: { ms: { folder: "a", nonRelevantUpto: 1 } } },
      "expected collections.ms.nonRelevantUpto to be below 1, got 1",
    ],
    [
      { collections: { ms: { folder: "a", maxPairs: 2.5 } } },
      "expected collections.ms.maxPairs to be an integer of at least 2, got 2.5",
    ],
    [
      { collections: { ms: { folder: "a", labels: ["good"] } } },
      "expected collections.ms.labels[0] to be relevant or non-relevant",
    ],
    [{ validation: { dev: {} } }, "expected validation.dev.folder to be a text, got none"],
    [{ sets: { B: ["xy"] } }, 'expected sets.B[0] to be one of ms, nf, got "xy"'],
    [{ leftOut: ["r"] }, "expected leftOut[0] to be one of ms, nf"],
    [{ attribution: { rule: "simpson" } }, "expected attribution.rule to be one of adaptive"],
    [{ attribution: { completenessLimit: -1 } }, "expected attribution.completenessLimit to be"],
    [{ attribution: false }, "expected attribution to be an object, got false"],
    [
      { locations: [{ expression: "N[ms]", level: "1%", size: 3 }] },
      "expected locations[0].size to be absent (there are expression, level), got 3",
    ],
    [{ attribution: { stepz: 3 } }, "expected attribution.stepz to be absent"],
    [{ ablation: { levels: ["0%"] } }, "expected ablation.levels[0] to be more than 0 %"],
    [{ ablation: { levels: ["101%"] } }, "expected ablation.levels[0] to be more than 0 %"],
    [{ ablation: { rows: ["P[ms"] } }, "expected ablation.rows[0] to be an expression"],
    [{ ablation: { rows: ["P[ms"] } }, "column 5"],
    [{ ablation: { controls: ["N[nf]"] } }, "expected one of the schemes N[ms] P[ms] P[nf]"],
    [{ locations: [{ expression: "N[ms]" }] }, "expected locations[0].level to be a text"],
    [
      { locations: [{ expression: "N[x]", level: "1%" }] },
      "expected locations[0].expression to be an expression",
    ],
    [{ baselines: { collection: "x" } }, "expected baselines.collection to be one of ms, nf"],
    [{ convergence: { collection: "x" } }, "expected convergence.collection to be one of ms, nf"],
    [{ convergence: { steps: [0] } }, "expected convergence.steps[0] to be an integer from 1"],
    [{ convergence: { steps: [] } }, "expected convergence.steps to be a list of numbers of steps"],
    [
      { convergence: { tolerances: [2] } },
      "expected convergence.tolerances[0] to be a number from",
    ],
    [
      { convergence: { reference: 0.02 } },
      "expected convergence.reference to be a number from 1e-9 to 0.005, got 0.02",
    ],
    [{ caveats: { harm: "x" } }, "expected caveats.harm to be absent (claims are baseline, "],
    [{ caveats: { random: 5 } }, "expected caveats.random to be a text, got 5"],
    [
      { describe: { of: ["P[x]"] } },
      "expected describe.of[0] to be an expression",
    ],
    [{ faithfulness: { units: 3 } }, "expected faithfulness.units to be "],
    [{ faithfulness: { collection: "x" } }, "expected faithfulness.collection to be one of ms, nf"],
    [{ faithfulness: { rankings: ["ms"] } }, "expected faithfulness.rankings[0] to be one of dev"],
    [
      { faithfulness: { rankings: ["dev"] }, validation: {} },
      "expected faithfulness.rankings[0] to be absent, as there is none to name",
    ],
    [{ faithfulness: { randomise: 1 } }, "expected faithfulness.randomise to be true or false"],
    [{ describe: { level: "200%" } }, "expected describe.level to be more than 0 %"],
    [{ describe: { collection: "x" } }, "expected describe.collection to be one of ms, nf"],
    [{ describe: { pairs: 0 } }, "expected describe.pairs to be "],
    [{ describe: { signals: [] } }, "expected describe.signals to be absent (there are of, "],
    [{ segments: { steps: 32 } }, "expected segments.steps to be absent (there are pairs)"],
    [{ attribution: { byQuery: 1 } }, "expected attribution.byQuery to be true or false"],
    [{ attribution: { path: "left" } }, "expected attribution.path to be"],
    [{ attribution: { threshold: "0.5" } }, "expected attribution.threshold to be"],
    [{ attribution: { units: ["neurons"] } }, 'expected attribution.units[0] to be "linears"'],
    [{ attribution: { units: [] } }, "expected attribution.units to be a list"],
    [{ cuts: { cuts: ["query>answer"] } }, "expected cuts.cuts[0] to be pairs of segments"],
    [{ cuts: { window: 0 } }, "expected cuts.window to be"],
    [
      { attribution: { units: ["heads"] }, traces: {} },
      "expected traces to be absent, as attribution.units has heads",
    ],
    [{ convergence: { level: "0%" } }, "expected convergence.level to be more than 0 %"],
    [
      { convergence: { step: [5] } },
      "expected convergence.step to be absent (there are collection",
    ],
    [
      {
        collections: {
          nf: { folder: "b", labels: ["relevant"], schemes: { "non-relevant": "n" } },
        },
      },
      'expected collections.nf.schemes.non-relevant to be absent, as labels are relevant, got "n"',
    ],
    [
      { collections: { nf: { folder: "b", schemes: { relevant: 1 } } } },
      "expected collections.nf.schemes.relevant to be a text, got 1",
    ],
    [
      { collections: { nf: { folder: "b", schemes: { p: "x" } } } },
      "expected collections.nf.schemes.p to be absent (there are relevant, non-relevant)",
    ],
    [{ seed: -1 }, "expected seed to be an integer from 0"],
    [{ relevantClass: 2 }, "expected relevantClass to be an integer from 0 to 1, got 2"],
    [{ relevantClass: "1" }, 'expected relevantClass to be an integer from 0 to 1, got "1"'],
  ];
  for (const [change, message] of wrong) {
    const text = JSON.stringify({ ...least, ...change });
    assertThrows(() => parseStudy(text, "study.json"), SyntaxError, message);
  }
  assertThrows(() => parseStudy("{", "study.json"), SyntaxError, "study.json");
  assertThrows(
    () => parseStudy('{"model": "a", "model": "b"}', "study.json"),
    SyntaxError,
    '"model" twice',
  );
});

Deno.test("parseStudy() reads ways of ablation that begin with zero, and the list that means are of", () => {
  const of = (ablation: Record<string, unknown>) =>
    parseStudy(JSON.stringify({ ...least, ablation }), "s.json").ablation!;
  assertEquals("methods" in of({}) || "means" in of({}), false); // results stay as they are
  const all = of({ methods: ["zero", "mean", "resample"], means: { pairs: 7 } });
  assertEquals(all.methods, ["zero", "mean", "resample"]);
  assertEquals(all.means, { collection: "ms", pairs: 7 });
  assertEquals(of({ methods: ["zero", "mean"] }).means, { collection: "ms", pairs: 500 });
  assertEquals(of({ methods: ["zero", "resample"] }).means, undefined);
  for (
    const [ablation, message] of [
      [{ methods: ["mean"] }, "expected ablation.methods to be a list that begins with"],
      [{ methods: ["zero", "zero"] }, "expected ablation.methods to be a list that begins with"],
      [{ methods: ["zero", "median"] }, "to be one of zero, mean, resample"],
      [{ means: { pairs: 7 } }, "expected ablation.means to be absent"],
      [{ methods: ["zero", "mean"], means: { collection: "x" } }, "to be one of ms, nf"],
    ] as const
  ) {
    assertThrows(() => of(ablation), SyntaxError, message);
  }
});

Deno.test("parseStudy() leaves out of a study of triples what is about single pairs, or refuses it", () => {
  const collections = { ms: { folder: "a", inDomain: true } };
  const of = (more: Record<string, unknown>) =>
    parseStudy(
      JSON.stringify({ ...least, collections, attribution: { target: "pairwise" }, ...more }),
      "study.json",
    );
  const study = of({ traces: false });
  assertEquals(study.attribution.target, "pairwise");
  assertEquals([study.traces, study.convergence], [undefined, undefined]);
  assertEquals([study.overlaps !== undefined, study.ablation !== undefined], [true, true]);
  for (const key of ["traces", "convergence", "segments", "describe", "faithfulness"]) {
    assertThrows(
      () => of({ [key]: {} }),
      SyntaxError,
      `expected ${key} to be absent, as attribution.target is pairwise, and it is about single pairs`,
    );
  }
  const ms = { folder: "a", inDomain: true };
  const why = "as attribution.target is pairwise, whose triples make P and N together";
  assertThrows(
    () => of({ collections: { ms: { ...ms, labels: ["relevant"] } } }),
    SyntaxError,
    `expected collections.ms.labels to be absent or both, ${why}`,
  );
  assertThrows(
    () => of({ collections: { ms: { ...ms, schemes: { relevant: "x" } } } }),
    SyntaxError,
    `expected collections.ms.schemes to be absent, ${why}`,
  );
});

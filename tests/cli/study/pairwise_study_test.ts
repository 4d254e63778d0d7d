/** A study of triples as a user runs it. */

import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { openScheme, sideOfScheme } from "../../../internal.ts";
import type { StudyResults } from "../../../src/experiments/results/results.ts";
import { root } from "../../backends.ts";
import { cli, inFolder } from "../run.ts";
import { fixtures, smallStudy } from "./small_study.ts";

const computer = ["--device=simd", "--threads=1"];
const small = smallStudy({ maxPairs: 5, queries: 3, mostRelevant: 2, steps: 3 });
const study = {
  ...small,
  collections: { c: small.collections.c },
  attribution: { ...small.attribution, target: "pairwise" },
  baselines: false,
  overlaps: { levels: ["1%", "10%"], nullDraws: 20, schemeDraws: 5 },
  certainty: { draws: 10 },
  ablation: {
    ...{ levels: ["1%"], rows: ["P[c]", "N[c]"], repetitions: 1, otherRepetitions: 1 },
    maxLength: 19,
  },
};

Deno.test("study of target pairwise: P and N are the sides of what attribute --target pairwise makes", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/study.json`, JSON.stringify(study));
    const run = (...more: string[]) =>
      cli(["study", `${folder}/study.json`, `--output=${folder}/out`, ...computer, ...more]);
    const planned = await run("--dry-run");
    assertEquals(planned.code, 0, planned.stderr);
    const lines = planned.stdout.split("\n").map((line) => line.split("\t"));
    const evaluationsOf = (step: string) => lines.find(([name]) => name === step)![2];
    assertEquals(evaluationsOf("triples c"), "20"); // 5 triples, 4 points of rule right with 3 steps
    assertEquals(evaluationsOf("scheme N[c]"), "0");
    const first = await run();
    assertEquals(first.code, 0, first.stderr);

    const triples = `${folder}/T.safetensors`;
    const made = await cli([
      ...["attribute", "--model", small.model, "--dataset", small.collections.c.folder],
      ...["--relevant-from=2", "--max-pairs=5", "--target=pairwise", "--rule=right", "--steps=3"],
      ...["--output", triples, "--quiet", ...computer],
    ]);
    assertEquals(made.code, 0, made.stderr);
    const open = async (path: string) => {
      const bytes = await Deno.readFile(path);
      return await openScheme(() => Promise.resolve(bytes), path);
    };
    const whole = await open(triples);
    for (const [name, label] of [["P_c", "relevant"], ["N_c", "non-relevant"]] as const) {
      const side = await open(`${folder}/out/schemes/${name}.safetensors`);
      const wanted = sideOfScheme(whole, label);
      assertEquals([side.mean, side.m2, side.sums], [wanted.mean, wanted.m2, wanted.sums]);
      assertEquals([side.metadata.label, side.metadata.target], [label, "pairwise"]);
    }
    const ids = (await Deno.readTextFile(`${folder}/out/schemes/triples_c.tsv`)).split("\n");
    assertEquals([ids[0], ids.length], ["query\trelevant\tother\torigin", 7]); // 5 triples, a last end

    const results: StudyResults = JSON.parse(
      await Deno.readTextFile(`${folder}/out/results.json`),
    );
    assertEquals(results.schemes.map(({ name, pairs }) => [name, pairs]), [["P[c]", 5], [
      "N[c]",
      5,
    ]]);
    assertEquals(results.certainty!.length, 1); // both sides keep sums by query
    assertLess(0, results.ablation!.rows.length);
    assertEquals([results.traces, results.convergence], [undefined, undefined]);
    const page = await Deno.readTextFile(`${folder}/out/report.md`);
    assertStringIncludes(page, "P and N of a collection are of the same triples");

    const before = await Deno.readFile(`${folder}/out/results.json`);
    const again = await run();
    assertEquals(again.code, 0, again.stderr);
    assert(!again.stderr.includes("begun"), again.stderr);
    assertEquals(await Deno.readFile(`${folder}/out/results.json`), before);
  }));

Deno.test("study of target pairwise says where a collection has no triples", () =>
  inFolder(async (folder) => {
    const c = { folder: `${fixtures}/collections/cooking`, relevantFrom: 2, nonRelevantUpto: -5 };
    const other = { ...study, collections: { c } };
    await Deno.writeTextFile(`${folder}/study.json`, JSON.stringify(other));
    const { code, stderr } = await cli([
      ...["study", `${folder}/study.json`, `--output=${folder}/out`, ...computer, "--quiet"],
    ]);
    assertEquals([code, stderr.trim().split("\n").length], [1, 1], stderr);
    assertStringIncludes(stderr, "Cannot take triples from");
    assertStringIncludes(stderr, '; "negatives": "bm25" of collections.c draws passages');
  }));

Deno.test("study of target pairwise refuses a bi-encoder before anything is computed", () =>
  inFolder(async (folder) => {
    const model = new URL("tests/golden/encoders/models/bert-w30-cls-dot", root).pathname;
    await Deno.writeTextFile(`${folder}/study.json`, JSON.stringify({ ...study, model }));
    const { code, stderr } = await cli([
      ...["study", `${folder}/study.json`, `--output=${folder}/out`, ...computer],
    ]);
    assertEquals([code, stderr.trim().split("\n").length], [1, 1], stderr);
    assertStringIncludes(stderr, "Cannot use target pairwise with a bi-encoder");
  }));

/** Sections of a study with what is asked for alone: rankings, layers drawn anew, synonyms. */

import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import type { StudyResults } from "../../../src/experiments/results/results.ts";
import { cli, inFolder } from "../run.ts";
import { smallStudy } from "./small_study.ts";

const small = smallStudy({ maxPairs: 2, queries: 2, mostRelevant: 1, steps: 2 });
const study = {
  ...small,
  collections: { c: small.collections.c },
  validation: { music: { ...small.validation.music, perRelevant: 7 } },
  ...{ baselines: false, traces: false, convergence: false, overlaps: false, certainty: false },
  locations: [],
  faithfulness: { pairs: 1, units: 4, orders: 1, randomise: true, rankings: ["music"] },
  describe: { of: ["P[c]"], level: "0.1%", pairs: 4, axiomPairs: 2, synonyms: "synonyms.tsv" },
  ablation: {
    ...{ levels: ["1%"], rows: ["P[c]"], controls: [], maxLength: 12, repetitions: 1 },
  },
};

Deno.test("study measures rankings beside floors, draws layers anew, and takes synonyms from a list", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/study.json`, JSON.stringify(study));
    await Deno.writeTextFile(`${folder}/synonyms.tsv`, "zzz\tyyy\n"); // of no term
    const first = await cli([
      ...["study", `${folder}/study.json`, `--output=${folder}/out`, "--device=simd"],
      "--threads=1",
    ]);
    assertEquals(first.code, 0, first.stderr);
    // steps of float32 are none of another precision, which WebAssembly has not
    const other = await cli([
      ...["study", `${folder}/study.json`, `--output=${folder}/out`, "--device=simd"],
      ...["--threads=1", "--precision=tf16"],
    ]);
    assertEquals(other.code, 2, other.stderr);
    assertStringIncludes(other.stderr, "Option --precision tf16 needs a GPU");
    const results: StudyResults = JSON.parse(
      await Deno.readTextFile(`${folder}/out/results.json`),
    );
    for (const { path } of results.files) await Deno.stat(`${folder}/out/${path}`);
    const { found, rankings } = results.faithfulness!;
    assertEquals(found.map(({ randomised }) => randomised!.map(({ from }) => from)), [
      ...[[3, 2, 1, 0], [3, 2, 1, 0]],
    ]);
    const [music] = rankings!;
    const [validation] = results.validation;
    // Table 4's own path to the whole model's rankings, and to the best ones
    assertAlmostEquals(music.all, validation.original, 1e-12);
    assertAlmostEquals(music.floors.best, validation.attainable, 1e-12);
    assertEquals([music.queries, music.candidates], [2, validation.candidates]);
    assertEquals(music.orders.map(({ of }) => of), ["P[c]", "N[c]", "F[c]"]);
    assert(music.orders[1].points.some(({ removed }) => removed < music.all));
    const [{ points }] = music.orders;
    assertEquals(points.map(({ random }) => random.length), Array(9).fill(1));
    const step = results.provenance.steps.find(({ name }) => name === "rankings music")!;
    // none, all, baselines; three orders with a random one each, removed and kept at nine shares
    assertEquals(step.forwards, (3 + 2 * 9 * 3 * 2) * music.candidates);
    const made = results.provenance.steps.find(({ name }) => name === "faithfulness")!;
    // two rules of 3 and 2 points, and four changed models by the first, of a pair of each label
    assertEquals(made.evaluations, 2 * (3 + 2 + 4 * 3));
    const pairsOf = new Map(results.description!.axioms.map(({ axiom, F }) => [axiom, F.pairs]));
    assertEquals([pairsOf.get("LNC2"), pairsOf.get("STMC1") ?? 0], [2, 0]); // near words would do
    const page = await Deno.readTextFile(`${folder}/out/report.html`);
    for (const id of ["figure-rankings-0-removed", "table-ranking-floors", "table-randomised"]) {
      assertStringIncludes(page, id);
    }
  }));

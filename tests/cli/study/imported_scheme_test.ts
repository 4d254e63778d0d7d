import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { StudyResults } from "../../../src/experiments/results/results.ts";
import { cli, inFolder, withOptions } from "../run.ts";

const fixtures = new URL("../../../fixtures", import.meta.url).pathname;
const computer = ["--device=simd", "--threads=1"];

/** Attributes pairs of the bundled collection as the study below asks for. */
async function attribute(output: string, label: string, ...args: string[]) {
  const made = await cli(withOptions([
    "attribute",
    ...[`--model=${fixtures}/tiny-cross-encoder`, `--dataset=${fixtures}/collections/cooking`],
    ...[`--label=${label}`, "--relevant-from=2", "--max-pairs=4", "--rule=right", "--steps=4"],
    ...[`--output=${output}`, "--quiet", ...computer],
  ], args));
  assertEquals(made.code, 0, made.stderr);
}

/** Runs a study of schemes that were made elsewhere; the collection itself is not there. */
async function run(folder: string, schemes: Record<string, string>, changes = {}, args = [""]) {
  const c = { folder: "nowhere", inDomain: true, relevantFrom: 2, maxPairs: 4, schemes };
  const study = {
    model: `${fixtures}/tiny-cross-encoder`,
    collections: { c },
    attribution: { rule: "right", steps: 4 },
    ...{ baselines: false, traces: false, convergence: false, ablation: false },
    overlaps: { levels: ["1%", "10%"], nullDraws: 20, schemeDraws: 5 },
    certainty: { draws: 10 },
    ...changes,
  };
  await Deno.writeTextFile(`${folder}/study.json`, JSON.stringify(study));
  const given = args.filter((arg) => arg !== "");
  return await cli([
    "study",
    `${folder}/study.json`,
    `--output=${folder}/out`,
    ...computer,
    ...given,
  ]);
}

Deno.test("study takes merged shards as its own schemes, and refuses what it would not have made", async () => {
  await inFolder(async (folder) => {
    const path = (name: string) => `${folder}/${name}.safetensors`;
    await Promise.all([
      attribute(path("p0"), "relevant", "--shard=0/2"),
      attribute(path("p1"), "relevant", "--shard=1/2"),
      attribute(path("n"), "non-relevant"),
    ]);
    const merged = await cli(["merge", path("p"), path("p0"), path("p1")]);
    assertEquals(merged.code, 0, merged.stderr);
    const schemes = { relevant: "p.safetensors", "non-relevant": "n.safetensors" };
    const first = await run(folder, schemes);
    assertEquals(first.code, 0, first.stderr);
    assertStringIncludes(first.stderr, "scheme P[c]: begun");
    assert(!first.stderr.includes("computing on"), "no model was needed");
    for (const [name, given] of [["P_c", "p"], ["N_c", "n"]]) {
      const files = [`${folder}/out/schemes/${name}.safetensors`, path(given)];
      for (const end of ["", ".pairs.tsv"]) {
        const [taken, made] = await Promise.all(files.map((file) => Deno.readFile(file + end)));
        assertEquals(taken, made);
      }
    }
    const results: StudyResults = JSON.parse(await Deno.readTextFile(`${folder}/out/results.json`));
    const [P] = results.schemes;
    assertEquals(P.imported!.file, "p.safetensors");
    assertEquals(P.imported!.sha256.length, 64);
    assertStringIncludes(P.imported!.adapter, "SIMD");
    const page = await Deno.readTextFile(`${folder}/out/report.html`);
    assertStringIncludes(page, "was made elsewhere");

    // the study itself makes the same numbers of the same pairs
    const own = { c: { folder: `${fixtures}/collections/cooking`, relevantFrom: 2, maxPairs: 4 } };
    await Deno.mkdir(`${folder}/own`);
    const again = await run(`${folder}/own`, {}, { collections: own, overlaps: false });
    assertEquals(again.code, 0, again.stderr);
    const numbers: StudyResults = JSON.parse(
      await Deno.readTextFile(`${folder}/own/out/results.json`),
    );
    assertEquals(numbers.schemes[0].strongest, P.strongest);
    assertEquals(numbers.schemes[0].imported, undefined);

    const kept = await run(folder, schemes);
    assertStringIncludes(kept.stderr, "scheme P[c]: kept");
    const dry = await run(folder, schemes, {
      validation: { music: { folder: `${fixtures}/collections/music`, queries: 2 } },
    }, ["--dry-run"]);
    assertStringIncludes(dry.stderr, "expected collections.c.folder at");

    await attribute(path("one"), "relevant", "--max-pairs=1");
    await Deno.mkdir(`${folder}/few`);
    const few = await run(`${folder}/few`, { relevant: path("one"), "non-relevant": path("n") }, {
      certainty: { of: ["N[c]", "P[c]"].map((expression) => ({ expression, level: "1%" })) },
    });
    assertEquals(few.code, 0, few.stderr);
    assertStringIncludes(
      few.stderr,
      "certainty P[c] at 1 %: left out, scheme P[c] cannot be drawn anew: its pairs are of one query",
    );
    const { certainty }: StudyResults = JSON.parse(
      await Deno.readTextFile(`${folder}/few/out/results.json`),
    );
    assertEquals(certainty!.map(({ expression }) => expression), ["N[c]"]);

    const key = "Cannot take collections.c.schemes";
    const wrong: [Record<string, string>, Record<string, unknown>, string][] = [
      [schemes, { attribution: { rule: "right", steps: 5 } }, "expected steps 5, got 4"],
      [schemes, { attribution: {} }, "expected rule adaptive, got right"],
      [{ ...schemes, relevant: "p0.safetensors" }, {}, "got shard 0/2; merge joins shards"],
      [{ ...schemes, relevant: "n.safetensors" }, {}, "expected label relevant, got non-relevant"],
    ];
    for (const [given, changes, message] of wrong) {
      const { code, stderr } = await run(folder, given, changes);
      assertEquals([code, stderr.trim().split("\n").length], [1, 1], stderr);
      assertStringIncludes(stderr, `${key}.relevant from ${folder}/`);
      assertStringIncludes(stderr, message);
    }
    const model = `${fixtures}/tiny-cross-encoder/model.safetensors`;
    const [none, alien, partly] = await Promise.all([
      run(folder, { ...schemes, relevant: "q.safetensors" }),
      (async () => {
        await Deno.mkdir(`${folder}/alien`);
        return await run(`${folder}/alien`, { ...schemes, relevant: model });
      })(),
      (async () => {
        await Deno.mkdir(`${folder}/partly`);
        return await run(`${folder}/partly`, { relevant: path("p") });
      })(),
    ]);
    assertEquals([none.code, alien.code, partly.code], [1, 1, 1]);
    assertStringIncludes(none.stderr, "expected collections.c.schemes.relevant at");
    assertStringIncludes(alien.stderr, "expected collections.c.schemes.non-relevant at");
    assertStringIncludes(partly.stderr, "expected collections.c.folder at"); // N is to be made here
    const only = { relevant: model };
    const read = await run(folder, only, {
      collections: { c: { folder: "nowhere", labels: ["relevant"], schemes: only } },
    });
    assertStringIncludes(read.stderr, `Cannot read attribution scheme ${model}: expected format`);
  });
});

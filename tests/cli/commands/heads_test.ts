/** Heads and segments at the command line: schemes, sets, re-ranking, cuts. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openSafetensors, openScheme } from "../../../internal.ts";
import { schemeOfKinds } from "../../../src/attribution/schemes/scheme_of_kinds.ts";
import { segmentNames } from "../../../src/model/heads.ts";
import { loaderOf } from "../../backends.ts";
import { cli, inFolder } from "../run.ts";

const model = new URL("../../../fixtures/tiny-cross-encoder", import.meta.url).pathname;
const pairs = new URL("../../../fixtures/pairs.tsv", import.meta.url).pathname;
const dataset = new URL("../../../fixtures/collections/cooking", import.meta.url).pathname;
const common = [`--model=${model}`, "--device=simd", "--threads=1", "--quiet"];

async function attribute(output: string, ...more: string[]) {
  const { code, stderr } = await cli([
    ...["attribute", ...common, `--output=${output}`, "--rule=trapezoid", "--steps=4"],
    ...more,
  ]);
  assertEquals(code, 0, stderr);
}

Deno.test("attribute writes heads and segments beside linears, whose numbers stay", async () => {
  await inFolder(async (folder) => {
    const few = `${folder}/pairs.tsv`;
    const lines = (await Deno.readTextFile(pairs)).split("\n").slice(0, 6);
    await Deno.writeTextFile(few, `${lines.join("\n")}\n`);
    const of = ["--agreement=off", `--pairs=${few}`];
    await attribute(`${folder}/linears.safetensors`, ...of);
    const all = [...of, "--units=heads,linears", "--by-segment"];
    await attribute(`${folder}/all.safetensors`, ...all, `--per-pair=${folder}/each`);
    const load = loaderOf(new URL(`file://${folder}/`));
    const linears = await openScheme(load, "linears.safetensors");
    const both = await openScheme(load, "all.safetensors");
    assertEquals(both.metadata.units, "linears,heads");
    const heads = schemeOfKinds(both, ["heads"], "all");
    assertEquals(heads.space.components, [{ name: "heads", units: 4 * 25 }]);
    assert(heads.mean.some((value) => value !== 0));
    const own = schemeOfKinds(both, ["linears"], "all");
    assertEquals(own.mean, linears.mean);
    assertEquals(own.m2, linears.m2);
    own.mean.forEach((value, id) => {
      const sum = own.bySegment!.reduce((total, { mean }) => total + mean[id], 0);
      assert(Math.abs(sum - value) < 1e-6);
    });
    const each = await openSafetensorsOf(`${folder}/each`, "0.safetensors");
    assertEquals(
      ["heads", "value", ...segmentNames.map((name) => `value/${name}`)]
        .filter((name) => !each.has(name)),
      [],
    );
    // shards merge to the same bytes
    for (const i of [0, 1]) {
      await attribute(`${folder}/${i}.safetensors`, ...all, `--shard=${i}/2`);
    }
    const merged = await cli([
      ...["merge", `${folder}/merged.safetensors`],
      ...[0, 1].map((i) => `${folder}/${i}.safetensors`),
    ]);
    assertEquals(merged.code, 0, merged.stderr);
    assertEquals(
      await Deno.readFile(`${folder}/merged.safetensors`),
      await Deno.readFile(`${folder}/all.safetensors`),
    );
  });
});

async function openSafetensorsOf(folder: string, name: string): Promise<ReadonlySet<string>> {
  const { entries } = await openSafetensors(loaderOf(new URL(`file://${folder}/`)), name);
  return new Set(entries.keys());
}

Deno.test("sets of heads are named, re-ranked without, and refused where neurons are meant", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/schemes`);
    const of = [`--dataset=${dataset}`, "--max-pairs=4", "--units=linears,heads"];
    await attribute(`${folder}/schemes/N_c.safetensors`, ...of, "--label=non-relevant");
    const set = `${folder}/heads.json`;
    const named = await cli([
      ...["neurons", "N[c]", "--level=5%", "--units=heads", `--schemes=${folder}/schemes`],
      `--output=${set}`,
    ]);
    assertEquals(named.code, 0, named.stderr);
    const { neurons, units } = JSON.parse(await Deno.readTextFile(set));
    assertEquals(units, { heads: 100 });
    assertEquals(neurons.length, 20); // 5 % of 4 layers of 100
    assert(neurons.every((name: string) => /^[0-3]\.head\.[0-3]\.\w+>\w+$/.test(name)));
    const run = `${folder}/run.trec`;
    const bm25 = await cli(["bm25", `--dataset=${dataset}`, "--depth=3", "--quiet"]);
    await Deno.writeTextFile(run, bm25.stdout.split("\n").slice(0, 6).join("\n") + "\n");
    const rerank = async (...more: string[]) =>
      await cli(["rerank", ...common, `--dataset=${dataset}`, `--candidates=${run}`, ...more]);
    const [plain, without, cut] = [
      await rerank(),
      await rerank(`--ablate=${set}`),
      await rerank("--cut=passage>query", "--layers=0-1"),
    ];
    for (const one of [plain, without, cut]) assertEquals(one.code, 0, one.stderr);
    assertEquals(new Set([plain, without, cut].map(({ stdout }) => stdout)).size, 3);
    const refused = [
      [await rerank(`--ablate=${set}`, "--cut=cls>query"), "Expected --ablate or --cut, got both"],
      [await rerank("--cut=cls>query;cls>passage"), "Option --cut cannot be 2 cuts"],
      [await rerank("--cut=cls>query", "--renormalise", "--scale=2"), "--renormalise or --scale"],
      [await rerank("--cut=cls>query", "--ablation=mean"), "mean with --cut: expected zero"],
      [await rerank("--cut=cls>answer"), "expected two of cls, query, sep1, passage, sep2"],
      [await rerank("--cut=cls>query", "--layers=2-9"), "expected layers I-J of 0-3"],
      [await rerank("--layers=2-3"), "without --cut no attention is cut"],
      [await rerank(`--ablate=${set}`, "--ablation=resample"), "resample of attention heads"],
      [
        await cli(["trace", ...common, `--pairs=${pairs}`, `--neurons=${set}`]),
        "expected neurons of linears",
      ],
      [
        await cli(["attribute", ...common, `--pairs=${pairs}`, `--output=${run}.x`, "--units=all"]),
        "Option --units cannot be all: expected linears, heads, or linears,heads",
      ],
    ] as const;
    for (const [{ code, stderr }, sentence] of refused) {
      assertEquals(code, 2, stderr);
      assertStringIncludes(stderr, sentence);
    }
    // a scheme without heads has none to name
    await attribute(`${folder}/schemes/N_c.safetensors`, ...of.slice(0, 2), "--label=non-relevant");
    const none = await cli([
      ...["neurons", "N[c]", "--level=5%", "--units=heads", `--schemes=${folder}/schemes`],
    ]);
    assertEquals(none.code, 1);
    assertStringIncludes(none.stderr, "it has linears alone; attribute --units heads makes them");
  });
});

Deno.test("ablate --cut prints a line a cut, window and collection, and draws them", async () => {
  await inFolder(async (folder) => {
    const args = [
      ...["ablate", ...common, `--datasets=${dataset}`, "--queries=3", "--per-relevant=2"],
      ...["--cut=query>passage;passage>query,cls>query", "--window=2", "--layers=1-3"],
    ];
    const output = `${folder}/cuts.tsv`;
    const found = await cli([...args, `--output=${output}`, `--svg=${folder}/cuts.svg`]);
    assertEquals(found.code, 0, found.stderr);
    const lines = (await Deno.readTextFile(output)).trimEnd().split("\n").map((line) =>
      line.split("\t")
    );
    assertEquals(lines.slice(1).map((line) => line.slice(0, 5)), [
      ["query>passage", "1", "2", "cooking", "3"],
      ["query>passage", "2", "3", "cooking", "3"],
      ["passage>query,cls>query", "1", "2", "cooking", "3"],
      ["passage>query,cls>query", "2", "3", "cooking", "3"],
    ]);
    assertStringIncludes(await Deno.readTextFile(`${folder}/cuts.svg`), "Cut attention");
    assertEquals((await Array.fromAsync(Deno.readDir(folder))).length, 2); // no journal is left
    const rows = await cli([...args, "--rows=P[ms]"]);
    assertEquals(rows.code, 2);
    assertStringIncludes(rows.stderr, "--cut zeroes attention, and no neurons of schemes");
  });
});

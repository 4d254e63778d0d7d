/** `attribute --target pairwise` as a user runs it. */

import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { openSafetensors, openScheme } from "../../../internal.ts";
import { conductanceOf, relativeDistance } from "../../attribution/golden.ts";
import { root } from "../../backends.ts";
import golden from "../../golden/forward/tiny-cross-encoder.json" with { type: "json" };
import { bertSpace } from "../../spaces.ts";
import { cli, inFolder, withOptions } from "../run.ts";

const path = (name: string) => decodeURIComponent(new URL(name, root).pathname);
const model = path("fixtures/tiny-cross-encoder");
const cooking = path("fixtures/collections/cooking");
const space = bertSpace({ layers: 4, width: 128, inner: 256 });

const triples = [
  ["how do i polish a copper pan", "Polish the copper pan with lemon.", "The boat has a new sail."],
  ["bread", "Knead the flour for the bread.", "A telescope near the moon."],
  ["nurse", "The nurse put a bandage on it.", "Steak with honey and lard."],
  ["sail", "The sail of the boat.", "Bread with butter."],
];

const run = (folder: string, ...more: string[]) =>
  cli(withOptions([
    ...["attribute", "--model", model, "--target", "pairwise", "--output", `${folder}/S`],
    ...["--rule", "trapezoid", "--steps", "6", "--device", "simd"],
  ], more));

async function writeTriples(folder: string, some = triples): Promise<string> {
  const file = `${folder}/triples.tsv`;
  await Deno.writeTextFile(file, some.map((one) => `${one.join("\t")}\n`).join(""));
  return file;
}

Deno.test("attribute --target pairwise writes both runs' means and files, the same from shards", () =>
  inFolder(async (folder) => {
    const file = await writeTriples(folder);
    const load = (name: string) => Deno.readFile(`${folder}/${name}`);
    const whole = await run(folder, "--triples", file, "--per-pair", `${folder}/each`);
    assertEquals([whole.code, whole.stdout], [0, ""], whole.stderr);
    assertMatch(whole.stderr, /4 triples attributed, 0 dropped/);
    const scheme = await openScheme(load, "S");
    assertEquals([scheme.metadata.target, scheme.metadata.label], ["pairwise", "relevant"]);
    const sums = [new Float64Array(scheme.mean.length), new Float64Array(scheme.mean.length)];
    for (let line = 0; line < 4; line++) {
      const one = await openSafetensors(load, `each/${line}.safetensors`);
      for (const [side, prefix] of ["", "other/"].entries()) {
        (await conductanceOf(one, prefix, space)).forEach((value, id) =>
          sums[side][id] += value / 4
        );
      }
    }
    assertLess(relativeDistance(sums[0], scheme.mean), 1e-6); // the files are float32
    assertLess(relativeDistance(sums[1], scheme.other!.mean), 1e-6);
    const names = [...(await openSafetensors(load, "S")).entries.keys()];
    for (const kind of ["mean_other", "m2_other"]) assert(names.includes(`${kind}/ff_output`));

    for (const shard of [0, 1]) {
      const { code, stderr } = await run(
        folder,
        ...["--triples", file, "--shard", `${shard}/2`, "--output", `${folder}/s${shard}`],
      );
      assertEquals(code, 0, stderr);
    }
    const merged = await cli(["merge", `${folder}/M`, `${folder}/s1`, `${folder}/s0`]);
    assertEquals(merged.code, 0, merged.stderr);
    assertEquals(await load("M"), await load("S"));
  }));

for (const options of [[], ["--target", "logit", "--towards", "2.value.7@passage"]]) {
  const what = options.length === 0 ? "--target pairwise" : "--towards";
  Deno.test(`attribute ${what} goes on from its journal to the same bytes`, () =>
    inFolder(async (folder) => {
      const file = `${folder}/list.tsv`;
      const lines = triples.map(([query, passage, other]) =>
        [query, passage, ...(options.length === 0 ? [other] : ["1"])].join("\t")
      );
      await Deno.writeTextFile(file, `${lines.join("\n")}\n`);
      const list = [options.length === 0 ? "--triples" : "--pairs", file];
      const given = ["attribute", "--model", model, "--rule", "right", "--steps", "3"];
      const start = (output: string, ...more: string[]) =>
        cli([
          ...[...given, ...list, "--device", "simd", "--output", `${folder}/${output}`, ...more],
          ...(options.length === 0 ? ["--target", "pairwise"] : options.slice(2)),
        ]);
      assertEquals((await start("whole")).code, 0);
      const ended = await start("again", "--completeness-limit", "0"); // once a pair is in the journal
      assertEquals(ended.code, 1);
      assertMatch(ended.stderr, /expected a gap of completeness of at most 0/);
      const resumed = await start("again", "--log", `${folder}/log`);
      assertEquals(resumed.code, 0, resumed.stderr);
      const events = (await Deno.readTextFile(`${folder}/log`)).trim().split("\n")
        .map((line) => JSON.parse(line));
      assertLess(events.filter(({ event }) => event === "pair").length, 4);
      const [a, b] = await Promise.all(
        ["whole", "again"].map((name) => Deno.readFile(`${folder}/${name}`)),
      );
      assertEquals(a, b);
    }));
}

Deno.test("attribute --target pairwise --agreement on keeps what the model puts above and below .5", () =>
  inFolder(async (folder) => {
    const relevantPart = async (query: string, passage: string) => {
      await Deno.writeTextFile(`${folder}/one.tsv`, `${query}\t${passage}\n`);
      const { stdout } = await cli([
        ...["score", "--model", model, "--pairs", `${folder}/one.tsv`, "--device", "simd"],
      ]);
      return Number(stdout.trim().split("\t").at(-1));
    };
    // every way round: kept are exactly those that the scores say
    const [{ query, passage: relevant }, { passage: other }] = golden.pairs;
    const some = [
      [query, relevant, other],
      [query, other, relevant],
      ...[[query, relevant, `${relevant} .`], [query, other, `${other} .`]],
    ];
    const kept = [];
    for (const [i, [query, one, two]] of some.entries()) {
      if (await relevantPart(query, one) > 0.5 && await relevantPart(query, two) < 0.5) {
        kept.push(i);
      }
    }
    assertEquals(kept, [0]); // else the test would show nothing
    const file = await writeTriples(folder, some);
    const { code, stderr } = await run(
      folder,
      ...["--triples", file, "--agreement", "on", "--per-pair", `${folder}/each`],
    );
    assertEquals(code, 0, stderr);
    assertMatch(stderr, /1 triples attributed, 3 dropped/);
    assertEquals([...Deno.readDirSync(`${folder}/each`)].map(({ name }) => name), [
      "0.safetensors",
    ]);
    const none = await run(
      folder,
      ...["--triples", await writeTriples(folder, some.slice(1)), "--agreement", "on", "--restart"],
    );
    assertEquals(none.code, 1);
    assertMatch(none.stderr, /puts no triple's relevant passage above \.5 and the other below/);
  }));

Deno.test("attribute --target pairwise draws a collection's triples with a seed", () =>
  inFolder(async (folder) => {
    const take = async (output: string, ...more: string[]) => {
      const { code, stderr } = await run(
        folder,
        ...["--dataset", cooking, "--max-pairs", "5", "--rule", "right", "--steps", "2"],
        ...["--output", `${folder}/${output}`, ...more],
      );
      assertEquals(code, 0, stderr);
      assertMatch(stderr, /5 triples attributed/);
      const load = (name: string) => Deno.readFile(`${folder}/${name}`);
      return await openScheme(load, output);
    };
    const [a, b, c] = [await take("a"), await take("b"), await take("c", "--seed", "1")];
    assertEquals([a.mean, a.other], [b.mean, b.other]);
    assert(a.metadata.pair_list_sha256 !== c.metadata.pair_list_sha256);
    assertMatch(a.metadata.selection, /^\d+ triples, at most 5 of them evenly over queries/);
  }));

Deno.test("attribute --target pairwise refuses what is no triple, in one sentence", () =>
  inFolder(async (folder) => {
    const two = `${folder}/two.tsv`;
    await Deno.writeTextFile(two, "copper pan\tpolish it\n");
    const refused = async (code: 1 | 2, says: RegExp, ...more: string[]) => {
      const found = await run(folder, ...more);
      assertEquals(found.code, code, found.stderr);
      assertMatch(found.stderr, says);
      assertEquals(found.stderr.trim().split("\n").length, 1);
      assertEquals([...Deno.readDirSync(folder)].filter(({ name }) => name.startsWith("S")), []);
    };
    await refused(
      1,
      /two\.tsv, line 1: expected query<TAB>relevant passage<TAB>non-relevant passage, got "copper/,
      ...["--triples", two],
    );
    const same = `${folder}/same.tsv`;
    await Deno.writeTextFile(same, "pan\tpolish it\trinse it\npan\tpolish it\tpolish it\n");
    await refused(
      1,
      /same\.tsv, line 2: expected two passages, got the same one/,
      "--triples",
      same,
    );
    await refused(2, /--pairs has no effect: --target pairwise takes --triples/, "--pairs", two);
    await refused(2, /Expected either --triples FILE or --dataset FOLDER with --target pairwise/);
    await refused(2, /--triples has no effect: it takes --target pairwise/, ...[
      ...["--triples", two, "--target", "margin"],
    ]);
    await refused(2, /--label has no effect: --target pairwise takes triples/, ...[
      ...["--dataset", cooking, "--label", "relevant"],
    ]);
    await Deno.writeTextFile(two, "");
    await refused(1, /Cannot read triples of .*two\.tsv: the file is empty/, "--triples", two);
  }));

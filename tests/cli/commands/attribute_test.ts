/** `attribute`, `score`, `tokenize` and `device` as a user runs them. */

import { assert, assertAlmostEquals, assertEquals, assertLess, assertMatch } from "@std/assert";
import { neuronCount, openSafetensors, openScheme } from "../../../internal.ts";
import { conductanceOf, relativeDistance } from "../../attribution/golden.ts";
import { hasGpu, root } from "../../backends.ts";
import forwardGolden from "../../golden/forward/tiny-cross-encoder.json" with { type: "json" };
import { cli, inFolder, withOptions } from "../run.ts";
import { bertSpace } from "../../spaces.ts";

const model = decodeURIComponent(new URL("fixtures/tiny-cross-encoder", root).pathname);
const allPairs = decodeURIComponent(new URL("fixtures/pairs.tsv", root).pathname);
const space = bertSpace({ layers: 4, width: 128, inner: 256 });

/** The first pairs of the fixture in a file of their own. */
async function somePairs(folder: string, count: number): Promise<string> {
  const lines = (await Deno.readTextFile(allPairs)).split("\n").slice(0, count);
  await Deno.writeTextFile(`${folder}/pairs.tsv`, lines.join("\n") + "\n");
  return `${folder}/pairs.tsv`;
}

/** Files of a folder, without those that tests put there. */
const filesOf = (folder: string) =>
  [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name !== "pairs.tsv")
    .sort();

Deno.test("score prints PyTorch's logits and probabilities, a line a pair", () =>
  inFolder(async (folder) => {
    const file = `${folder}/pairs.tsv`;
    const pairs = forwardGolden.pairs;
    await Deno.writeTextFile(file, pairs.map((p) => `${p.query}\t${p.passage}\n`).join(""));
    for (const device of ["cpu", "simd"]) {
      const { code, stdout, stderr } = await cli([
        ...["score", "--model", model, "--pairs", file, "--device", device],
      ]);
      assertEquals([code, stderr], [0, ""]);
      const lines = stdout.trimEnd().split("\n").map((line) => line.split("\t").map(Number));
      assertEquals(lines.length, pairs.length);
      lines.forEach((numbers, i) => {
        [...pairs[i].logits, pairs[i].probability]
          .forEach((expected, k) => assertAlmostEquals(numbers[k], expected, 1e-5));
      });
    }
  }));

Deno.test("tokenize prints ids, type ids and pieces, and needs no weights", () =>
  inFolder(async (folder) => {
    for (const name of ["vocab.txt", "tokenizer_config.json"]) {
      await Deno.copyFile(`${model}/${name}`, `${folder}/${name}`);
    }
    const [pair] = forwardGolden.pairs;
    await Deno.writeTextFile(`${folder}/pairs.tsv`, `${pair.query}\t${pair.passage}\n`);
    const { code, stdout } = await cli([
      ...["tokenize", "--model", folder, "--pairs", `${folder}/pairs.tsv`],
    ]);
    assertEquals(code, 0);
    assertEquals(
      stdout,
      [pair.ids, pair.types, pair.tokens].map((values) => values.join(" ")).join("\t") + "\n",
    );
  }));

Deno.test("attribute writes a scheme that is the mean of its per-pair files", () =>
  inFolder(async (folder) => {
    const pairs = await somePairs(folder, 4);
    const output = `${folder}/P.safetensors`;
    const { code, stdout, stderr } = await cli([
      ...["attribute", "--model", model, "--pairs", pairs, "--output", output],
      ...["--per-pair", `${folder}/each`, "--rule", "right", "--steps", "20", "--device", "simd"],
    ]);
    assertEquals([code, stdout], [0, ""]);
    assertMatch(stderr, /4 pairs attributed, 0 dropped/);
    const load = (name: string) => Deno.readFile(`${folder}/${name}`);
    const scheme = await openScheme(load, "P.safetensors");
    const sum = new Float64Array(neuronCount(space));
    for (let line = 0; line < 4; line++) {
      const file = await openSafetensors(load, `each/${line}.safetensors`);
      (await conductanceOf(file, "", space)).forEach((value, id) => sum[id] += value / 4);
      for (const key of ["F_baseline", "F_input", "gap", "evaluations"]) {
        assert(Number.isFinite(Number(file.metadata[key])), key);
      }
    }
    assertLess(relativeDistance(sum, scheme.mean), 1e-6); // the files are float32
    const { metadata } = scheme;
    assertEquals(
      [metadata.format, metadata.pairs, metadata.rule, metadata.steps, metadata.target],
      ["attribution-scheme/1", "4", "right", "20", "logit"],
    );
    for (const key of ["model_sha256", "pair_list_sha256", "tokenizer_sha256"]) {
      assertMatch(metadata[key], /^[0-9a-f]{64}$/);
    }
    assertEquals(filesOf(folder), ["P.safetensors", "each"]);
  }));

Deno.test("attribute --towards writes NaN for what is not below, in shards, files a pair and the merge", () =>
  inFolder(async (folder) => {
    const pairs = await somePairs(folder, 4);
    const towards = "2.intermediate.12@passage";
    const run = (output: string, ...more: string[]) =>
      cli([
        ...["attribute", "--model", model, "--pairs", pairs, "--output", `${folder}/${output}`],
        ...["--towards", towards, "--rule", "right", "--steps", "4", "--device", "simd", ...more],
      ]);
    const whole = await run("W", "--per-pair", `${folder}/each`);
    assertEquals([whole.code, whole.stdout], [0, ""], whole.stderr);
    assertMatch(whole.stderr, /towards 2\.intermediate\.12@passage of the 2304 units below it/);
    assertMatch(whole.stderr, /1280 of all 3584 are not below and NaN in the files/);
    const load = (name: string) => Deno.readFile(`${folder}/${name}`);
    const isBelow = (id: number) => id < 2 * 896 + 4 * 128;
    const onlyBelow = (values: ArrayLike<number>) =>
      assertEquals(
        Array.from(values, Number.isNaN),
        Array.from(values, (_, id) => !isBelow(id)),
      );
    const scheme = await openScheme(load, "W");
    onlyBelow(scheme.mean);
    onlyBelow(scheme.m2);
    assertEquals([scheme.metadata.towards, scheme.metadata.target], [towards, undefined]);
    const sum = new Float64Array(neuronCount(space));
    for (let line = 0; line < 4; line++) {
      const values = await conductanceOf(
        await openSafetensors(load, `each/${line}.safetensors`),
        "",
        space,
      );
      onlyBelow(values);
      values.forEach((value, id) => sum[id] += value / 4);
    }
    const below = (values: Float64Array) => values.filter((_, id) => isBelow(id));
    assertLess(relativeDistance(below(sum), below(scheme.mean)), 1e-6); // the files are float32
    for (const shard of [0, 1]) await run(`s${shard}`, "--shard", `${shard}/2`);
    const merge = await cli(["merge", `${folder}/M`, `${folder}/s0`, `${folder}/s1`]);
    assertEquals(merge.code, 0, merge.stderr);
    assertEquals(await load("M"), await load("W"));

    const wrong = async (says: RegExp, code: number, ...more: string[]) => {
      const { code: got, stderr } = await cli(withOptions([
        ...["attribute", "--model", model, "--pairs", pairs, "--output", `${folder}/X`],
        ...["--device", "simd"],
      ], more));
      assertEquals(got, code);
      assertMatch(stderr, says);
      assertEquals(filesOf(folder).filter((name) => name.startsWith("X")), []);
    };
    await wrong(/towards 0\.key\.3: only the embeddings are below it/, 1, "--towards", "0.key.3");
    await wrong(/the model has 4 layers with 128 units in key/, 1, "--towards", "4.key.3");
    await wrong(/expected one of cls, query/, 1, "--towards", "3.key.3@title");
    await wrong(
      /Option --target has no effect: with --towards/,
      2,
      ...["--towards", "3.key.3", "--target", "margin"],
    );
  }));

Deno.test("attribute takes one label and drops pairs that the model disagrees with", () =>
  inFolder(async (folder) => {
    // the same pair with both labels: the model can agree with one of them only
    const [query, passage] = (await Deno.readTextFile(allPairs)).split("\n")[0].split("\t");
    const pairs = `${folder}/pairs.tsv`;
    await Deno.writeTextFile(pairs, `${query}\t${passage}\t0\n${query}\t${passage}\t1\n`);
    const run = (...more: string[]) =>
      cli([
        ...["attribute", "--model", model, "--pairs", pairs, "--output", `${folder}/P.safetensors`],
        ...["--rule", "trapezoid", "--steps", "4", "--device", "simd", ...more],
      ]);
    assertMatch((await run("--agreement", "on")).stderr, /1 pairs attributed, 1 dropped/);
    assertMatch((await run("--label", "relevant")).stderr, /1 pairs attributed, 0 dropped/);
    const both = await run("--agreement", "on", "--label", "relevant");
    assertEquals(both.code, 1);
    assertMatch(both.stderr, /the model agrees with no pair's label/);
  }));

Deno.test("attribute takes a collection's pairs and writes their list, which repeats them", () =>
  inFolder(async (folder) => {
    const dataset = decodeURIComponent(new URL("fixtures/collections/cooking", root).pathname);
    const run = (output: string, ...more: string[]) =>
      cli([
        ...["attribute", "--model", model, "--dataset", dataset, "--label", "relevant"],
        ...["--output", `${folder}/${output}`, "--rule", "right", "--steps", "4"],
        ...["--device", "simd", ...more],
      ]);
    const first = await run("a", "--relevant-from", "2", "--max-pairs", "6");
    assertEquals(first.code, 0, first.stderr);
    assertMatch(first.stderr, /cooking \(test\): \d+ relevant pairs, at most 6 of them/);
    const second = await run("b", "--pair-list", `${folder}/a.pairs.tsv`);
    assertEquals(second.code, 0, second.stderr);
    const load = (name: string) => Deno.readFile(`${folder}/${name}`);
    assertEquals((await openScheme(load, "a")).mean, (await openScheme(load, "b")).mean);
  }));

for (const device of ["cpu", "simd", "gpu"]) {
  Deno.test({
    name: `device --device ${device} checks every kernel and prints JSON`,
    ignore: device === "gpu" && !hasGpu,
    async fn() {
      const { code, stdout } = await cli(["device", "--json", "--device", device]);
      assertEquals(code, 0);
      const report = JSON.parse(stdout);
      assertEquals([report.kind, report.passed], [device, true]);
      assert(report.checks.length > 15);
      for (const { worst, bound } of report.checks) assert(worst <= bound);
    },
  });
}

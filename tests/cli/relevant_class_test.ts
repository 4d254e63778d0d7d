/** `--relevant-class` and notes of a model's folder, on the command line. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { root } from "../backends.ts";
import { readConfig } from "../model/models.ts";
import { cli, inFolder } from "./run.ts";

const fixture = "fixtures/tiny-cross-encoder";

/** The fixture with other names for its classes. */
async function renamed(folder: string, id2label: Record<string, string>): Promise<string> {
  const model = `${folder}/model`;
  await Deno.mkdir(model);
  for await (const { name } of Deno.readDir(new URL(`${fixture}/`, root))) {
    await Deno.copyFile(new URL(`${fixture}/${name}`, root), `${model}/${name}`);
  }
  const config = { ...await readConfig(fixture), id2label, label2id: undefined };
  await Deno.writeTextFile(`${model}/config.json`, JSON.stringify(config));
  return model;
}

const lines = (await Deno.readTextFile(new URL("fixtures/pairs.tsv", root))).split("\n").slice(0, 2)
  .join("\n");

Deno.test("score heeds the names of classes and says so on stderr; --relevant-class decides", () =>
  inFolder(async (folder) => {
    const pairs = `${folder}/pairs.tsv`;
    await Deno.writeTextFile(pairs, lines.replaceAll(/\t[01]$/gm, ""));
    const score = (model: string, ...more: string[]) =>
      cli(["score", "--model", model, "--pairs", pairs, "--device", "cpu", ...more]);
    const model = await renamed(folder, { 0: "relevant", 1: "not relevant" });
    const [plain, named, told, quiet] = await Promise.all([
      score(new URL(fixture, root).pathname),
      score(model),
      score(model, "--relevant-class", "1"),
      score(model, "--quiet"),
    ]);
    const fields = ({ stdout }: { stdout: string }) =>
      stdout.trim().split("\n").map((line) => line.split("\t").map(Number));
    assertEquals(fields(named).map(([a, b]) => [b, a]), fields(plain).map(([a, b]) => [a, b]));
    assert(fields(plain).every(([, , p], i) => Math.abs(1 - p - fields(named)[i][2]) < 1e-9));
    assertEquals(told.stdout, plain.stdout);
    const note = "note: class 0 is taken for relevant, as config.json's id2label says";
    assertStringIncludes(named.stderr, note);
    for (const other of [plain, told, quiet]) assert(!other.stderr.includes("note:"));
  }));

Deno.test("commands end where the names of classes contradict, unless --relevant-class decides", () =>
  inFolder(async (folder) => {
    const model = await renamed(folder, { 0: "relevant", 1: "relevant" });
    const pairs = `${folder}/pairs.tsv`;
    await Deno.writeTextFile(pairs, "a\tb\n");
    const run = (...more: string[]) =>
      cli(["tokenize", "--model", model, "--pairs", pairs, ...more]);
    const [refused, taken, wrong] = await Promise.all([
      run(),
      run("--relevant-class", "0"),
      run("--relevant-class", "2"),
    ]);
    assertEquals([refused.code, taken.code, wrong.code], [1, 0, 2]);
    assertStringIncludes(refused.stderr, "Cannot tell which class is relevant");
    assertStringIncludes(wrong.stderr, 'Option --relevant-class cannot be "2": expected 0, 1');
  }));

/** The metadata of a safetensors file. */
async function metadataOf(path: string): Promise<Record<string, string>> {
  const bytes = await Deno.readFile(path);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  return JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))).__metadata__;
}

Deno.test("attribute keeps the relevant class in its scheme where it is not class 1", () =>
  inFolder(async (folder) => {
    const pairs = `${folder}/pairs.tsv`;
    await Deno.writeTextFile(pairs, `${lines}\n`);
    const attribute = (output: string, ...more: string[]) =>
      cli([
        ...["attribute", "--model", new URL(fixture, root).pathname, "--pairs", pairs],
        ...[
          "--output",
          `${folder}/${output}`,
          "--device",
          "cpu",
          "--rule",
          "right",
          "--steps",
          "2",
        ],
        ...more,
      ]);
    const [plain, turned] = await Promise.all([
      attribute("plain.safetensors"),
      attribute("turned.safetensors", "--relevant-class", "0"),
    ]);
    assertEquals([plain.code, turned.code], [0, 0], plain.stderr + turned.stderr);
    assertEquals((await metadataOf(`${folder}/plain.safetensors`)).relevant_class, undefined);
    assertEquals((await metadataOf(`${folder}/turned.safetensors`)).relevant_class, "0");
  }));

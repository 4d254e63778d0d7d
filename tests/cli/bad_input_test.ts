/** Bad input: one sentence, the right exit code, and nothing left behind. */

import { assertEquals, assertMatch } from "@std/assert";
import { encodeSafetensors, openSafetensors } from "../../internal.ts";
import { root } from "../backends.ts";
import { cli, inFolder, withOptions } from "./run.ts";

const model = decodeURIComponent(new URL("fixtures/tiny-cross-encoder", root).pathname);

/** A case: what is wrong, the command's arguments in a folder, and what is said. */
interface Case {
  readonly name: string;
  readonly code: 1 | 2;
  readonly says: RegExp;
  readonly args: (folder: string) => readonly string[];
  /** Puts what is wrong into the folder. */
  readonly prepare?: (folder: string) => Promise<void>;
}

const pair = "copper pan\tpolish the copper pan\t1\n";
/** The arguments of `attribute`, where `more` options take the place of these. */
const attribute = (folder: string, ...more: string[]) =>
  withOptions([
    ...["attribute", "--model", model, "--pairs", `${folder}/pairs.tsv`],
    ...["--output", `${folder}/S.safetensors`, "--device", "cpu"],
  ], more);
const pairsCase = (name: string, text: string | Uint8Array, says: RegExp): Case => ({
  name,
  code: 1,
  says,
  args: attribute,
  prepare: (folder) =>
    Deno.writeFile(
      `${folder}/pairs.tsv`,
      typeof text === "string" ? new TextEncoder().encode(text) : text,
    ),
});
/** A model folder with the fixture's files, `weights` made from its weights. */
const modelCase = (
  name: string,
  weights: (bytes: Uint8Array) => Promise<Uint8Array> | Uint8Array,
  says: RegExp,
): Case => ({
  name,
  code: 1,
  says,
  args: (folder) => attribute(folder, "--model", `${folder}/model`),
  async prepare(folder) {
    await Deno.writeTextFile(`${folder}/pairs.tsv`, pair);
    await Deno.mkdir(`${folder}/model`);
    for (const file of ["config.json", "vocab.txt", "tokenizer_config.json"]) {
      await Deno.copyFile(`${model}/${file}`, `${folder}/model/${file}`);
    }
    const bytes = await weights(await Deno.readFile(`${model}/model.safetensors`));
    await Deno.writeFile(`${folder}/model/model.safetensors`, bytes);
  },
});
const good = (folder: string) => Deno.writeTextFile(`${folder}/pairs.tsv`, pair);

/** The fixture's weights with one number replaced. */
async function poisoned(bytes: Uint8Array): Promise<Uint8Array> {
  const file = await openSafetensors(() => Promise.resolve(bytes), "model.safetensors");
  const tensors: Record<string, { shape: readonly number[]; data: Float32Array | Float64Array }> =
    {};
  for (const [name, { shape }] of file.entries) {
    tensors[name] = { shape, data: await file.read(name) };
  }
  tensors["classifier.weight"].data[3] = NaN;
  return encodeSafetensors(tensors);
}

const cases: readonly Case[] = [
  pairsCase("an empty pairs file", "", /pairs\.tsv: the file is empty/),
  pairsCase("a line without tab", `${pair}no tab here\n`, /line 2: expected query<TAB>passage/),
  pairsCase("label 2", "a\tb\t2\n", /line 1: expected label 1 or 0, got "2"/),
  pairsCase(
    "bytes that are no text",
    Uint8Array.of(0xff, 9, 0xfe, 9, 49, 10),
    /expected UTF-8 text/,
  ),
  modelCase("NaN weights", poisoned, /classifier\.weight holds NaN/),
  modelCase(
    "truncated safetensors",
    (bytes) => bytes.subarray(0, bytes.length - 1000),
    /model\.safetensors/,
  ),
  modelCase(
    "a header that lies about sizes",
    (bytes) => {
      const lying = bytes.slice();
      new DataView(lying.buffer).setBigUint64(0, 2n ** 40n, true);
      return lying;
    },
    /model\.safetensors/,
  ),
  {
    name: "an unknown option",
    code: 2,
    says: /Unknown option --stepz: did you mean|Unknown option --stepz/,
    args: (folder) => attribute(folder, "--stepz", "3"),
    prepare: good,
  },
  {
    name: "an unknown command",
    code: 2,
    says: /Unknown command "atribute"/,
    args: () => ["atribute"],
  },
  {
    name: "an option's value out of range",
    code: 2,
    says: /Option --steps cannot be "0"/,
    args: (folder) => attribute(folder, "--rule", "right", "--steps", "0"),
    prepare: good,
  },
  {
    name: "a missing option",
    code: 2,
    says: /Option --output FILE is missing/,
    args: () => ["attribute", "--model", model, "--pairs", "pairs.tsv"],
  },
  {
    name: "both --pairs and --dataset",
    code: 2,
    says: /either --dataset FOLDER or --pairs FILE/,
    args: (folder) => attribute(folder, "--dataset", folder),
    prepare: good,
  },
  {
    name: "a model folder that is not there",
    code: 1,
    says: /Cannot find model/,
    args: (folder) => attribute(folder, "--model", `${folder}/nowhere`),
    prepare: good,
  },
  {
    name: "a model folder that is empty",
    code: 1,
    says: /config\.json/,
    args: (folder) => attribute(folder, "--model", folder),
    prepare: good,
  },
  {
    name: "an output folder that is missing",
    code: 1,
    says: /Cannot write .*no such file or folder/,
    args: (folder) => attribute(folder, "--output", `${folder}/none/S.safetensors`),
    prepare: good,
  },
  {
    name: "memory for less than two points",
    code: 1,
    says: /expected at least \d+ MiB/,
    args: (folder) => attribute(folder, "--memory", "100k"),
    prepare: good,
  },
];

for (const { name, code, says, args, prepare } of cases) {
  Deno.test(`attribute says in one sentence what is wrong: ${name}`, () =>
    inFolder(async (folder) => {
      await prepare?.(folder);
      const before = filesOf(folder);
      const outcome = await cli(args(folder));
      assertMatch(outcome.stderr, says);
      assertEquals(outcome.stderr.trimEnd().split("\n").length, 1, outcome.stderr);
      assertEquals([outcome.code, outcome.stdout], [code, ""]);
      assertEquals(filesOf(folder), before);
    }));
}

Deno.test("--device gpu without an adapter says what to install, exit code 1", () =>
  inFolder(async (folder) => {
    await good(folder);
    const outcome = await cli([
      "score",
      "--model",
      model,
      "--pairs",
      `${folder}/pairs.tsv`,
      "--device",
      "gpu",
    ], {
      DENO_WEBGPU_BACKEND: "dx12", // which no machine but Windows has
    });
    assertEquals([outcome.code, outcome.stdout], [1, ""]);
    assertMatch(outcome.stderr, /^error: Cannot use --device gpu: no WebGPU adapter was found/);
  }));

Deno.test("an unreadable model folder is told, exit code 1", () =>
  inFolder(async (folder) => {
    await good(folder);
    await Deno.writeTextFile(`${folder}/file`, "");
    const outcome = await cli([
      "score",
      "--model",
      `${folder}/file`,
      "--pairs",
      `${folder}/pairs.tsv`,
    ]);
    assertEquals([outcome.code, outcome.stdout], [1, ""]);
    assertEquals(outcome.stderr.trimEnd().split("\n").length, 1);
  }));

Deno.test("--help lists the commands, COMMAND --help its options, --version the version", async () => {
  const overview = await cli(["--help"]);
  assertEquals(overview.code, 0);
  for (const command of ["demo", "attribute", "score", "tokenize", "device", "rerank", "measure"]) {
    assertMatch(overview.stdout, new RegExp(`^  ${command} `, "m"));
    const help = await cli([command, "--help"]);
    assertEquals(help.code, 0);
    assertMatch(help.stdout, new RegExp(`deno run -A cli.ts ${command}`));
  }
  assertMatch((await cli(["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
  assertEquals((await cli([])).code, 2);
});

function filesOf(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

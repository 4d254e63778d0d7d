/** No output of a command is one of its inputs, or another of its outputs, by whatever name. */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { checkFiles } from "../../src/cli/check_files.ts";
import { readArguments, UsageError } from "../../src/cli/command.ts";
import { commands } from "../../src/cli/commands.ts";
import { writeSchemes } from "../experiments/schemes.ts";
import { root } from "../backends.ts";
import { cli, inFolder } from "./run.ts";

const fixture = decodeURIComponent(new URL("fixtures/", root).pathname);

/** Checks a command's files as the command line does, from within `folder`. */
async function check(folder: string, words: readonly string[]): Promise<void> {
  const [name, ...rest] = words;
  const inside = (text: string) => text.replaceAll("@", folder);
  await checkFiles(commands[name], readArguments(commands[name], rest.map(inside)));
}

/** A folder with a model `m`, pairs `p`, a collection `d`, schemes `S`, links, a FIFO and a device. */
async function prepare(folder: string): Promise<void> {
  const write = (name: string, text = "a\tb\t1\n") => Deno.writeTextFile(`${folder}/${name}`, text);
  for (const name of ["m", "d", "d/qrels", "S", "each", "sub"]) {
    await Deno.mkdir(`${folder}/${name}`);
  }
  for (const name of ["config.json", "vocab.txt", "model.safetensors", "README.md"]) {
    await write(`m/${name}`);
  }
  for (const name of ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"]) await write(`d/${name}`);
  for (const name of ["p", "run", "qrels", "set.json", "x.bin", "each/0.safetensors"]) {
    await write(name);
  }
  await write("S.pairs.tsv");
  await writeSchemes(`${folder}/S`, ["P_x", "N_x"]);
  await Deno.symlink("p", `${folder}/link`);
  await Deno.symlink("../link", `${folder}/sub/chain`);
  await Deno.symlink("nowhere", `${folder}/dangling`);
  await Deno.symlink("m", `${folder}/model`);
  await Deno.symlink(`${folder}/weights`, `${folder}/m/model-2.safetensors`);
  await write("weights");
  await Deno.link(`${folder}/p`, `${folder}/hard`);
  const { success } = await new Deno.Command("mkfifo", { args: [`${folder}/fifo`] }).output();
  assert(success);
}

const attribute = ["attribute", "--model=@/m", "--pairs=@/p"];
const fromDataset = ["attribute", "--model=@/m", "--dataset=@/d", "--label=relevant"];
const rerank = ["rerank", "--model=@/m", "--dataset=@/d", "--candidates=@/run"];
const neurons = ["neurons", "P[x]", "--level=1%", "--schemes=@/S"];
const ablate = ["ablate", "--model=@/m", "--datasets=@/d,@/d", "--schemes=@/S"];

/** What is refused, and the two things that are one file. */
const clashes: readonly (readonly [words: readonly string[], says: RegExp])[] = [
  [[...attribute, "--output=@/m/model.safetensors"], /--output cannot be .*Option --model reads/],
  [[...attribute, "--output=@/m/model-00001.safetensors"], /Option --model reads/], // is not there yet
  [[...attribute, "--output=@/weights"], /Option --model reads/], // by a link of the model's folder
  [[...attribute, "--output=@/model/config.json"], /Option --model reads/], // by a link to that folder
  [["attribute", "--model=@/model", "--pairs=@/p", "--output=@/m/vocab.txt"], /--model reads/],
  [[...attribute, "--output=@/p"], /--output cannot be .*\/p: that is what Option --pairs reads/],
  [[...attribute, "--output=@/sub/../p"], /Option --pairs reads/],
  [[...attribute, "--output=@/link"], /Option --pairs reads/],
  [[...attribute, "--output=@/sub/chain"], /Option --pairs reads/],
  [[...attribute, "--output=@/hard"], /Option --pairs reads/],
  [["attribute", "--model=@/m", "--pairs=@/sub/chain", "--output=@/p"], /Option --pairs reads/],
  [["attribute", "--model=@/m", "--pairs=@/fifo", "--output=@/fifo"], /Option --pairs reads/],
  [[...attribute, "--output=@/a", "--metrics=@/a"], /--metrics cannot be .*--output writes too/],
  [[...attribute, "--output=@/a", "--metrics=@/sub/../a"], /Option --output writes too/],
  [[...attribute, "--output=@/dangling", "--log=@/nowhere"], /Option --output writes too/],
  [[...attribute, "--output=@/a", "--log=@/p"], /Option --pairs reads/],
  [[...attribute, "--output=@/a", "--log=@/a.journal"], /Option --output writes too beside .*\/a/],
  [
    [...fromDataset, "--output=@/S", "--pair-list=@/S.pairs.tsv"],
    /--output cannot be .*\/S: .*S\.pairs\.tsv, written beside it, is what Option --pair-list reads/,
  ],
  [[...attribute, "--output=@/each/0.safetensors", "--per-pair=@/each"], /--output writes too/],
  [[
    "attribute",
    "--model=@/m",
    "--pairs=@/each/0.safetensors",
    "--output=@/a",
    "--per-pair=@/each",
  ], /--pairs reads/],
  [[...fromDataset, "--output=@/d/corpus.jsonl"], /Option --dataset reads/],
  [[...fromDataset, "--output=@/d/qrels/test.tsv"], /Option --dataset reads/],
  [[...fromDataset, "--output=@/d/qrels/new.tsv"], /Option --dataset reads/],
  [[...rerank, "--output=@/run"], /Option --candidates reads/],
  [[...rerank, "--ablate=@/set.json", "--output=@/set.json"], /Option --ablate reads/],
  [["bm25", "--dataset=@/d", "--index=@/d/queries.jsonl"], /Option --dataset reads/],
  [[...neurons, "--output=@/S/P_x.safetensors"], /Option --schemes reads/],
  [[...neurons, "--output=@/S/P_y.safetensors"], /Option --schemes reads/],
  [[...neurons, "--study=@/p", "--output=@/link"], /Option --study reads/],
  [["overlap", "--schemes=@/S", "--output=@/a", "--svg=@/a"], /Option --output writes too/],
  [["overlap", "--schemes=@/S", "--svg=@/a", "--png=@/sub/../a"], /Option --svg writes too/],
  [["locate", "@/set.json", "--output=@/set.json"], /--output cannot be .*Argument NEURONS reads/],
  [
    ["convert", "@/x.bin", "@/x.bin"],
    /Argument OUT\.safetensors cannot be .*Argument IN\.bin reads/,
  ],
  [
    ["merge", "@/S/P_x.safetensors", "@/S/N_x.safetensors", "@/S/P_x.safetensors"],
    /Argument IN reads/,
  ],
  [
    ["merge", "@/S", "@/S.pairs.tsv"],
    /S\.pairs\.tsv, written beside it, is what Argument IN reads/,
  ],
  [[...ablate, "--candidates=@/run,@/p", "--output=@/p"], /Option --candidates reads/],
  [[...ablate, "--output=@/a", "--log=@/a.1.journal"], /Option --output writes too/],
  [[...ablate, "--output=@/each/0-d.tsv", "--per-query=@/each"], /--output writes too/],
  [
    ["trace", "--model=@/m", "--pairs=@/p", "--neurons=@/set.json", "--output=@/set.json"],
    /--neurons reads/,
  ],
  [
    ["describe", "--model=@/m", "--pairs=@/p", "--neurons=@/set.json", "--json=@/set.json"],
    /--neurons reads/,
  ],
  [
    ["describe", "--model=@/m", "--pairs=@/p", "--neurons=0.key.1", "--json=@/a", "--html=@/a"],
    /Option --json writes too/,
  ],
  [
    [
      "describe",
      "--model=@/m",
      "--pairs=@/p",
      "--neurons=0.key.1",
      "--json=@/a",
      "--log=@/a.journal",
    ],
    /Option --json writes too beside/,
  ],
  [
    ["converge", "--model=@/m", "--pairs=@/p", "--output=@/a", "--per-pair=@/a"],
    /--output writes too/,
  ],
  [
    ["trace", "--model=@/m", "--pairs=-", "--neurons=-"],
    /read once only: Option --pairs and Option --neurons/,
  ],
  [["measure", "-", "-", "AP"], /read once only: Argument QRELS and Argument RUN/],
  [
    ["locate", "@/set.json", "--output=-"],
    /Option --output cannot be -: .* \.\/- a file of that name/,
  ],
  [["site", "--model=@/m", "--pairs=@/p", "--output=@/m"], /Option --model reads/],
  [["site", "--model=@/m", "--pairs=@/p", "--output=@/p"], /Option --pairs reads/],
  [[...attribute, "--output=@/new", "--per-pair=@/new"], /Option --output writes too/],
  [[...attribute, "--output=@/a", "--metrics=@/fifo"], /--metrics cannot be .*found a FIFO/],
  [[...attribute, "--output=@/a", "--metrics=/dev/null"], /found a character device/],
  [["bm25", "--dataset=@/d", "--index=@/fifo"], /--index cannot be .*found a FIFO/],
];

Deno.test("checkFiles() refuses an output that is an input or another output, links and .. resolved", () =>
  inFolder(async (folder) => {
    await prepare(folder);
    for (const [words, says] of clashes) {
      const { message } = await assertRejects(
        () => check(folder, words),
        UsageError,
        undefined,
        words.join(" "),
      );
      assertMatch(message, says, words.join(" "));
    }
  }));

Deno.test("checkFiles() takes files beside inputs, devices twice, and links to new files", () =>
  inFolder(async (folder) => {
    await prepare(folder);
    for (
      const words of [
        [...attribute, "--output=@/m/S.safetensors", "--log=@/m/README.md"],
        [...attribute, "--output=/dev/null", "--log=/dev/null"],
        [...attribute, "--output=@/dangling", "--per-pair=@/each"],
        ["attribute", "--model=@/m", "--pairs=@/S.pairs.tsv", "--output=@/S2"],
        [...rerank, "--output=@/d/minilm.trec"],
        [...neurons, "--output=@/S/set.json"],
        ["convert", "@/x.bin", "@/x.safetensors"],
        ["trace", "--model=@/m", "--pairs=@/p", "--neurons=0.key.1,1.key.2", "--output=@/a"],
        ["measure", "-", "@/run", "AP"],
        ["score", "--model=@/m", "--pairs=@/p"],
        ["study", "@/p", "--output=@/m"],
        ["attribute", "--model=none/such", "--pairs=@/p", "--output=@/a"],
      ]
    ) await check(folder, words);
  }));

Deno.test("checkFiles() fails where an output cannot be written: folders, read-only files, circles of links", () =>
  inFolder(async (folder) => {
    await prepare(folder);
    await Deno.symlink("round", `${folder}/round`);
    await Deno.writeTextFile(`${folder}/kept`, "");
    await Deno.chmod(`${folder}/kept`, 0o444);
    const before = filesOf(folder);
    for (
      const [output, says] of [
        ["@/sub", /Cannot write .*: it is a folder/],
        ["@/none/a", /no such file or folder/],
        ["@/p/a", /it is no folder/],
        ["@/round", /its links lead in a circle/],
        ["@/kept", /it is read-only/],
      ] as const
    ) {
      const { message } = await assertRejects(() =>
        check(folder, [...neurons, `--output=${output}`])
      );
      assertMatch(message, says);
    }
    assertEquals(filesOf(folder), before);
  }));

Deno.test("every option and argument that names files says whether they are read or written", () => {
  const files =
    /^(FILE|FOLDER|PATH|MODEL|RUN|NEURONS|LIST|A,B|R,S|QRELS|IN|OUT|DIR|STUDY|IN\.bin|OUT\.safetensors|STUDY\.json)$/;
  const silent: string[] = [];
  let declared = 0;
  for (const [name, { options, positional, files: roles }] of Object.entries(commands)) {
    for (const [option, { value, file }] of Object.entries(options)) {
      if (file) declared++;
      if (files.test(value ?? "") !== (file !== undefined)) silent.push(`${name} --${option}`);
    }
    const words = (positional ?? "").split(" ").map((word) => word.replace("…", ""));
    words.forEach((word, i) => {
      if (files.test(word) && !roles?.[i]) silent.push(`${name} ${word}`);
    });
  }
  // a repository's name to be fetched; a folder that is read and written, which `report` itself checks
  assertEquals(silent, ["report DIR", "download MODEL"]);
  assert(declared > 50);
});

Deno.test("study refuses to write what its file reads, and reads the study file of its own folder", () =>
  inFolder(async (folder) => {
    const study = (changes: Record<string, unknown> = {}) =>
      JSON.stringify({
        model: `${fixture}tiny-cross-encoder`,
        collections: {
          c: {
            folder: "nowhere",
            schemes: { relevant: "out/schemes/P_c.safetensors" },
            ...changes,
          },
        },
      });
    await Deno.mkdir(`${folder}/out/schemes`, { recursive: true });
    await Deno.writeTextFile(`${folder}/out/schemes/P_c.safetensors`, "precious");
    const collection = `${folder}/out/data`;
    await Deno.mkdir(collection);
    for (const name of ["corpus.jsonl", "queries.jsonl"]) {
      await Deno.writeTextFile(`${collection}/${name}`, "");
    }
    for (
      const [text, says] of [
        [
          study({ labels: ["relevant"] }),
          /Option --output cannot be out: that is what collections\.c\.schemes\.relevant reads/,
        ],
        [study({ folder: "out/data", schemes: {} }), /that is what collections\.c\.folder reads/],
      ] as const
    ) {
      await Deno.writeTextFile(`${folder}/s.json`, text);
      const command = new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-A",
          "--quiet",
          new URL("cli.ts", root).href,
          "study",
          "s.json",
          "--output",
          "out",
        ],
        cwd: folder,
        env: { NO_COLOR: "1" },
      });
      const { code, stderr } = await command.output();
      assertMatch(new TextDecoder().decode(stderr), says);
      assertEquals(code, 2);
    }
    assertEquals(await Deno.readTextFile(`${folder}/out/schemes/P_c.safetensors`), "precious");
  }));

Deno.test("report refuses a page that is a link to the results", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/results.json`, "{}");
    await Deno.symlink("results.json", `${folder}/report.html`);
    const { code, stderr } = await cli(["report", folder]);
    assertEquals([code, await Deno.readTextFile(`${folder}/results.json`)], [2, "{}"]);
    assertMatch(stderr, /that is what Argument DIR reads/);
  }));

function filesOf(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

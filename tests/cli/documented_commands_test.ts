/** Every command line of README and docs, run as it is written in a folder where its files are. */

import { assert, assertEquals } from "@std/assert";
import { checkFiles } from "../../src/cli/check_files.ts";
import { readArguments } from "../../src/cli/command.ts";
import { commands } from "../../src/cli/commands.ts";
import { root } from "../backends.ts";
import { serveHub } from "../deno/hub_server.ts";
import { writeSchemes } from "../experiments/schemes.ts";
import { cli, inFolder } from "./run.ts";

const path = (name: string) => decodeURIComponent(new URL(name, root).pathname);
const model = path("fixtures/tiny-cross-encoder");
const cooking = path("fixtures/collections/cooking");

/** The texts for users. */
const documents = [
  "README.md",
  "CONTRIBUTING.md",
  "fixtures/README.md",
  ...[...Deno.readDirSync(path("docs"))].filter(({ name }) => name.endsWith(".md"))
    .map(({ name }) => `docs/${name}`).sort(),
];

/** The command lines of a text, in its shell blocks and within sentences. */
function commandLines(text: string): string[] {
  const blocks = [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block]) => block);
  const inBlocks = blocks.flatMap((block) => block.replaceAll(/\\\n\s*/g, "").split("\n"));
  const prose = text.replaceAll(/^```[^]*?^```$/gm, "").replaceAll("\n", " ");
  const inline = [...prose.matchAll(/`(deno [^`]*)`/g)].map(([, line]) => line);
  return [...inBlocks, ...inline].filter((line) =>
    /\bcli\.ts\b|^deno task (demo|explore|site)\b/.test(line)
  );
}

/** A line that stands for several, made one of them; else as it is. */
function filled(line: string): string {
  const some = "--model models/monobert --dataset data/nfcorpus --label relevant --max-pairs 6";
  return line.replace("/usr/bin/time -v ", "") // measures what the rest does
    .replace("https://…/cli.ts", "./cli.ts") // "or a path"
    .replace("explore --open", "explore") // nobody's browser is opened
    .replace("attribute … ", `attribute ${some} `).replace(/ +#.*$/, "");
}

/** Copies a folder. */
async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(`${from}/${name}`, `${to}/${name}`);
    else if (name !== "bm25.sqlite") await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

/** The bundled study with one collection and few of everything; files as from `base`. */
async function smallStudy(base: string): Promise<string> {
  const study = JSON.parse(await Deno.readTextFile(path("fixtures/study.json")));
  const { c, s } = study.collections;
  const few = (one: Record<string, unknown>) => ({
    ...one,
    folder: `${base}/${one.folder}`,
    maxPairs: 4,
  });
  return JSON.stringify({
    ...study,
    model: `${base}/${study.model}`,
    collections: { c: few(c), s: few(s) },
    validation: {
      cooking: { ...study.validation.cooking, folder: `${base}/collections/cooking`, queries: 2 },
    },
    attribution: { rule: "right", steps: 4 },
    ...{
      segments: false,
      convergence: false,
      traces: { collection: "c", pairs: 1, points: 3, neurons: 1 },
    },
    certainty: { of: [{ expression: "N[c]", level: "1%" }], draws: 5 },
    ablation: { levels: ["1%"], repetitions: 2 },
  });
}

/** A checkout, with the files that the texts speak of. */
async function prepare(folder: string): Promise<void> {
  for (const name of ["cli.ts", "mod.ts", "deno.ts", "internal.ts", "deno.json", "deno.lock"]) {
    await Deno.copyFile(path(name), `${folder}/${name}`);
  }
  for (const name of ["src", "shaders", "web"]) await copy(path(name), `${folder}/${name}`);
  const pair = "copper pan\tpolish the copper pan\t1\n";
  for (const name of ["pairs.tsv", "one.tsv", "FILE"]) {
    await Deno.writeTextFile(`${folder}/${name}`, pair);
  }
  for (
    const name of [
      ...["models/monobert", "models/small-monobert", "large", "M"],
      "fixtures/tiny-cross-encoder",
    ]
  ) {
    await copy(model, `${folder}/${name}`);
  }
  const encoder = path("tests/golden/encoders/models/bert-w30-cls-dot");
  await copy(encoder, `${folder}/all-MiniLM-L6-v2`);
  for (const name of ["nfcorpus", "msmarco-dl19"]) await copy(cooking, `${folder}/data/${name}`);
  await Deno.mkdir(`${folder}/dl`);
  await copy(path("fixtures/collections/sailing"), `${folder}/data/scifact`);
  await Deno.mkdir(`${folder}/mine`);
  await copy(path("fixtures/collections"), `${folder}/fixtures/collections`);
  await Deno.copyFile(path("fixtures/pairs.tsv"), `${folder}/fixtures/pairs.tsv`);
  await Deno.mkdir(`${folder}/studies`);
  await Deno.writeTextFile(`${folder}/fixtures/study.json`, await smallStudy("."));
  for (const { name } of Deno.readDirSync(path("studies"))) {
    await Deno.writeTextFile(`${folder}/studies/${name}`, await smallStudy("../fixtures"));
  }
  await Deno.mkdir(`${folder}/schemes`);
  await writeSchemes(`${folder}/schemes`, ["P_ms", "N_ms", "P_nf", "N_nf"]);
}

/** Runs a line as a shell does; what serves a page is done once it says where. */
async function run(
  text: string,
  { folder, env }: { readonly folder: string; readonly env: Record<string, string> },
): Promise<{ readonly code: number; readonly stderr: string }> {
  const serves = / explore\b/.test(text);
  const child = new Deno.Command("sh", {
    args: ["-c", serves ? `exec ${text} --port 0` : text],
    ...{ cwd: folder, env, stdout: "piped", stderr: "piped" },
  }).spawn();
  const said = new Response(child.stderr).text();
  let printed = "";
  for await (const bytes of child.stdout) {
    printed += new TextDecoder().decode(bytes);
    if (!serves || !/^http:.*\n/m.test(printed)) continue;
    const page = await fetch(printed.trim().split("\n").at(-1)!);
    await page.text();
    child.kill("SIGINT");
    if (page.ok) return { code: 0, stderr: await said };
  }
  return { code: (await child.status).code, stderr: await said };
}

Deno.test("every command line of README and docs works as it is written", () =>
  inFolder(async (folder) => {
    await prepare(folder);
    const files = Object.fromEntries(
      [...Deno.readDirSync(model)].map(({ name }) => [name, Deno.readFileSync(`${model}/${name}`)]),
    );
    const names = ["cross-encoder/ms-marco-MiniLM-L-6-v2", "castorini/monobert-large-msmarco"];
    await using server = serveHub({ files, large: ["model.safetensors"], names });
    const env = {
      ...{ NO_COLOR: "1", HF_TOKEN: "", HF_ENDPOINT: server.hub.endpoint },
      ...{ HF_HUB_CACHE: `${folder}/cache`, XDG_CACHE_HOME: `${folder}/kept` },
      DENO_INSTALL_ROOT: `${folder}/installed`,
      PATH: `${folder}/installed/bin:${Deno.execPath().replace(/\/[^/]*$/, "")}:${
        Deno.env.get("PATH")
      }`,
    };
    let count = 0;
    for (const document of documents) {
      for (const line of commandLines(await Deno.readTextFile(path(document)))) {
        count++;
        const tune = /cli\.ts device .*--tune$/.exec(line); // takes minutes, whatever it is given
        if (tune) {
          const args = readArguments(commands.device, line.split(" ").slice(5));
          await checkFiles(commands.device, args);
          continue;
        }
        const texts = [filled(line)];
        if (texts[0].includes("--shard 0/3")) {
          for (const [i, name] of ["b", "c"].entries()) {
            texts.push(texts[0].replace("0/3", `${i + 1}/3`).replace("a.safe", `${name}.safe`));
          }
        }
        if (texts[0].startsWith("deno install")) texts.push("relevance-neurons --version");
        for (const text of texts) {
          const { code, stderr } = await run(text, { folder, env });
          assertEquals(code, 0, `${document}: ${text}\n${stderr}`);
        }
      }
    }
    assert(count > 20); // README alone has a dozen
  }));

Deno.test("commandLines() finds lines of blocks and of sentences, joined where they go on", () => {
  const text =
    "Run `deno run -A cli.ts a\nb`, not `deno fmt`.\n```sh\ndeno run cli.ts x \\\n  y\nls\n```\n" +
    "```sh\ndeno task demo\n```\n";
  assertEquals(commandLines(text), [
    "deno run cli.ts x y",
    "deno task demo",
    "deno run -A cli.ts a b",
  ]);
});

Deno.test("the usage line of every command's help is a command line that names it", async () => {
  const overview = await cli(["--help"]);
  for (const name of Object.keys(commands)) {
    const { code, stdout } = await cli([name, "--help"]);
    assertEquals(code, 0);
    const [usage] = /^ {2}deno run -A cli\.ts .*$/m.exec(stdout)!;
    const { positional = "" } = commands[name];
    assertEquals(
      usage,
      `  deno run -A cli.ts ${name} ${positional} [options]`.replace("  [", " ["),
    );
    assertEquals(new RegExp(`^ {2}${name} `, "m").test(overview.stdout), true);
  }
});

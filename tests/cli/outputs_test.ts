/** Outputs go through devices, FIFOs and links, and leave them what they are. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { root } from "../backends.ts";
import { writeSchemes } from "../experiments/schemes.ts";
import { ablateArguments, rerankArguments, writeInputs } from "./long_runs.ts";
import { cli, inFolder, spawn } from "./run.ts";

const path = (name: string) => decodeURIComponent(new URL(name, root).pathname);
const model = path("fixtures/tiny-cross-encoder");
const pairs = path("fixtures/pairs.tsv");
const dataset = path("fixtures/collections/cooking");
const simd = ["--device", "simd", "--threads", "1"];
const few = ["--max-pairs", "2", "--rule", "right", "--steps", "1", ...simd];

/** Commands that write a file: their arguments for it. */
const writers: Readonly<Record<string, (folder: string, output: string) => readonly string[]>> = {
  "attribute --output": (_, output) => [
    ...["attribute", "--model", model, "--pairs", pairs, "--output", output, ...few],
  ],
  "attribute --dataset": (_, output) => [
    ...["attribute", "--model", model, "--dataset", dataset, "--label", "relevant"],
    ...["--output", output, ...few],
  ],
  "neurons --output": (folder, output) => [
    ...["neurons", "P[x]", "--level", "10%", "--schemes", folder, "--output", output],
  ],
  "overlap --output": (folder, output) => [
    ...["overlap", "--schemes", folder, "--draws", "0", "--output", output],
  ],
  "overlap --svg": (folder, output) => [
    ...["overlap", "--schemes", folder, "--draws", "0", "--svg", output],
  ],
  "locate --output": (folder, output) => ["locate", `${folder}/set.json`, "--output", output],
  "convert": (_, output) => ["convert", path("tests/formats/golden/state.zip.bin"), output],
  "merge": (folder, output) => [
    ...["merge", output, `${folder}/P_x.safetensors`, `${folder}/P_y.safetensors`],
  ],
  "baselines --output": (_, output) => [
    ...["baselines", "--model", model, "--dataset", dataset, "--max-pairs", "2"],
    ...["--output", output, ...simd],
  ],
  "means --output": (folder, output) => [
    ...["means", "--model", model, "--pairs", `${folder}/pair`, "--output", output, ...simd],
  ],
  "faithfulness --json": (folder, output) => [
    ...["faithfulness", "--model", model, "--pairs", `${folder}/pair`, "--rules", "right:1"],
    ...["--units", "4", "--orders", "0", "--json", output, ...simd],
  ],
  "trace --output": (folder, output) => [
    ...["trace", "--model", model, "--pairs", `${folder}/pair`, "--neurons", "0.key.1"],
    ...["--steps", "2", "--output", output, ...simd],
  ],
  "converge --per-pair": (folder, output) => [
    ...["converge", "--model", model, "--pairs", `${folder}/pair`, "--steps", "2"],
    ...["--tolerances", ".5", "--reference", ".1", "--per-pair", output, ...simd],
  ],
};

async function prepare(folder: string): Promise<void> {
  await writeSchemes(folder, ["P_x", "P_y", "N_x"]);
  await Deno.writeTextFile(`${folder}/pair`, "copper pan\tpolish the copper pan\t1\n");
  const set = await cli(writers["neurons --output"](folder, `${folder}/set.json`));
  assertEquals(set.code, 0, set.stderr);
}

async function make(program: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args }).output();
  assert(success, new TextDecoder().decode(stderr));
}

/** What a folder holds, links and FIFOs told from files. */
function kindsOf(folder: string): Record<string, string> {
  return Object.fromEntries(
    [...Deno.readDirSync(folder)].map(({ name }) => {
      const info = Deno.lstatSync(`${folder}/${name}`);
      const kind = info.isSymlink
        ? "link"
        : info.isFifo
        ? "FIFO"
        : info.isCharDevice
        ? "device"
        : info.isDirectory
        ? "folder"
        : "file";
      return [name, kind];
    }),
  );
}

/** Whether this user may make devices; only an administrator may. */
const makesDevices = await (async () => {
  const folder = await Deno.makeTempDir();
  try {
    return (await new Deno.Command("mknod", { args: [`${folder}/n`, "c", "1", "3"] }).output())
      .success;
  } catch {
    return false;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
})();

for (const [name, argumentsOf] of Object.entries(writers)) {
  Deno.test(`${name} follows links, feeds a FIFO's reader, and leaves devices${makesDevices ? "" : " [no device: not an administrator]"}`, () =>
    inFolder(async (folder) => {
      await prepare(folder);
      const out = `${folder}/out`;
      await Deno.mkdir(out);
      await Deno.mkdir(`${folder}/far`);
      const at = (file: string) => `${out}/${file}`;
      const works = async (output: string) => {
        const { code, stderr } = await cli(argumentsOf(folder, output));
        assertEquals(code, 0, stderr);
      };
      await works(at("plain"));
      const expected = await Deno.readFile(at("plain"));
      for (const kept of ["", ".pairs.tsv"]) await Deno.remove(at(`plain${kept}`)).catch(() => {});

      await Deno.writeTextFile(`${folder}/far/target`, "stale");
      await Deno.chmod(`${folder}/far/target`, 0o640);
      await Deno.symlink("../far/target", at("link"));
      await Deno.symlink("link", at("chain"));
      await Deno.symlink(`${folder}/far/new`, at("dangling"));
      await make("mkfifo", at("fifo"));
      if (makesDevices) await make("mknod", at("null"), "c", "1", "3");
      const before = kindsOf(out);

      await works(at("chain"));
      assertEquals(await Deno.readFile(`${folder}/far/target`), expected);
      assertEquals(Deno.statSync(`${folder}/far/target`).mode! & 0o777, 0o640);
      await works(at("dangling"));
      assertEquals(await Deno.readFile(`${folder}/far/new`), expected);
      const [read] = await Promise.all([Deno.readFile(at("fifo")), works(at("fifo"))]);
      assertEquals(read, expected);
      if (makesDevices) await works(at("null"));

      const lists = Object.keys(kindsOf(out)).filter((file) => file.endsWith(".pairs.tsv"));
      for (const list of lists) await Deno.remove(at(list)); // beside the links, of --dataset
      assertEquals(lists.length, name === "attribute --dataset" ? 2 : 0);
      assertEquals(kindsOf(out), before);
      assertEquals(kindsOf(`${folder}/far`), { target: "file", new: "file" });
    }));
}

Deno.test("rerank and ablate write through a FIFO, and keep no journal beside it", () =>
  inFolder(async (folder) => {
    await writeInputs(folder);
    for (const argumentsOf of [rerankArguments, ablateArguments]) {
      await make("mkfifo", `${folder}/fifo`);
      for (const kept of ["fifo.journal", "fifo.0.journal"]) { // where a journal would fail
        await Deno.mkdir(`${folder}/${kept}`, { recursive: true });
      }
      const before = kindsOf(folder);
      const [read, { code, stderr }] = await Promise.all([
        Deno.readTextFile(`${folder}/fifo`),
        cli([...argumentsOf(folder, "fifo"), "--restart"]),
      ]);
      assertEquals(code, 0, stderr);
      assert(read.length > 100);
      assertEquals(kindsOf(folder), before);
      await Deno.remove(`${folder}/fifo`);
    }
  }));

Deno.test("--log appends through links and to FIFOs, --metrics replaces a link's target, bm25 --index likewise", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/far`);
    for (const name of ["log", "prom", "index"]) {
      await Deno.symlink(`far/${name}`, `${folder}/${name}`);
    }
    await Deno.writeTextFile(`${folder}/far/log`, "earlier\n");
    const files = ["--log", `${folder}/log`, "--metrics", `${folder}/prom`];
    const attribute = writers["attribute --output"](folder, "/dev/null");
    const logged = await cli([...attribute, ...files]);
    assertEquals(logged.code, 0, logged.stderr);
    assertMatch(await Deno.readTextFile(`${folder}/far/log`), /^earlier\n\{.*"event":"start"/);
    assertMatch(await Deno.readTextFile(`${folder}/far/prom`), /^relevance_neurons_finished 1$/m);
    const indexed = await cli(["bm25", "--dataset", dataset, "--index", `${folder}/index`]);
    assertEquals(indexed.code, 0, indexed.stderr);
    assertEquals(kindsOf(folder), { far: "folder", log: "link", prom: "link", index: "link" });
    assertEquals(kindsOf(`${folder}/far`), { log: "file", prom: "file", index: "file" });
    await make("mkfifo", `${folder}/fifo`);
    const [read, { code }] = await Promise.all([
      Deno.readTextFile(`${folder}/fifo`),
      cli([...attribute, "--log", `${folder}/fifo`]),
    ]);
    assertEquals(code, 0);
    assertMatch(read, /"event":"done"/);
  }));

Deno.test("--output /dev/stdout goes where standard output goes: a pipe, and the end of a file", () =>
  inFolder(async (folder) => {
    await prepare(folder);
    const args = writers["neurons --output"](folder, "/dev/stdout");
    const { stdout } = await cli(args);
    assertEquals(stdout, await Deno.readTextFile(`${folder}/set.json`));
    const { code } = await new Deno.Command("sh", {
      args: ["-c", `"$@" >> "$0"`, `${folder}/set.json`, Deno.execPath(), "run", "-A", "--quiet"]
        .concat(path("cli.ts"), args),
    }).output();
    assertEquals(code, 0);
    assertEquals(await Deno.readTextFile(`${folder}/set.json`), stdout + stdout);
  }));

Deno.test("a study's files that are links lead to what is replaced; a FIFO among them is refused by name", () =>
  inFolder(async (folder) => {
    const scheme = (label: string) => [
      ...["attribute", "--model", model, "--dataset", dataset, "--label", label],
      ...["--output", `${folder}/${label}`, ...few],
    ];
    for (const label of ["relevant", "non-relevant"]) {
      const { code, stderr } = await cli(scheme(label));
      assertEquals(code, 0, stderr);
    }
    const schemes = { relevant: "relevant", "non-relevant": "non-relevant" };
    const study = {
      ...{ model, collections: { c: { folder: "nowhere", schemes } } },
      attribution: { rule: "right", steps: 1 },
      ...{ baselines: false, traces: false, convergence: false, ablation: false },
      ...{ overlaps: false, certainty: false, locations: [] },
    };
    await Deno.writeTextFile(`${folder}/study.json`, JSON.stringify(study));
    const out = `${folder}/out`;
    await Deno.mkdir(`${out}/schemes`, { recursive: true });
    await Deno.symlink("../results", `${out}/results.json`);
    const run = () => cli(["study", `${folder}/study.json`, "--output", out, ...simd]);
    await make("mkfifo", `${out}/schemes/P_c.safetensors`);
    const refused = await run();
    assertEquals(refused.code, 1);
    assertMatch(refused.stderr, /Cannot write .*P_c\.safetensors: expected a file, found a FIFO/);
    await Deno.remove(`${out}/schemes/P_c.safetensors`);
    const { code, stderr } = await run();
    assertEquals(code, 0, stderr);
    assertEquals(kindsOf(out)["results.json"], "link");
    assertMatch(await Deno.readTextFile(`${folder}/results`), /"format"/);
    const again = await cli(["study", `${out}/study.json`, "--output", out, ...simd]);
    assertMatch(again.stderr, /expected collections\.c\.schemes\.relevant at/); // paths are from its folder
  }));

Deno.test("results that nobody reads any more end a command quietly, as they do other tools", () =>
  inFolder(async (folder) => {
    for (
      const args of [
        ["bm25", "--dataset", dataset, "--index", `${folder}/index`, "--quiet"],
        ["score", "--model", model, "--pairs", pairs, ...simd],
        ["tokenize", "--model", model, "--pairs", pairs],
        ["--help"],
        ["attribute", "--help"],
        ["--version"],
      ]
    ) {
      const child = spawn(args);
      await child.stdout.cancel(); // before anything is written: what `| head -1` does sooner or later
      const [{ code }, said] = await Promise.all([
        child.status,
        new Response(child.stderr).text(),
      ]);
      assertEquals([code, said], [141, ""], args.join(" "));
    }
  }));

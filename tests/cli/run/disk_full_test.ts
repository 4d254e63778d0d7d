/** Every command that writes, on a disk that fills: one sentence, nothing half written, journals whole. */

import { assertEquals, assertMatch } from "@std/assert";
import { root } from "../../backends.ts";
import { serveHub } from "../../deno/hub_server.ts";
import { ablateArguments, rerankArguments, writeInputs } from "../long_runs.ts";
import { cli, inFolder } from "../run.ts";
import { hasSmallDisk, onSmallDisk } from "../small_disk.ts";

const path = (name: string) => decodeURIComponent(new URL(name, root).pathname);
const model = path("fixtures/tiny-cross-encoder");
const dataset = path("fixtures/collections/cooking");
const pairs = path("fixtures/pairs.tsv");
const ignore = !hasSmallDisk;
const backend = ["--device", "simd", "--threads", "1"];

/** Runs a command that must fail for lack of room, in one sentence. */
async function fails(args: readonly string[], message: RegExp): Promise<void> {
  const { code, stderr } = await cli(args);
  assertEquals(code, 1, stderr);
  const errors = stderr.trimEnd().split("\n").filter((line) => line.startsWith("error:"));
  assertEquals(errors.length, 1);
  assertMatch(errors[0], message);
}

async function works(args: readonly string[]): Promise<string> {
  const { code, stderr } = await cli(args);
  assertEquals(code, 0, stderr);
  return stderr;
}

Deno.test({
  name: "attribute says that the disk is full, keeps its journal, and goes on when there is room",
  ignore,
  fn: () =>
    onSmallDisk(1000, async (folder, disk) => {
      const attribute = (output: string) => [
        ...["attribute", "--model", model, "--output", output, "--pairs", pairs, ...backend],
        ...["--max-pairs", "20", "--rule", "right", "--steps", "10", "--by-query", "off"],
      ];
      await works(attribute(`${folder}/whole`));
      // the journal takes 290 kB, the scheme 230 kB: the first does not fit, then the second
      for (
        const [free, message] of [
          [150_000, /Cannot write .*S\.journal: no space is left; .* is kept: make room/],
          [350_000, /Cannot write .*S: no space is left/],
        ] as const
      ) {
        const size = await Deno.stat(`${disk.folder}/S.journal`).then((info) => info.size, () => 0);
        await disk.leave(free - size);
        await fails(attribute(`${disk.folder}/S`), message);
        assertEquals(disk.files(), ["S.journal"]);
      }
      await disk.leave();
      assertMatch(await works(attribute(`${disk.folder}/S`)), /all 20 pairs are done/);
      assertEquals(await Deno.readFile(`${disk.folder}/S`), await Deno.readFile(`${folder}/whole`));
      assertEquals(disk.files(), ["S"]);
    }),
});

for (
  const { command, argumentsOf, journal } of [
    // 6.5 kB of scores, then a run of 32 kB
    { command: "rerank", argumentsOf: rerankArguments, journal: "S.journal" },
    // 9 kB of scores, then a table of 2 kB
    { command: "ablate", argumentsOf: ablateArguments, journal: "S.0.journal" },
  ]
) {
  Deno.test({
    name:
      `${command} says that the disk is full, keeps its journal, and goes on when there is room`,
    ignore,
    fn: () =>
      onSmallDisk(400, async (folder, disk) => {
        await writeInputs(folder);
        await works(argumentsOf(folder, "whole"));
        const args = argumentsOf(folder, "disk/S");
        await disk.leave(4096);
        await fails(args, /Cannot write .*S.*journal: no space is left; .* is kept: make room/);
        assertEquals(disk.files(), [journal]);
        // room for the scores, page by page, until only the output does not fit
        for (let pages = 1, told = false; !told; pages++) {
          await disk.leave(4096 * pages);
          const { code, stderr } = await cli(args);
          if (code === 0) break; // the output took no page more than the scores
          assertEquals(disk.files(), [journal]);
          told = /Cannot write .*\/S: no space is left/.test(stderr);
        }
        await disk.leave();
        if (!disk.files().includes("S")) assertMatch(await works(args), /going on from|are done/);
        assertEquals(disk.files(), ["S"]);
        assertEquals(
          await Deno.readTextFile(`${disk.folder}/S`),
          await Deno.readTextFile(`${folder}/whole`),
        );
      }),
  });
}

Deno.test({
  name:
    "study and report say that the disk is full, keep what is finished, and go on when there is room",
  ignore,
  fn: () =>
    onSmallDisk(1600, async (folder, disk) => {
      const settings = {
        ...{ title: "Full", model, validation: {} },
        collections: { c: { folder: dataset, inDomain: true, relevantFrom: 2, maxPairs: 20 } },
        attribution: { rule: "right", steps: 4, byQuery: false },
        ...{ baselines: false, convergence: false, overlaps: false, certainty: false },
        ...{ traces: false, segments: false, locations: [] },
      };
      await Deno.writeTextFile(`${folder}/study.json`, JSON.stringify(settings));
      const study = (output: string) => [
        ...["study", `${folder}/study.json`, "--output", output, ...backend],
      ];
      await works(study(`${folder}/whole`));
      const out = `${disk.folder}/out`;
      await disk.leave(120_000);
      await fails(study(out), /Cannot write .*scheme-P.*\.journal: no space is left; .*make room/);
      await disk.leave(300_000); // for the first scheme, not for both
      const { code, stderr } = await cli(study(out));
      assertEquals(code, 1);
      assertMatch(stderr, /going on from .*scheme-P-c-.*\.journal: \d+ of 20 pairs are done/);
      assertMatch(stderr, /error: Cannot write .*: no space is left/);
      const left: string[] = [];
      for (const part of ["schemes", "steps", "data"]) {
        const names = await Array.fromAsync(Deno.readDir(`${disk.folder}/out/${part}`))
          .catch(() => []);
        left.push(...names.map(({ name }) => name));
      }
      assertEquals(left.filter((name) => name.endsWith(".partial")), []);
      await disk.leave();
      await works(study(out));
      for (const name of ["schemes/P_c.safetensors", "schemes/N_c.safetensors"]) {
        assertEquals(
          await Deno.readFile(`${out}/${name}`),
          await Deno.readFile(`${folder}/whole/${name}`),
        );
      }
      await disk.leave(0);
      await fails(["report", out], /Cannot write .*: no space is left/);
      assertEquals([...Deno.readDirSync(out)].filter(({ name }) => /partial/.test(name)), []);
    }),
});

Deno.test({
  name:
    "convert, bm25, neurons, overlap, locate, merge, baselines and logs leave nothing half written",
  ignore,
  fn: () =>
    onSmallDisk(2000, async (folder, disk) => {
      await writeInputs(folder);
      const on = (name: string) => `${disk.folder}/${name}`;
      const set = ["neurons", "P[ms] | N[ms]", "--level", "50%", "--schemes", folder];
      await works([...set, "--output", `${folder}/set.json`]);
      const few = ["--pairs", pairs, "--rule", "right", "--steps", "1", "--max-pairs", "4"];
      for (const i of [0, 1]) {
        await works([
          ...["attribute", "--model", model, "--shard", `${i}/2`, "--output", `${folder}/s${i}`],
          ...[...few, ...backend],
        ]);
      }
      const schemes = ["--schemes", folder];
      const cases: readonly (readonly [string, readonly string[]])[] = [
        ["a", ["convert", path("tests/formats/golden/state.zip.bin"), on("a")]],
        ["b", ["bm25", "--dataset", dataset, "--index", on("b")]],
        ["c", [...set, "--output", on("c")]],
        ["d", ["locate", `${folder}/set.json`, "--output", on("d")]],
        ["e", ["merge", on("e"), `${folder}/s0`, `${folder}/s1`]],
        ["f", ["overlap", ...schemes, "--levels", "1", "--output", on("f")]],
        ["g", [
          "baselines",
          "--model",
          model,
          "--dataset",
          dataset,
          "--output",
          on("g"),
          ...backend,
        ]],
      ];
      for (const [name, args] of cases) {
        const more = name === "g" ? ["--max-pairs", "2", "--relevant-from", "2"] : [];
        await disk.leave(0);
        await fails([...args, ...more], /^error: Cannot write .*: no space is left/);
        assertEquals(disk.files(), [], args[0]);
        await disk.leave();
        await works([...args, ...more]);
        await Deno.remove(disk.folder + "/" + name);
        for (const left of disk.files()) await Deno.remove(on(left), { recursive: true });
      }
      // a log or metrics file that cannot be written is told of, and stops nothing
      await disk.leave(0);
      const score = ["--log", on("log"), "--metrics", on("prom"), ...few, ...backend];
      const said = await works([
        ...["attribute", "--model", model, "--output", `${folder}/S`, ...score],
      ]);
      assertMatch(said, /note: cannot write .*prom any more/);
      assertEquals(disk.files(), ["log"]);
    }),
});

Deno.test({
  name: "download says that the disk is full, and goes on where it stopped",
  ignore,
  fn: () =>
    onSmallDisk(400, async (_, disk) => {
      const weights = new Uint8Array(200_000).fill(7);
      const config = new TextEncoder().encode("{}");
      await using server = serveHub({
        files: { "config.json": config, "vocab.txt": config, "pytorch_model.bin": weights },
        large: ["pytorch_model.bin"],
      });
      const env = { HF_HUB_CACHE: disk.folder, HF_ENDPOINT: server.hub.endpoint, HF_TOKEN: "" };
      await disk.leave(100_000);
      const { code, stderr } = await cli(["download", "owner/model"], env);
      assertEquals(code, 1);
      assertMatch(stderr, /error: Cannot write .*\.incomplete: no space is left/);
      await disk.leave();
      const again = await cli(["download", "owner/model"], env);
      assertEquals(again.code, 0, again.stderr);
      const snapshot = again.stdout.trimEnd();
      assertEquals(await Deno.readFile(`${snapshot}/pytorch_model.bin`), weights);
    }),
});

Deno.test({
  name: "commands that print say that nothing more can be written, and exit 1",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/pairs`, "a\tb\n");
      const few = ["--model", model, "--pairs", `${folder}/pairs`];
      for (
        const args of [
          ["score", ...few, ...backend],
          ["tokenize", ...few],
          ["bm25", "--dataset", dataset, "--index", `${folder}/index`, "--quiet"],
        ]
      ) {
        const command = [Deno.execPath(), "run", "-A", "--quiet", path("cli.ts"), ...args];
        const { code, stderr } = await new Deno.Command("sh", {
          args: ["-c", '"$@" > /dev/full', "sh", ...command],
          env: { NO_COLOR: "1" },
        }).output();
        assertEquals(
          [code, new TextDecoder().decode(stderr)],
          [1, "error: Cannot write standard output: no space is left\n"],
        );
      }
    }),
});

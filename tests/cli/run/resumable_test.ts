/** `rerank`, `ablate`, `converge` and `study` that are stopped, and go on: the same bytes. */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { openJournal } from "../../../src/cli/run/journal_file.ts";
import { openDevices } from "../../../src/cli/run/devices.ts";
import { resumable } from "../../../src/cli/run/resumable.ts";
import { fileName } from "../../../src/experiments/study/file_name.ts";
import { deviceError } from "../../../src/compute/device_error.ts";
import { inChunks, openCrossEncoder, simdOps } from "../../../internal.ts";
import { loaderOf, root } from "../../backends.ts";
import { ablateArguments, convergeArguments, rerankArguments, writeInputs } from "../long_runs.ts";
import { cli, inFolder, spawn } from "../run.ts";

const filesOf = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

/** Runs until the journal holds more than `bytes`, sends a signal, and returns what was left behind. */
async function stopped(
  args: readonly string[],
  { journal, bytes, signal }: {
    readonly journal: string;
    readonly bytes: number;
    readonly signal: Deno.Signal;
  },
) {
  const child = spawn(args);
  let ended = false;
  child.status.then(() => ended = true);
  for (;;) {
    if (ended) {
      const { stderr } = await child.output();
      throw new Error(`${journal} did not grow: ${new TextDecoder().decode(stderr)}`);
    }
    if (await Deno.stat(journal).then(({ size }) => size > bytes, () => false)) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  child.kill(signal);
  const { code, stderr } = await child.output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

for (
  const { command, argumentsOf, journal, bytes, other, difference } of [
    {
      command: "rerank",
      argumentsOf: rerankArguments,
      journal: "cut.journal",
      bytes: 1000,
      other: ["--depth", "10"],
      difference:
        /candidates was \d+ and is \d+; candidates_sha256 was .*; depth was 1000 and is 10/,
    },
    {
      command: "ablate",
      argumentsOf: ablateArguments,
      journal: "cut.0.journal",
      bytes: 2500,
      other: ["--seed", "1"],
      difference: /seed was 0 and is 1; sets_sha256 was/,
    },
    {
      command: "converge",
      argumentsOf: convergeArguments,
      journal: "cut.journal",
      bytes: 60_000,
      other: ["--level", "2%"],
      difference: /\(level was 1% and is 2%\)/,
    },
  ] as const
) {
  Deno.test(`${command} saves and exits 143 on SIGTERM, 130 on SIGINT, and ends in the same bytes`, () =>
    inFolder(async (folder) => {
      await writeInputs(folder);
      const inputs = filesOf(folder);
      const whole = await cli(argumentsOf(folder, "whole"));
      assertEquals(whole.code, 0, whole.stderr);
      const place = { journal: `${folder}/${journal}`, bytes };
      for (const [signal, code] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
        const left = await stopped(argumentsOf(folder, "cut"), { ...place, signal });
        assertEquals(left.code, code, left.stderr);
        assertMatch(left.stderr, /\d+ of \d+ .* are kept in .*cut.*journal; the same command goes/);
        if (code === 143) await Deno.remove(place.journal);
      }
      const before = await Deno.readFile(place.journal);
      const refused = await cli([...argumentsOf(folder, "cut"), ...other]);
      assertEquals(refused.code, 1);
      assertMatch(refused.stderr, difference);
      assertMatch(refused.stderr, /start anew with --restart/);
      assertEquals(await Deno.readFile(place.journal), before);
      const log = `${folder}/log`;
      const again = await cli([...argumentsOf(folder, "cut"), "--log", log]);
      assertEquals(again.code, 0, again.stderr);
      assertMatch(again.stderr, /going on from .*journal: \d+ of \d+ .* are done/);
      const read = (name: string) => Deno.readTextFile(`${folder}/${name}`);
      assertEquals(await read("cut"), await read("whole"));
      assertEquals(filesOf(folder), [...inputs, "cut", "log", "whole"].sort());
      const events = (await read("log")).trimEnd().split("\n").map((line) =>
        JSON.parse(line).event
      );
      assertEquals([...new Set(events)], ["start", "resume", "chunk", "done"]);
    }));
}

Deno.test("rerank --restart begins anew", () =>
  inFolder(async (folder) => {
    await writeInputs(folder);
    const args = rerankArguments(folder, "cut");
    const journal = `${folder}/cut.journal`;
    await stopped(args, { journal, bytes: 1000, signal: "SIGKILL" });
    const { code, stderr } = await cli([...args, "--depth", "2", "--restart"]);
    assertEquals(code, 0, stderr);
    assert(!/going on/.test(stderr));
  }));

Deno.test("openJournal() empties another run's journal where it is told to, and keeps its own", () =>
  inFolder(async (folder) => {
    const path = `${folder}/journal`;
    const open = async (identity: Record<string, string>) => {
      using journal = await openJournal(path, identity, { restart: "other" });
      const { found } = journal;
      journal.append(Uint8Array.of(1));
      return found;
    };
    assertEquals(await open({ a: "1" }), 0);
    assertEquals(await open({ a: "1" }), 1);
    assertEquals(await open({ a: "2" }), 0);
    assertEquals(await open({ a: "2" }), 1);
    await assertRejects(() => openJournal(path, { a: "1" }), Error, "a was 2 and is 1");
  }));

Deno.test("journalled() goes on with a new device, with a journal and without", () =>
  inFolder(async (folder) => {
    for (const journal of [`${folder}/journal`, undefined]) {
      const asked: number[] = [];
      let opened = 0;
      const devices = await openDevices(async () => {
        opened++;
        const ops = await simdOps({ threads: 1 });
        const encoder = await openCrossEncoder(loaderOf("fixtures/tiny-cross-encoder"), ops);
        return { encoder, close: () => ops.close() };
      });
      const values = await resumable({
        ...{ devices, journal, identity: {}, restart: false, of: 40, things: "things" },
        quiet: true,
        work: (_, chunks) =>
          inChunks({ ...chunks, count: 40, numbers: 1 }, (first, end) => {
            if (first > 0 && opened === 1) throw deviceError("Cannot go on: lost");
            asked.push(first);
            return Promise.resolve(Array.from({ length: end - first }, (_, i) => first + i));
          }),
      });
      devices.close();
      assertEquals([...values], [...Array(40).keys()]);
      assertEquals(opened, 2);
      assertEquals(asked.filter((first) => first === 0).length, 1); // what was finished is kept
    }
  }));

Deno.test("study goes on within every long step, to the same files", () =>
  inFolder(async (folder) => {
    const fixtures = decodeURIComponent(new URL("fixtures", root).pathname);
    const cooking = `${fixtures}/collections/cooking`;
    await Deno.writeTextFile(
      `${folder}/study.json`,
      JSON.stringify({
        title: "Stopped",
        model: `${fixtures}/tiny-cross-encoder`,
        collections: { c: { folder: cooking, inDomain: true, relevantFrom: 2, maxPairs: 80 } },
        baselines: { pairs: 150 },
        validation: { v: { folder: cooking, relevantFrom: 2, queries: 12, mostRelevant: 2 } },
        convergence: { pairs: 1, steps: [50, 51, 52], tolerances: [0.2], reference: 0.1 },
        ...{ overlaps: false, certainty: false },
        ...{ traces: { pairs: 8 }, segments: { pairs: 8 } },
        ablation: { levels: ["1%"], rows: ["P[c]", "N[c]"], controls: ["N[c]"], repetitions: 6 },
      }),
    );
    const study = (output: string) => [
      ...["study", `${folder}/study.json`, "--output", `${folder}/${output}`],
      ...["--device", "simd", "--threads", "1"],
    ];
    // up to its last step that computes: the report takes longer than all others
    const toTheEnd = async (output: string) => {
      const record = `${folder}/${output}/steps/${await fileName("ablation v")}.json`;
      const { stderr } = await stopped(study(output), {
        journal: record,
        bytes: 0,
        signal: "SIGKILL",
      });
      return stderr;
    };
    await toTheEnd("whole");
    const steps = `${folder}/cut/steps`;
    const cuts = [
      { name: "baselines", bytes: 600, signal: "SIGTERM", went: /going on from .*baselines/ },
      { name: "scheme P[c]", bytes: 20_000, signal: "SIGKILL", went: /going on from .*scheme-P/ },
      { name: "traces", bytes: 20_000, signal: "SIGTERM", went: /traces.*: [1-7] of 8 pairs/ },
      {
        name: "convergence",
        bytes: 60_000,
        signal: "SIGKILL",
        went: /convergence.*: [3-9] of 20 a/,
      },
      { name: "segments", bytes: 5000, signal: "SIGKILL", went: /segments.*: [1-9] of 16 pairs/ },
      { name: "ablation v", bytes: 3000, signal: "SIGTERM", went: /going on from .*ablation-v/ },
    ] as const;
    for (const [turn, { name, bytes, signal }] of cuts.entries()) {
      const journal = `${steps}/${await fileName(name)}.journal`;
      const { code, stderr } = await stopped(study("cut"), { journal, bytes, signal });
      assertEquals(code, signal === "SIGTERM" ? 143 : 137, stderr);
      if (turn > 0) assertMatch(stderr, cuts[turn - 1].went);
    }
    assertMatch(await toTheEnd("cut"), cuts.at(-1)!.went);
    for (
      const file of [
        ...["schemes/P_c.safetensors", "schemes/N_c.safetensors"],
        ...["data/baselines.json", "data/ablation-v.json", "data/ablation-v.tsv"],
        ...["data/convergence.json", "data/convergence-pairs.tsv", "data/traces.json"],
        ...["data/segments.json"],
      ]
    ) {
      assertEquals(
        await Deno.readFile(`${folder}/cut/${file}`),
        await Deno.readFile(`${folder}/whole/${file}`),
      );
    }
    const records = (folder: string) => filesOf(folder).filter((name) => name.endsWith(".json"));
    assertEquals(records(steps), records(`${folder}/whole/steps`));
  }));

Deno.test("rerank and ablate remove what a run that was killed while it wrote left of the output", () =>
  inFolder(async (folder) => {
    await writeInputs(folder);
    for (const argumentsOf of [rerankArguments, ablateArguments]) {
      const before = filesOf(folder);
      await Deno.writeTextFile(`${folder}/cut.7.partial`, "half");
      await Deno.writeTextFile(`${folder}/mine.7.partial`, "of another");
      const { code, stderr } = await cli(argumentsOf(folder, "cut"));
      assertEquals(code, 0, stderr);
      assertEquals(filesOf(folder), [...before, "cut", "mine.7.partial"].sort());
      await Deno.remove(`${folder}/cut`);
      await Deno.remove(`${folder}/mine.7.partial`);
    }
  }));

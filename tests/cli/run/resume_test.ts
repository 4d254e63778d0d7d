/** `attribute` that is stopped, and goes on: the same bytes. */

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { UsageError } from "../../../src/cli/command.ts";
import { openJournal } from "../../../src/cli/run/journal_file.ts";
import { main } from "../../../src/cli/main.ts";
import { parseShard } from "../../../src/cli/options/shard.ts";
import { root } from "../../backends.ts";
import { cli, inFolder, spawn, withOptions } from "../run.ts";

const model = decodeURIComponent(new URL("fixtures/tiny-cross-encoder", root).pathname);
const allPairs = decodeURIComponent(new URL("fixtures/pairs.tsv", root).pathname);
const dataset = decodeURIComponent(new URL("fixtures/collections/cooking", root).pathname);

const attribute = (output: string, ...more: string[]) => {
  const args = [
    ...["attribute", "--model", model, "--output", output, "--device", "simd", "--threads", "1"],
    ...(more.includes("--dataset") ? [] : ["--pairs", allPairs, "--max-pairs", "40"]),
  ];
  return withOptions(args, more);
};

/** Waits until a file has at least so many bytes. */
async function grown(path: string, bytes: number): Promise<void> {
  for (let turn = 0; turn < 2000; turn++) {
    const size = await Deno.stat(path).then((info) => info.size, () => 0);
    if (size >= bytes) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`${path} does not reach ${bytes} bytes`);
}

/** Runs until the journal holds some pairs, sends a signal, and returns what was left behind. */
async function stopped(output: string, signal: Deno.Signal, ...more: string[]) {
  const child = spawn(attribute(output, ...more));
  await grown(`${output}.journal`, 60_000); // about 4 pairs
  child.kill(signal);
  const { code, stderr } = await child.output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

const filesOf = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("attribute saves and exits 143 on SIGTERM, 130 on SIGINT, and ends in the same bytes", () =>
  inFolder(async (folder) => {
    const whole = await cli(attribute(`${folder}/whole`));
    assertEquals(whole.code, 0, whole.stderr);
    const output = `${folder}/cut`;
    for (const [signal, code] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
      await Deno.remove(`${output}.journal`).catch(() => {});
      const left = await stopped(output, signal, "--per-pair", `${folder}/each`);
      assertEquals(left.code, code);
      assertMatch(left.stderr, /pairs are kept in .*cut\.journal; the same command goes on/);
    }
    const again = await cli(attribute(output, "--resume", "--per-pair", `${folder}/each`));
    assertEquals(again.code, 0, again.stderr);
    assertMatch(again.stderr, /going on from .*cut\.journal: \d+ of 40 pairs are done/);
    assertEquals(await Deno.readFile(output), await Deno.readFile(`${folder}/whole`));
    assertEquals(filesOf(folder), ["cut", "each", "whole"]);
    assertEquals(filesOf(`${folder}/each`).length, 40);
  }));

Deno.test("attribute refuses a journal of other options and says what differs", () =>
  inFolder(async (folder) => {
    const output = `${folder}/S`;
    await stopped(output, "SIGKILL");
    const journal = await Deno.readFile(`${output}.journal`);
    const cases = [
      [["--tolerance", "0.1"], /tolerance was 0\.04 and is 0\.1/],
      [["--baseline", "zero"], /baseline was pad and is zero/],
      [["--max-pairs", "39"], /max_pairs was 40 and is 39/],
      [["--shard", "0/2"], /shard was none and is 0\/2/],
      [["--relevant-class", "0"], /relevant-class was none and is 0/],
    ] as const;
    for (const [options, message] of cases) {
      const { code, stderr } = await cli(attribute(output, ...options));
      assertEquals(code, 1);
      assertMatch(stderr, message);
      assertMatch(stderr, /start anew with --restart/);
    }
    assertEquals(await Deno.readFile(`${output}.journal`), journal);
    const anew = await cli(attribute(output, "--max-pairs", "3", "--restart"));
    assertEquals([anew.code, filesOf(folder)], [0, ["S"]]);
  }));

Deno.test("attribute drops what was being written when it was killed, and tells foreign files", () =>
  inFolder(async (folder) => {
    const output = `${folder}/S`;
    await stopped(output, "SIGKILL");
    const journal = await Deno.readFile(`${output}.journal`);
    await Deno.writeFile(`${output}.journal`, journal.subarray(0, journal.length - 5));
    const again = await cli(attribute(output));
    assertMatch(again.stderr, /dropped \d+ bytes of .*S\.journal that were being written/);
    assertEquals(again.code, 0);
    await Deno.writeTextFile(`${output}.journal`, "something of mine");
    const { code, stderr } = await cli(attribute(output));
    assertEquals(code, 1);
    assertMatch(stderr, /Cannot use journal .*: expected a journal, got another file/);
    assertEquals(await Deno.readTextFile(`${output}.journal`), "something of mine");
  }));

Deno.test("attribute lets one run at a time write an output", () =>
  inFolder(async (folder) => {
    using _other = await openJournal(`${folder}/S.journal`, {});
    const { code, stderr } = await cli(attribute(`${folder}/S`));
    assertEquals(code, 1);
    assertMatch(stderr, /Cannot use journal .*S\.journal: expected to be its only user/);
  }));

Deno.test("attribute --shard and merge give the bytes of one run, from a collection too", () =>
  inFolder(async (folder) => {
    // in this process: only the commands' work takes time
    const run = async (args: readonly string[]) => assertEquals(await main(args), 0);
    for (const source of [["--agreement", "on"], ["--dataset", dataset, "--label", "relevant"]]) {
      const options = [...source, "--rule", "right", "--steps", "3", "--quiet"];
      await run(attribute(`${folder}/whole`, ...options));
      for (const count of [1, 3, 8]) {
        const names = Array.from({ length: count }, (_, i) => `${folder}/${count}-${i}`);
        for (const [i, name] of names.entries()) {
          await run(attribute(name, ...options, "--shard", `${i}/${count}`));
        }
        const shuffled = names.map((_, i) => names[(5 * i + 2) % count]); // 5 divides no count
        await run(["merge", `${folder}/merged`, ...shuffled, "--quiet"]);
        assertEquals(
          await Deno.readFile(`${folder}/merged`),
          await Deno.readFile(`${folder}/whole`),
        );
      }
    }
  }));

Deno.test("merge names the shards that are missing", () =>
  inFolder(async (folder) => {
    const options = ["--rule", "right", "--steps", "1", "--quiet", "--max-pairs", "4"];
    await main(attribute(`${folder}/a`, ...options, "--shard", "1/3"));
    const { code, stderr } = await cli(["merge", `${folder}/merged`, `${folder}/a`]);
    assertEquals(code, 1);
    assertMatch(stderr, /expected all 3, 0\/3, 2\/3 missing/);
  }));

Deno.test("parseShard() reads i/n, Slurm's array and Kubernetes' indexed job", () => {
  const parse = (text: string, env: Record<string, string> = {}) =>
    parseShard(text, (name) => env[name]);
  assertEquals(parse("2/3"), { index: 2, of: 3 });
  assertEquals(parseShard(undefined, () => undefined), undefined);
  const slurm = {
    SLURM_ARRAY_TASK_ID: "4",
    SLURM_ARRAY_TASK_COUNT: "4",
    SLURM_ARRAY_TASK_MIN: "1",
  };
  assertEquals(parse("auto", slurm), { index: 3, of: 4 });
  assertEquals(parse("auto", { JOB_COMPLETION_INDEX: "0", JOB_COMPLETIONS: "8" }), {
    index: 0,
    of: 8,
  });
  for (const wrong of ["3/3", "-1/3", "1", "a/b", "1/0"]) {
    assertThrows(() => parse(wrong), UsageError, "expected i/n with i from 0 to n - 1");
  }
  assertThrows(() => parse("auto"), UsageError, "needs SLURM_ARRAY_TASK_ID and");
  assertThrows(
    () => parse("auto", { JOB_COMPLETION_INDEX: "0" }),
    UsageError,
    "JOB_COMPLETIONS=(not set)",
  );
});

Deno.test("attribute goes on where nobody reads what it says", () =>
  inFolder(async (folder) => {
    const child = spawn(attribute(`${folder}/S`, "--max-pairs", "10"));
    await Promise.all([child.stderr.cancel(), child.stdout.cancel()]);
    const { code } = await child.status;
    assertEquals([code, filesOf(folder)], [0, ["S"]]);
  }));

Deno.test("attribute tells a log and Prometheus what happens", () =>
  inFolder(async (folder) => {
    const files = ["--log", `${folder}/log`, "--metrics", `${folder}/prom`];
    const output = `${folder}/S`;
    await stopped(output, "SIGTERM", ...files);
    assertEquals((await cli(attribute(output, ...files))).code, 0);
    const events = (await Deno.readTextFile(`${folder}/log`)).trimEnd().split("\n")
      .map((line) => JSON.parse(line));
    // "gaps" names pairs whose F hardly changes: whether there are some depends on the rule
    const names = events.map(({ event }) => event)
      .filter((name) => name !== "pair" && name !== "gaps");
    assertEquals(names, ["start", "stop", "start", "resume", "done"]);
    assertEquals(events.filter(({ event }) => event === "pair").length, 40);
    const metrics = await Deno.readTextFile(`${folder}/prom`);
    assertMatch(metrics, /^# TYPE relevance_neurons_pairs_done_total counter$/m);
    assertMatch(metrics, /^relevance_neurons_pairs_done_total 40$/m);
    assertMatch(metrics, /^relevance_neurons_finished 1$/m);
    assert(!metrics.includes("NaN"));
  }));

// Kills a run again and again at random moments, and looks at what it ends in.

import { assertEquals, assertLess } from "@std/assert";
import { seededRandom } from "../../src/ir/random.ts";
import { root } from "../backends.ts";
import { ablateArguments, convergeArguments, writeInputs } from "./long_runs.ts";
import { cli, spawn, withOptions } from "./run.ts";

const path = (name: string) => decodeURIComponent(new URL(name, root).pathname);

/** A command that is killed. */
export interface Killed {
  /** Makes the files that it reads. */
  readonly prepare?: (folder: string) => Promise<void>;
  /** Its arguments for a file that it writes in a folder. */
  readonly argumentsOf: (folder: string, output: string) => readonly string[];
  /** The event that its log has for each finished thing, and the field that tells things apart. */
  readonly event: string;
  readonly field: string;
}

/** `attribute` over some pairs. */
export const killedAttribute = (pairs: number): Killed => ({
  argumentsOf: (folder, output) => [
    ...["attribute", "--model", path("fixtures/tiny-cross-encoder"), "--quiet"],
    ...["--pairs", path("fixtures/pairs.tsv"), "--max-pairs", String(pairs)],
    ...["--device", "simd", "--threads", "1", "--output", `${folder}/${output}`],
  ],
  event: "pair",
  field: "line",
});

/** `ablate` over the candidates of some queries. */
export const killedAblate = (queries: number): Killed => ({
  prepare: writeInputs,
  argumentsOf: (folder, output) =>
    withOptions(
      ablateArguments(folder, output),
      ["--quiet", "--queries", String(queries), "--repetitions", "8"],
    ),
  event: "chunk",
  field: "first",
});

/** `converge` over some pairs. */
export const killedConverge: Killed = {
  argumentsOf: (folder, output) => [...convergeArguments(folder, output), "--quiet"],
  event: "chunk",
  field: "first",
};

/** What many kills came to. */
export interface Kills {
  readonly kills: number;
  /** Runs that were brought to their end; each gave the undisturbed run's bytes. */
  readonly runs: number;
  /** Starts that found work of an earlier one in the journal. */
  readonly resumed: number;
  /** Things that were finished twice, since a kill came before they were in the journal. */
  readonly again: number;
}

/** Kills runs `kills` times with SIGKILL, each until it comes to its end. */
export async function killRuns(
  folder: string,
  { argumentsOf, prepare, event, field }: Killed,
  { kills, seed, onRun = () => {} }: {
    readonly kills: number;
    readonly seed: number;
    /** Called when a run has come to its end, with the kills so far. */
    readonly onRun?: (kills: number, runs: number) => void;
  },
): Promise<Kills> {
  const draw = seededRandom(seed);
  const random = () => draw() / 2 ** 32;
  await prepare?.(folder);
  const before = [...Deno.readDirSync(folder)].map(({ name }) => name);
  const began = performance.now();
  const whole = await cli(argumentsOf(folder, "whole"));
  assertEquals(whole.code, 0, whole.stderr);
  const time = performance.now() - began;
  const expected = await Deno.readFile(`${folder}/whole`);
  const log = `${folder}/log`;
  let [done, runs, again, resumed] = [0, 0, 0, 0];
  while (done < kills) {
    for (let ended = false; !ended;) {
      const child = spawn([...argumentsOf(folder, "cut"), "--log", log]);
      const timer = done < kills
        ? setTimeout(() => child.kill("SIGKILL"), time * (0.1 + 0.7 * random()))
        : undefined;
      const { code, signal, stderr } = await child.output();
      clearTimeout(timer);
      if (signal === "SIGKILL") done++;
      else {
        assertEquals(code, 0, new TextDecoder().decode(stderr));
        ended = true;
      }
    }
    assertEquals(await Deno.readFile(`${folder}/cut`), expected);
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(left, [...before, "cut", "log", "whole"].sort());
    const events = (await Deno.readTextFile(log)).trimEnd().split("\n")
      .map((line) => JSON.parse(line));
    const things = events.filter((one) => one.event === event).map((one) => one[field]);
    again += things.length - new Set(things).size;
    resumed += events.filter((one) => one.event === "resume").length;
    onRun(done, ++runs);
    await Deno.remove(`${folder}/cut`);
    await Deno.remove(log);
  }
  assertLess(again, kills + 1); // one a kill at most: the others of its batch were not finished
  return { kills: done, runs, again, resumed };
}

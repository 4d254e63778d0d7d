// Kills a run again and again at random moments, and looks at what it ends in.

import { assertEquals, assertLess } from "@std/assert";
import { seededRandom } from "../../src/ir/random.ts";
import { root } from "../bodies.ts";
import { cli, spawn } from "./run.ts";

const path = (name: string) => decodeURIComponent(new URL(name, root).pathname);

/** What many kills came to. */
export interface Kills {
  readonly kills: number;
  /** Runs that were brought to their end; each gave the undisturbed run's bytes. */
  readonly runs: number;
  /** Pairs that were finished twice, since a kill came before they were in the journal. */
  readonly again: number;
}

/** Kills runs over `pairs` pairs `kills` times with SIGKILL, each until it comes to its end. */
export async function killRuns(
  folder: string,
  { kills, pairs, seed }: { readonly kills: number; readonly pairs: number; readonly seed: number },
): Promise<Kills> {
  const draw = seededRandom(seed);
  const random = () => draw() / 2 ** 32;
  const attribute = (output: string) => [
    ...["attribute", "--model", path("fixtures/tiny-cross-encoder"), "--output", output, "--quiet"],
    ...["--pairs", path("fixtures/pairs.tsv"), "--max-pairs", String(pairs)],
    ...["--device", "simd", "--threads", "1", "--log", `${output}.log`],
  ];
  const began = performance.now();
  const whole = `${folder}/whole`;
  assertEquals((await cli(attribute(whole))).code, 0);
  const expected = await Deno.readFile(whole);
  const time = performance.now() - began;
  const cut = `${folder}/cut`;
  let [done, runs, again] = [0, 0, 0];
  while (done < kills) {
    for (let ended = false; !ended;) {
      const child = spawn(attribute(cut));
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
    assertEquals(await Deno.readFile(cut), expected);
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(left, ["cut", "cut.log", "whole", "whole.log"]);
    const events = (await Deno.readTextFile(`${cut}.log`)).split('"event":"pair"').length - 1;
    again += events - pairs;
    runs++;
    await Deno.remove(cut);
    await Deno.remove(`${cut}.log`);
  }
  assertLess(again, kills + 1); // one pair a kill at most: the others of its batch were not finished
  return { kills: done, runs, again };
}

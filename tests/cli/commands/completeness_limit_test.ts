/** Gaps of completeness: those beyond a tenth are listed, those beyond `--completeness-limit` fatal. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { root } from "../../backends.ts";
import { cli, inFolder } from "../run.ts";

const path = (name: string) => decodeURIComponent(new URL(name, root).pathname);

/** Attributes by the trapezoid rule of a number of steps, or by the adaptive one. */
const attribute = (folder: string, steps: number | "adaptive", ...more: string[]) =>
  cli([
    ...["attribute", "--model", path("fixtures/tiny-cross-encoder"), "--output", `${folder}/S`],
    ...["--pairs", path("fixtures/pairs.tsv"), "--max-pairs", "12", "--device", "simd"],
    ...["--threads", "1", ...more],
    ...(steps === "adaptive" ? [] : ["--rule", "trapezoid", "--steps", String(steps)]),
  ]);

Deno.test("attribute lists gaps of completeness beyond a tenth, in its summary and in its log", () =>
  inFolder(async (folder) => {
    const coarse = await attribute(folder, 2, "--log", `${folder}/log`);
    assertEquals(coarse.code, 0);
    const [, count, line] =
      /gaps of completeness beyond 10 % of F's change: (\d+), of line (\d+) \(\d+ %\); /.exec(
        coarse.stderr,
      )!;
    const events = (await Deno.readTextFile(`${folder}/log`)).trimEnd().split("\n")
      .map((text) => JSON.parse(text));
    const { pairs, beyond } = events.find(({ event }) => event === "gaps");
    assertEquals([pairs.length, pairs[0].line + 1, beyond], [Number(count), Number(line), 0.1]);
    const all = events.filter(({ event }) => event === "pair").map(({ gap }) => gap);
    assertEquals(all.filter((gap) => gap > 0.1).length, pairs.length);
    const fine = await attribute(folder, "adaptive");
    assert(!fine.stderr.includes("gaps of completeness beyond"), fine.stderr);
  }));

Deno.test("attribute --completeness-limit ends at a pair beyond it, and goes on with a higher one", () =>
  inFolder(async (folder) => {
    assertEquals((await attribute(folder, "adaptive", "--completeness-limit", "0.2")).code, 0);
    await Deno.remove(`${folder}/S`);
    const { code, stderr } = await attribute(folder, 2, "--completeness-limit", "0.2");
    assertEquals(code, 1);
    assertMatch(
      stderr,
      /Cannot attribute pair \d+ \(query ".*"\): expected a gap of completeness of at most 0\.2 of F's change, got \d/,
    );
    assertEquals((await attribute(folder, 2, "--completeness-limit", "100")).code, 0);
    const none = await attribute(folder, 2, "--completeness-limit=-1");
    assertEquals(none.code, 2);
    assertMatch(none.stderr, /Option --completeness-limit cannot be "-1"/);
  }));

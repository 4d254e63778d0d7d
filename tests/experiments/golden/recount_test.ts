/** A study recounted by another program: check_study.py, in numpy and scipy. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cli, inFolder } from "../../cli/run.ts";

const python = Deno.env.get("RECOUNT_PYTHON") ?? "python3";
const script = new URL("check_study.py", import.meta.url).pathname;
const fixtures = new URL("../../../fixtures", import.meta.url).pathname;

async function run(args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(python, { args: [...args] }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

async function isThere(): Promise<boolean> {
  try {
    return (await run(["-c", "import numpy, scipy"])).code === 0;
  } catch {
    return false; // no such program
  }
}

const there = await isThere();
const ignore = !there && Deno.env.get("REQUIRE_PYTHON") !== "1";

const collection = (name: string, more: Record<string, unknown> = {}) => ({
  ...{ folder: `${fixtures}/collections/${name}`, relevantFrom: 2, maxPairs: 12, ...more },
});
const study = {
  title: "To be recounted",
  model: `${fixtures}/tiny-cross-encoder`,
  collections: {
    c: collection("cooking", { inDomain: true }),
    a: collection("astronomy"),
    m: collection("medicine"),
    s: collection("sailing"),
  },
  validation: {
    music: { ...collection("music"), queries: 4, perRelevant: 2, maxPairs: undefined },
  },
  attribution: { rule: "right", steps: 4 },
  baselines: { pairs: 12 },
  overlaps: { levels: ["1%", "5%", "20%"] },
  certainty: {
    of: [{ expression: "N[c]", level: "5%" }, { expression: "all(P, A)", level: "5%" }],
  },
  locations: [{ expression: "N[c]", level: "5%" }],
  traces: false,
  convergence: { pairs: 2, steps: [4, 100], tolerances: [0.1], reference: 0.04 },
  ablation: {
    ...{ levels: ["5%"], repetitions: 2, otherRepetitions: 2 },
    rows: ["P[c]", "N[c]", "all(P, A)", "all(N, A)", "F[c]", "fuse(A)"],
  },
};

Deno.test({
  name: `check_study.py agrees with a small study, and with none whose numbers are another${
    ignore ? " (ignored: needs Python with numpy and scipy; RECOUNT_PYTHON names it)" : ""
  }`,
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      assert(there, `${python} has no numpy and scipy`);
      await Deno.writeTextFile(`${folder}/study.json`, JSON.stringify(study));
      const output = `${folder}/out`;
      const made = await cli([
        ...["study", `${folder}/study.json`, `--output=${output}`, "--device=simd", "--quiet"],
      ]);
      assertEquals(made.code, 0, made.stderr);
      const recount = () => run([script, output]);
      const first = await recount();
      assertEquals(first.code, 0, first.stderr);
      assertStringIncludes(first.stdout, "13 verdicts recounted");

      const path = `${output}/results.json`;
      const text = await Deno.readTextFile(path);
      const changes: readonly [string, (results: Changeable) => void][] = [
        ["a verdict", ({ conclusions: [one] }) =>
          one.verdict = one.verdict === "mixed" ? "holds" : "mixed"],
        ["an outcome", ({ conclusions: [{ tests: [one] }] }) =>
          one.outcome = one.outcome === "supports" ? "undecided" : "supports"],
        ["an interval", ({ overlaps }) =>
          overlaps.curves[0].points[1].interval.high += 60],
        ["a tail", ({ overlaps }) =>
          overlaps.curves.at(-1)!.points[1].tails!.above += 1e-6],
        ["an error", ({ schemes }) =>
          schemes[0].strongest[0].standardError *= 1.01],
        ["a loss", ({ ablation }) =>
          ablation.rows[1].cells[0].collections[0].interval.low -= 1e-3],
        ["a comparison", ({ ablation }) => ablation.contrasts[0].points += 1e-3],
        ["a place", ({ locations }) => locations[0].effects.lastLayers.tails.below += 1e-6],
        ["a probability", ({ certainty }) => certainty[0].mean -= 0.2],
        ["the best ranking", ({ validation }) => validation[0].attainable += 1e-6],
      ];
      for (const [what, change] of changes) {
        const results = JSON.parse(text);
        change(results);
        await Deno.writeTextFile(path, JSON.stringify(results));
        const { code, stderr } = await recount();
        assert(
          code !== 0 && stderr.includes("AssertionError"),
          `${what} went unnoticed: ${stderr}`,
        );
      }
    }),
});

/** Numbers of results that are changed. */
interface Changeable {
  conclusions: { verdict: string; tests: { outcome: string }[] }[];
  overlaps: {
    curves: { points: { interval: { high: number }; tails: { above: number } | null }[] }[];
  };
  schemes: { strongest: { standardError: number }[] }[];
  ablation: {
    rows: { cells: { collections: { interval: { low: number } }[] }[] }[];
    contrasts: { points: number }[];
  };
  locations: { effects: { lastLayers: { tails: { below: number } } } }[];
  certainty: { mean: number }[];
  validation: { attainable: number }[];
}

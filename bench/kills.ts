/** Kills runs at random moments: `deno run -A bench/kills.ts [KILLS] [PAIRS] [SEED]`. */

import { killRuns } from "../tests/cli/kills.ts";

const [kills = 200, pairs = 50, seed = 0] = Deno.args.map(Number);
const folder = await Deno.makeTempDir();
const began = performance.now();
const found = await killRuns(folder, { kills, pairs, seed });
await Deno.remove(folder, { recursive: true });
console.log(
  `${found.kills} kills over ${found.runs} runs of ${pairs} pairs: every run ended in the same bytes; ` +
    `${found.again} pairs computed twice; ${((performance.now() - began) / 1000).toFixed(0)} s`,
);

/** Kills runs at random moments: `deno run -A bench/kills.ts [attribute|ablate] [KILLS] [SIZE] [SEED]`. */

import { killedAblate, killedAttribute, killRuns } from "../tests/cli/kills.ts";

const command = Deno.args[0] === "ablate" ? "ablate" : "attribute";
const [kills = 200, size = command === "ablate" ? 30 : 50, seed = 0] = Deno.args.slice(1)
  .map(Number);
const folder = await Deno.makeTempDir();
const began = performance.now();
const killed = command === "ablate" ? killedAblate(size) : killedAttribute(size);
const onRun = (done: number, runs: number) => console.error(`${done} kills, ${runs} runs`);
const found = await killRuns(folder, killed, { kills, seed, onRun });
await Deno.remove(folder, { recursive: true });
console.log(
  `${found.kills} kills over ${found.runs} runs of ${command} over ${size} ${
    command === "ablate" ? "queries" : "pairs"
  }: every run ended in the same bytes; ${found.resumed} starts went on; ` +
    `${found.again} ${command === "ablate" ? "chunks" : "pairs"} computed twice; ${
      ((performance.now() - began) / 1000).toFixed(0)
    } s`,
);

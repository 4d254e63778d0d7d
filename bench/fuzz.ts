/** Fuzzes every reader for longer: `deno run -A bench/fuzz.ts [CASES] [SEED] [NAME]`. */

import { fuzz } from "../tests/fuzz/fuzz.ts";
import { targets } from "../tests/fuzz/targets.ts";

const [cases = 100_000, seed = 1_000_000] = Deno.args.slice(0, 2).map(Number);
let failed = 0;
for (const target of targets.filter(({ name }) => name.includes(Deno.args[2] ?? ""))) {
  const began = performance.now();
  try {
    const { refused } = await fuzz(target, { cases, seed });
    const seconds = (performance.now() - began) / 1000;
    console.log(`${target.name}: ${cases} cases, ${refused} refused, ${seconds.toFixed(0)} s`);
  } catch (error) {
    failed++;
    console.log(`FAILED ${(error as Error).message}`);
  }
}
const { rss } = Deno.memoryUsage();
console.log(`resident memory in the end: ${(rss / 2 ** 20).toFixed(0)} MiB`);
Deno.exit(failed === 0 ? 0 : 1);

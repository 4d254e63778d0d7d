/**
 * What waiting for a GPU costs the host, in milliseconds (the median of 100, and the 95th percentile):
 *
 *     deno run -A bench/awaits.ts [--dawn]
 *
 * `read`: one number of a tensor that an operation has just written, as commands read it; `awaited read`: the
 * same where the host waits until the runtime says that the device is done; `work done`: the queue's own promise.
 */

import { gpuOps, openDevice } from "../internal.ts";
import { openDawn } from "../src/deno/dawn.ts";

const dawn = Deno.args.includes("--dawn");
const opened = dawn
  ? await openDevice(await openDawn(), { implementation: "Dawn" })
  : await openDevice(navigator.gpu);
const ops = gpuOps(opened);
const [x, y] = [ops.floats(1, 64, new Float32Array(64).fill(1)), ops.empty(1, 64)];

async function show(name: string, wait: () => Promise<unknown>) {
  const times: number[] = [];
  for (let round = 0; round < 110; round++) {
    ops.tanh(y, x);
    const start = performance.now();
    await wait();
    times.push(performance.now() - start);
  }
  const sorted = times.slice(10).sort((a, b) => a - b);
  console.log(`${name.padEnd(14)} ${sorted[50].toFixed(3)} ms, ${sorted[95].toFixed(3)} ms`);
}
console.log(ops.adapter);
await show("read", () => ops.read(y));
await show("awaited read", () => ops.readAwaited!(y));
await show("work done", () => {
  opened.device.queue.submit([]);
  return opened.device.queue.onSubmittedWorkDone();
});
ops.close();
Deno.exit(0); // Dawn's instance keeps the process

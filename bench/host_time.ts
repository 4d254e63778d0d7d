/**
 * What a round of the adaptive rule costs the host before a GPU has done anything: recording the
 * passes of 24 layers, as BERT-large has them. Dispatches have no workgroups, so any adapter will do:
 *
 *     deno run -A bench/host_time.ts
 *
 * Once with bind groups that are kept and once with bind groups made at every dispatch, as on a device
 * that lets no binding move. `read` is what the host waits for the round's numbers, `awaited read` for a
 * number of which it waits until Deno says that it is there: ten milliseconds and more, whatever is
 * waited for (its WebGPU sleeps that long between two looks at the device).
 */

import { gpuOps, openCrossEncoder, openDevice } from "../internal.ts";
import { pathPair } from "../src/attribution/target/baseline.ts";
import { pathSums } from "../src/attribution/path/path_sums.ts";
import { openPathStore } from "../src/attribution/path/path_store.ts";
import { randomModel } from "./checkpoint.ts";

const sizes = { layers: 24, width: 64, heads: 4, inner: 256, vocabulary: 100, labels: 2 };
const load = randomModel(sizes);
const dispatch = GPUComputePassEncoder.prototype.dispatchWorkgroups;
GPUComputePassEncoder.prototype.dispatchWorkgroups = function () {
  dispatch.call(this, 0, 0, 0);
};

const LIMIT = "maxDynamicStorageBuffersPerPipelineLayout";

/** Milliseconds of each step, the least of forty rounds. */
async function rounds(movable: boolean): Promise<Record<string, number>> {
  Object.defineProperty(GPUSupportedLimits.prototype, LIMIT, {
    get: () => movable ? 16 : 0,
  });
  const opened = await openDevice(navigator.gpu);
  const ops = gpuOps({ ...opened, software: false });
  const encoder = await openCrossEncoder(load, ops);
  const words = Array.from({ length: 20 }, (_, i) => `w${i}`).join(" ");
  const path = pathPair(encoder.tokenizer.encode(words, words), "pad", encoder.config);
  const store = openPathStore(encoder, {
    paths: [{ ...path, label: 1 }],
    capacity: { tokens: 512, sequences: 64 },
    target: "logit",
  });
  const sums = pathSums(store, 1);
  const points = [0, 0.25, 0.5, 0.75, 1].map((t) => ({ pair: 0, t }));
  const pairing = { left: 0.5, right: 0.5 };
  const least: Record<string, number> = {};
  let last = 0;
  const lap = (step: string) => {
    const now = performance.now();
    if (step) least[step] = Math.min(least[step] ?? Infinity, now - last);
    last = now;
  };
  for (let round = 0; round < 40; round++) {
    lap("");
    const { places, F } = store.evaluate(points, { tokens: 0, sequences: 0 });
    lap("evaluate");
    const intervals = places.slice(1).map((b, i) => [places[i], b] as const);
    const cuts = store.cutSums(intervals, pairing);
    lap("cut sums");
    await Promise.all([ops.read(F), ops.read(cuts)]);
    lap("read");
    sums.add([intervals], pairing);
    lap("conductances");
    await ops.read(F);
    lap("");
    await ops.readAwaited!(F);
    lap("awaited read");
    ops.free(F, cuts);
  }
  ops.close();
  return least;
}

for (const movable of [false, true]) {
  const steps = Object.entries(await rounds(movable))
    .map(([step, milliseconds]) => `${step} ${milliseconds.toFixed(1)} ms`);
  console.log(`${movable ? "kept bind groups" : "bind groups made"}: ${steps.join(", ")}`);
}

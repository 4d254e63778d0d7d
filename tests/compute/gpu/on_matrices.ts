/** Run by matrix_test.ts on an adapter with matrices: prints what the self-check and a row's errors are, as JSON. */

import { cpuOps, gpuOps, matrixTiles, openDevice, selfCheck } from "../../../internal.ts";
import { openDawn } from "../../../src/deno/dawn.ts";

const gpu = await openDawn();
const open = () => openDevice(gpu, { implementation: "Dawn" });
const probe = await open();
probe.device.destroy();
if (!probe.matrix) throw new Error(`${probe.adapter} has no matrices`);

const found = [];
for (const parts of [2, 1] as const) {
  const tile = matrixTiles(probe.matrix, parts).at(-1)!;
  const ops = gpuOps(await open(), { tile });
  const oracle = cpuOps();
  const checks = await selfCheck(ops, oracle, { operations: ["linear", "linearBackward"] });

  // gradients: rows of 1e-8 to 1e-4, whose numbers fall by a thousand along them; one row of zeros
  const [m, k, n] = [40, 1024, 48];
  const random = (count: number) => Float32Array.from({ length: count }, () => Math.random() - 0.5);
  const [x, w] = [random(m * k), random(n * k)];
  for (let i = 0; i < x.length; i++) {
    const [row, at] = [Math.floor(i / k), i % k];
    x[i] *= row === 7 ? 0 : 10 ** (-8 + row / 10 - 3 * at / k);
  }
  const rows: ArrayLike<number>[] = [];
  const other = gpuOps(await open(), { tile: matrixTiles(probe.matrix, parts).at(-2)! });
  for (const each of [ops, oracle, other]) {
    const out = each.empty(m, n);
    const layer = { weight: each.weights(n, k, w), bias: each.zeros(1, n) };
    each.linear(out, each.floats(m, k, x), layer);
    rows.push(await each.read(out));
  }
  const errors = Array.from({ length: m }, (_, row) => {
    let [distance, size] = [0, 0];
    for (let i = row * n; i < (row + 1) * n; i++) {
      distance += (rows[0][i] - rows[1][i]) ** 2;
      size += rows[1][i] ** 2;
    }
    return size === 0 ? distance : Math.sqrt(distance / size);
  });
  const sameBits = Array.from(rows[0]).every((value, i) => Object.is(value, rows[2][i]));
  found.push({ adapter: ops.adapter, kernels: ops.kernels, checks, errors, sameBits });
  ops.close();
  other.close();
}
console.log(JSON.stringify(found));
Deno.exit(0); // Dawn's instance keeps the process

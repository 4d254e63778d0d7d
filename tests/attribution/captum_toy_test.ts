/** Captum's own toy network and numbers: the rules' points and pairings, whatever made y and g. */

import { assertAlmostEquals } from "@std/assert";
import { type FixedRule, rule } from "../../internal.ts";
import { cpuOps } from "../../src/compute/cpu/cpu_ops.ts";
import golden from "../golden/captum.json" with { type: "json" };

type Layer = "linear0" | "linear1" | "relu" | "linear2";
const { linear1, linear2 } = golden.network;
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((s, v, i) => s + v * b[i], 0);

/** Activations and gradients of output 0 at point t of the path from the zero baseline. */
function evaluate(t: number): Record<Layer, { y: number[]; g: number[] }> {
  const linear0 = golden.input.map((x) => t * x); // weight I, bias 0
  const before = linear1.weight.map((row, i) => dot(row, linear0) + linear1.bias[i]);
  const relu = before.map((x) => Math.max(0, x));
  const after = linear2.weight.map((row, i) => dot(row, relu) + linear2.bias[i]);
  const dRelu = linear2.weight[golden.network.output];
  const dBefore = dRelu.map((d, i) => before[i] > 0 ? d : 0);
  const dInput = golden.input.map((_, k) =>
    dBefore.reduce((s, d, i) => s + d * linear1.weight[i][k], 0)
  );
  return {
    linear0: { y: linear0, g: dInput },
    linear1: { y: before, g: dBefore },
    relu: { y: relu, g: dRelu },
    linear2: { y: after, g: after.map((_, i) => i === golden.network.output ? 1 : 0) },
  };
}

/** The conductance of a layer by a rule, through the contract's own operation. */
async function conductanceOf(layer: Layer, name: string, steps: number): Promise<number[]> {
  const { points, pairing } = rule(name, { steps }) as FixedRule;
  const at = points.map((t) => evaluate(t)[layer]);
  const ops = cpuOps();
  const width = at[0].y.length;
  const matrix = (of: "y" | "g") =>
    ops.floats(points.length, width, Float64Array.from(at.flatMap((point) => point[of])));
  const items = points.slice(1).flatMap((_, k) => [k, k + 1, 1]);
  const intervals = points.length - 1;
  const parts = ops.zeros(intervals, width);
  ops.conductance(
    parts,
    matrix("y"),
    matrix("g"),
    ops.indices(intervals, 3, Uint32Array.from(items)),
    pairing,
  );
  const sum = ops.zeros(1, width);
  const all = ops.indices(1, 2, Uint32Array.of(0, intervals));
  ops.sumRows(sum, parts, all, { accumulate: false, at: 0 });
  return [...await ops.read(sum)];
}

for (const layer of ["linear0", "linear1", "relu", "linear2"] as const) {
  Deno.test(`rule() gives Captum's conductance of the toy network's ${layer}`, async () => {
    const { rule: name, steps, tolerance } = golden.expected;
    const found = await conductanceOf(layer, name, steps);
    found.forEach((value, i) => assertAlmostEquals(value, golden.expected[layer][i], tolerance));
  });
}

const { layer, steps, decimals, ...table } = golden.discretisation;
for (const [name, expected] of Object.entries(table)) {
  Deno.test(`rule() discretises the toy network as tabled: ${name}, ${steps} steps`, async () => {
    const found = await conductanceOf(layer as Layer, name, steps);
    found.forEach((value, i) => assertAlmostEquals(value, expected[i], 10 ** -decimals));
  });
}

/** The matrix product for adapters whose lanes are SIMD lanes: no workgroup memory, uniform rows. */

import { lines, range, transposed } from "./matmul_text.ts";
import { LANES, type LanesTile } from "./tile.ts";

/** The entry point; `load_a`, `load_w`, `store` and `p` stand before it. */
export function lanesKernel(backward: boolean, { rows, columns }: LanesTile): string {
  const quads = range(columns / 4);
  const step = (r: number) =>
    [
      `let a${r} = load_a(m + ${r}u, k);`,
      ...quads.flatMap((q) =>
        range(4).map((i) => `sum${r}_${q} = fma(vec4f(a${r}[${i}]), b${q}_${i}, sum${r}_${q});`)
      ),
    ].join(" ");
  return `
@compute @workgroup_size(${LANES})
fn matmul(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let m = (group.x + group.y * p.span) * ${rows}u; // uniform: one load serves all lanes
  let n = ${columns}u * (group.z * ${LANES}u + lane.x);
${lines(rows, (r) => quads.map((q) => `var sum${r}_${q} = vec4f();`).join(" "))}
  for (var k = 0u; k < p.k; k += 4u) {
${
    quads.map((q) => fourLinesOfB(backward, { to: `b${q}_`, k: "k", n: `(n + ${4 * q}u)` })).join(
      "\n",
    )
  }
${lines(rows, step)}
  }
${storing(rows, quads.length)}
}
`;
}

/** Stores all sums in a loop: written out, what follows a sum would take longer to compile than all else. */
function storing(rows: number, quads: number): string {
  const sums = range(rows * quads).map((i) => `sum${Math.floor(i / quads)}_${i % quads}`);
  return `  var sums = array<vec4f, ${sums.length}>(${sums.join(", ")});
  for (var i = 0u; i < ${sums.length}u; i++) {
    store(m + i / ${quads}u, n + 4u * (i % ${quads}u), sums[i]);
  }`;
}

/** Four lines of B(k … k+3, n … n+3) as `${to}0` … `${to}3`, each along n. */
function fourLinesOfB(
  backward: boolean,
  { to, k, n }: { readonly to: string; readonly k: string; readonly n: string },
): string {
  if (backward) return lines(4, (i) => `let ${to}${i} = load_w(${k} + ${i}u, ${n});`);
  return lines(4, (i) => `let ${to}w${i} = load_w(${n} + ${i}u, ${k});`) + "\n" +
    transposed(4, (i) => `let ${to}${i} =`, (j) => `${to}w${j}`);
}

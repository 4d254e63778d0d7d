/** The matrix product for GPUs: lanes of a workgroup share tiles of a and W in its memory. */

import { fourLinesOfB, lines, range, transposed } from "./matmul_text.ts";
import type { SharedTile } from "./tile.ts";

/** The entry point; `load_a`, `load_w`, `store` and `p` stand before it. */
export function sharedKernel(backward: boolean, tile: SharedTile): string {
  const { height, width, depth, rows, columns } = tile;
  const [down, across] = [height / rows, width / columns]; // lanes
  const [high, broad] = [height / 4, width / 4]; // vec4s in one line of a tile
  const blocksOfA = high * depth / 4; // 4 x 4 blocks to load
  const blocksOfW = broad * depth / 4;
  const quads = range(columns / 4);
  const step = (k: number) =>
    [
      "{",
      ...quads.map((j) => `let b${j} = tile_b[${k * broad + j * across}u + lane.x];`),
      ...range(rows / 4).flatMap((q) => [
        `let a${q} = tile_a[${k * high + q}u + lane.y * ${rows / 4}u];`,
        ...range(4).flatMap((i) =>
          quads.map((j) =>
            `sum${4 * q + i}_${j} = fma(vec4f(a${q}[${i}]), b${j}, sum${4 * q + i}_${j});`
          )
        ),
      ]),
      "}",
    ].join("\n");
  const write = (r: number, j: number) =>
    `store(first_m + lane.y * ${rows}u + ${r}u, first_n + 4u * (lane.x + ${
      j * across
    }u), sum${r}_${j});`;
  return `
var<workgroup> tile_a: array<vec4f, ${high * depth}>; // [k][m / 4]
var<workgroup> tile_b: array<vec4f, ${broad * depth}>; // [k][n / 4]
@compute @workgroup_size(${across}, ${down})
fn matmul(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) lane: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let first_m = (group.x + group.y * p.span) * ${height}u;
  let first_n = group.z * ${width}u;
${lines(rows, (r) => quads.map((j) => `var sum${r}_${j} = vec4f();`).join(" "))}
  for (var depth = 0u; depth < p.k; depth += ${depth}u) {
    workgroupBarrier();
    for (var block = index; block < ${blocksOfA + blocksOfW}u; block += ${down * across}u) {
      if block < ${blocksOfA}u {
        let k = 4u * (block % ${depth / 4}u);
        let m = block / ${depth / 4}u;
${lines(4, (i) => `let a${i} = load_a(first_m + 4u * m + ${i}u, depth + k);`)}
${transposed(4, (i) => `tile_a[(k + ${i}u) * ${high}u + m] =`, (j) => `a${j}`)}
      } else {
        let own = block - ${blocksOfA}u;
        let column = ${backward ? `own % ${broad}u` : `own / ${depth / 4}u`};
        let line = 4u * (${backward ? `own / ${broad}u` : `own % ${depth / 4}u`});
${fourLinesOfB(backward, { to: "b", k: "(depth + line)", n: "(first_n + 4u * column)" })}
${lines(4, (i) => `tile_b[(line + ${i}u) * ${broad}u + column] = b${i};`)}
      }
    }
    workgroupBarrier();
${lines(depth, step)}
  }
${lines(rows, (r) => quads.map((j) => write(r, j)).join("\n"))}
}
`;
}

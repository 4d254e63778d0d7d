/**
 * The matrix-product kernels, written out for a tile since WGSL unrolls nothing.
 *
 * out[m, n] = Σ_k a[m, k] B(k, n) (+ bias[n] | + plus[m, n] | + out[m, n]), W as PyTorch stores it:
 * forward  (`linear`):          a = x  [M, K], B(k, n) = W[n, k], W [N, K];
 * backward (`linearBackward`):  a = dy [M, K], B(k, n) = W[k, n], W [K, N].
 */

import type { Source } from "./kernel.ts";

/** Which product, and how its kernel is laid out. */
export interface MatmulShape {
  readonly backward: boolean;
  /** Whether K and N are multiples of 4, so that loads are four numbers wide. */
  readonly wide: boolean;
  readonly tile: Tile;
}

/**
 * `lanes`: for software adapters. No workgroup memory; a lane owns 4 columns of `rows` rows, which
 * are uniform over the workgroup, so that a lane is a SIMD lane.
 * `shared`: for GPUs. 16 x 16 lanes share a tile of a and one of W in workgroup memory; a lane owns
 * `rows` x 4 outputs, its columns 4 apart from its neighbour's.
 */
export interface Tile {
  /** See above. */
  readonly family: "lanes" | "shared";
  /** Rows of out a lane owns; a multiple of 4 in `shared`. */
  readonly rows: number;
}

/** Lanes of a workgroup of family `lanes`. */
const LANES = 16;
/** Edge of the workgroup, and depth of the tiles, of family `shared`. */
const EDGE = 16;

/** Rows and columns of out that one workgroup computes. */
export function tileSize({ family, rows }: Tile): { rows: number; columns: number } {
  return family === "lanes"
    ? { rows, columns: 4 * LANES }
    : { rows: EDGE * rows, columns: 4 * EDGE };
}

/** The kernel for `shape`. Launch (⌈N / columns⌉, span, ⌈⌈M / rows⌉ / span⌉) by {@linkcode tileSize}. */
export function matmul(shape: MatmulShape): Source {
  const { backward, wide, tile } = shape;
  const name = `matmul_${backward ? "backward" : "forward"}_${tile.family}${tile.rows}${
    wide ? "_wide" : ""
  }`;
  return {
    name,
    constants: {},
    code: prelude(shape) + (tile.family === "lanes" ? lanes(shape) : shared(shape)),
  };
}

const range = (count: number) => [...Array(count).keys()];
const lines = (count: number, line: (i: number) => string) => range(count).map(line).join("\n");

/** Bindings, and loads of four neighbours: a along k, W along its own lines. Outside is zero. */
function prelude({ backward, wide }: MatmulShape): string {
  const array = wide ? "array<vec4f>" : "array<f32>";
  const load = (name: string, height: string, length: string) =>
    wide
      ? `
fn load_${name}(line: u32, at: u32) -> vec4f {
  if line >= p.${height} || at >= p.${length} { return vec4f(); }
  return ${name}[(line * p.${length} + at) / 4u];
}`
      : `
fn load_${name}(line: u32, at: u32) -> vec4f {
  var four = vec4f();
  if line >= p.${height} { return four; }
  for (var i = 0u; i < 4u && at + i < p.${length}; i++) { four[i] = ${name}[line * p.${length} + at + i]; }
  return four;
}`;
  return `struct Params { m: u32, n: u32, k: u32, add: u32, span: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> a: ${array};
@group(0) @binding(3) var<storage, read> w: ${array};
@group(0) @binding(4) var<storage, read> plus: array<f32>; // bias [n] (add 1) or [m, n] (add 2)
${load("a", "m", "k")}
${backward ? load("w", "k", "n") : load("w", "n", "k")}
fn store(m: u32, n: u32, sum: vec4f) {
  if m >= p.m { return; }
  for (var i = 0u; i < 4u && n + i < p.n; i++) {
    let at = m * p.n + n + i;
    var value = sum[i];
    if p.add == 1u { value += plus[n + i]; }
    if p.add == 2u { value += plus[at]; }
    if p.add == 3u { value += out[at]; }
    out[at] = value;
  }
}
`;
}

/** Four lines of B(k … k+3, n … n+3) as b0 … b3, each along n. */
function loadB(backward: boolean): string {
  return backward
    ? lines(4, (i) => `let b${i} = load_w(k + ${i}u, n);`)
    : lines(4, (i) => `let w${i} = load_w(n + ${i}u, k);`) + "\n" +
      lines(4, (i) => `let b${i} = vec4f(${range(4).map((j) => `w${j}[${i}]`).join(", ")});`);
}

function lanes({ backward, tile: { rows } }: MatmulShape): string {
  return `
@compute @workgroup_size(${LANES})
fn matmul(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let m = (group.y + group.z * p.span) * ${rows}u; // uniform: one load serves all lanes
  let n = 4u * (group.x * ${LANES}u + lane.x);
${lines(rows, (r) => `var sum${r} = vec4f();`)}
  for (var k = 0u; k < p.k; k += 4u) {
${loadB(backward)}
${
    lines(
      rows,
      (r) =>
        `let a${r} = load_a(m + ${r}u, k); sum${r} += a${r}.x * b0 + a${r}.y * b1 + a${r}.z * b2 + a${r}.w * b3;`,
    )
  }
  }
${lines(rows, (r) => `store(m + ${r}u, n, sum${r});`)}
}
`;
}

function shared({ backward, tile: { rows } }: MatmulShape): string {
  const quads = rows / 4; // vec4s of a that a lane needs for each k
  const height = EDGE * quads; // vec4s of a in one line of its tile
  const blocksOfA = height * EDGE / 4; // 4 x 4 blocks to load
  const blocksOfW = EDGE * EDGE / 4;
  return `
var<workgroup> tile_a: array<vec4f, ${height * EDGE}>; // [k][m / 4]
var<workgroup> tile_b: array<vec4f, ${EDGE * EDGE}>; // [k][n / 4]
@compute @workgroup_size(${EDGE}, ${EDGE})
fn matmul(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) lane: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let first_m = (group.y + group.z * p.span) * ${EDGE * rows}u;
  let first_n = group.x * ${4 * EDGE}u;
${lines(rows, (r) => `var sum${r} = vec4f();`)}
  for (var depth = 0u; depth < p.k; depth += ${EDGE}u) {
    workgroupBarrier();
    for (var block = index; block < ${blocksOfA + blocksOfW}u; block += ${EDGE * EDGE}u) {
      if block < ${blocksOfA}u {
        let k = 4u * (block % ${EDGE / 4}u);
        let m = block / ${EDGE / 4}u;
${lines(4, (i) => `let a${i} = load_a(first_m + 4u * m + ${i}u, depth + k);`)}
${
    lines(
      4,
      (i) =>
        `tile_a[(k + ${i}u) * ${height}u + m] = vec4f(${
          range(4).map((j) => `a${j}[${i}]`).join(", ")
        });`,
    )
  }
      } else {
        let own = block - ${blocksOfA}u;
        let column = ${backward ? `own % ${EDGE}u` : `own / ${EDGE / 4}u`};
        let line = 4u * (${backward ? `own / ${EDGE}u` : `own % ${EDGE / 4}u`});
        let k = depth + line;
        let n = first_n + 4u * column;
${loadB(backward)}
${lines(4, (i) => `tile_b[(line + ${i}u) * ${EDGE}u + column] = b${i};`)}
      }
    }
    workgroupBarrier();
${
    lines(EDGE, (k) =>
      `{ let b = tile_b[${k * EDGE}u + lane.x];\n` +
      lines(quads, (q) =>
        `let a${q} = tile_a[${k * height}u + lane.y * ${quads}u + ${q}u];\n` +
        lines(4, (i) => `sum${4 * q + i} += a${q}[${i}] * b;`)) +
      " }")
  }
  }
${lines(rows, (r) => `store(first_m + lane.y * ${rows}u + ${r}u, first_n + 4u * lane.x, sum${r});`)}
}
`;
}

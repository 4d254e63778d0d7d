/**
 * The matrix product for GPUs that multiply small matrices of float16 in one instruction (tensor cores):
 * WGSL's experimental subgroup matrices, whose sums are float32.
 *
 * Operands are scaled by powers of two, a row of a by its own and W by one, and kept as float16: two
 * parts, v = high + low of 11 bits each, of which high·high + high·low + low·high is a product as exact as
 * float32's (Ootomo and Yokota 2022), or one. The units cut their sums off rather than round them, so that
 * sums leave them every `chunks` of k and are added in float32.
 */

import type { Source } from "./kernel.ts";
import { lines, range } from "./matmul_text.ts";
import type { MatrixTile } from "./tile.ts";

/** Steps of k after which sums leave the matrices, by the parts; multiples of every tile's depth. */
const chunks = { 1: 1024, 2: 128 } as const;
/** Numbers of float16 that one load brings: K and N are multiples of it. */
export const EIGHT = 8;
/** Powers of two to which operands are scaled: 2^13 ≤ largest < 2^14, and float16 ends at 2^16. */
const LARGEST = 13;
/** Lanes that split a row. */
const SPLIT_LANES = 128;

/** Before anything else of a kernel's text. */
export const enables = `enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;
diagnostic(off, chromium.subgroup_matrix_uniformity);
`;

/** Bytes of workgroup memory that a tile takes, the more of its two directions. */
export function matrixTileBytes(tile: MatrixTile): number {
  return Math.max(...[false, true].map((backward) => {
    const { a, w, sums } = memoryOf(backward, tile);
    return 16 * (tile.parts * (a + w) + sums);
  }));
}

/** Numbers of vec4 that tiles take in workgroup memory; lines have one more, against bank conflicts. */
function memoryOf(backward: boolean, tile: MatrixTile) {
  const { rows, columns } = sizes(tile);
  const lineOfA = tile.depth / EIGHT + 1;
  const lineOfW = (backward ? columns : tile.depth) / EIGHT + 1;
  return {
    ...{ lineOfA, lineOfW },
    a: rows * lineOfA,
    w: (backward ? tile.depth : columns) * lineOfW,
    sums: tile.high * tile.wide * tile.matrix.rows * tile.matrix.columns / 4,
  };
}

/** What a workgroup computes, and its lanes. */
function sizes({ matrix, down, across, high, wide }: MatrixTile) {
  return {
    rows: matrix.rows * down * high,
    columns: matrix.columns * across * wide,
    lanes: matrix.lanes * high * wide,
  };
}

/** Largest power of two that a matrix may be multiplied with: its largest number then has 14 bits. */
export function scaleOf(largest: number): number {
  if (!(largest > 0) || !Number.isFinite(largest)) return 1;
  return 2 ** Math.max(-100, Math.min(100, LARGEST - Math.floor(Math.log2(largest))));
}

/**
 * The kernel that makes an operand's planes: planes [parts, rows, width] float16 = x scaled, its high
 * part and what is left; inverse [rows] = 1 / scale, by the largest number of each row where `fixed` is 0,
 * else `fixed` for all. x [rows, width]. Launch a workgroup a row, (span, ⌈rows / span⌉).
 */
export const split: Source = {
  name: "split",
  constants: {},
  code: `enable f16;
struct Params { rows: u32, width: u32, span: u32, parts: u32, fixed: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> planes: array<vec2u>;
@group(0) @binding(2) var<storage, read_write> inverse: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<vec4f>;
var<workgroup> largest: array<f32, ${SPLIT_LANES}>;
// 11 bits, which float16 holds whatever its conversion rounds to
fn high(v: vec4f) -> vec4f { return bitcast<vec4f>(bitcast<vec4u>(v) & vec4u(0xffffe000u)); }
fn halves(v: vec4f) -> vec2u { return vec2u(pack2x16float(v.xy), pack2x16float(v.zw)); }
@compute @workgroup_size(${SPLIT_LANES})
fn split(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = min(group.x + group.y * p.span, p.rows - 1u); // barriers below: no early return
  let fours = p.width / 4u;
  var most = 0.0;
  for (var i = lane; i < fours; i += ${SPLIT_LANES}u) {
    let v = abs(x[row * fours + i]);
    most = max(most, max(max(v.x, v.y), max(v.z, v.w)));
  }
  largest[lane] = most;
  workgroupBarrier();
  for (var stride = ${SPLIT_LANES / 2}u; stride > 0u; stride /= 2u) {
    if lane < stride { largest[lane] = max(largest[lane], largest[lane + stride]); }
    workgroupBarrier();
  }
  let exponent = i32(bitcast<u32>(largest[0]) >> 23u) - 127;
  let own = select(ldexp(1.0, clamp(${LARGEST} - exponent, -100, 100)), 1.0, largest[0] == 0.0);
  let scale = select(own, p.fixed, p.fixed > 0.0);
  if lane == 0u { inverse[row] = 1.0 / scale; }
  for (var i = lane; i < fours; i += ${SPLIT_LANES}u) {
    let v = x[row * fours + i] * scale;
    let at = row * fours + i;
    if p.parts == 1u {
      planes[at] = halves(v);
    } else {
      planes[at] = halves(high(v));
      planes[p.rows * fours + at] = halves(v - high(v));
    }
  }
}
`,
};

/**
 * The entry point; `store` and `p` stand before it. a and w are planes of {@linkcode split}, eight
 * numbers a vec4u: a [parts, M, K], w [parts, N, K] forward and [parts, K, N] backward; `inverse` [M]
 * and `p.w_inverse` undo their scales.
 *
 * A subgroup owns `down` x `across` matrices of out. The next step's numbers wait in registers while the
 * step at hand is multiplied. `even`: K is a multiple of the tile's depth.
 */
export function matrixKernel(backward: boolean, tile: MatrixTile, even: boolean): string {
  const { matrix, down, across, wide, depth, parts } = tile;
  const { rows: M, columns: N, inner: K, lanes: S } = matrix;
  const { rows, columns, lanes } = sizes(tile);
  const { lineOfA, lineOfW, a, w, sums } = memoryOf(backward, tile);
  const names = parts === 2 ? ["high", "low"] : ["high"];
  const owned = range(down).flatMap((i) => range(across).map((j) => `${i}_${j}`));
  const fours = M * N / 4; // of one matrix
  const each = range(Math.ceil(fours / S));
  const left = `subgroup_matrix_left<f16, ${K}, ${M}>`;
  const right = `subgroup_matrix_right<f16, ${N}, ${K}>`;
  const result = `subgroup_matrix_result<f32, ${N}, ${M}>`;

  const { declared, fetch, keep } = blocksOf(backward, tile, even);
  const wAt = (j: number, k: number) =>
    backward
      ? `${k * lineOfW}u + (n + ${j * N}u) / ${EIGHT}u`
      : `(n + ${j * N}u) * ${lineOfW}u + ${k / EIGHT}u`;
  const loads = (k: number) =>
    names.flatMap((part) => [
      ...range(down).map((i) => {
        const at = `(m + ${i * M}u) * ${lineOfA}u + ${k / EIGHT}u`;
        return `let a_${part}${i} = subgroupMatrixLoad<${left}, row_major>(&tile_a_${part}, ${at}, ${lineOfA}u);`;
      }),
      ...range(across).map((j) =>
        `let w_${part}${j} = subgroupMatrixLoad<${right}, ${backward ? "row" : "col"}_major>` +
        `(&tile_w_${part}, ${wAt(j, k)}, ${lineOfW}u);`
      ),
    ]);
  const multiply = (ofA: string, ofW: string) =>
    owned.map((at) => {
      const [i, j] = at.split("_");
      return `sum${at} = subgroupMatrixMultiplyAccumulate(a_${ofA}${i}, w_${ofW}${j}, sum${at});`;
    });
  const step = (k: number) =>
    [
      "{",
      ...loads(k),
      ...(parts === 2 ? [...multiply("low", "high"), ...multiply("high", "low")] : []), // small ones first
      ...multiply("high", "high"),
      "}",
    ].join("\n");
  const leave = owned.map((at) =>
    [
      `subgroupMatrixStore<row_major>(&sums, subgroup * ${fours}u, sum${at}, ${N / 4}u);`,
      "workgroupBarrier();",
      ...each.map((e) =>
        `total${at}_${e} += sums[subgroup * ${fours}u + min(own + ${e * S}u, ${fours - 1}u)];`
      ),
      "workgroupBarrier();",
      `sum${at} = ${result}();`,
    ].join("\n")
  ).join("\n");
  const write = owned.flatMap((at) => {
    const [i, j] = at.split("_").map(Number);
    return each.map((e) =>
      `{ let four = own + ${e * S}u;
let line = first_m + m + ${i * M}u + four / ${N / 4}u;
let column = first_n + n + ${j * N}u + 4u * (four % ${N / 4}u);
if four < ${fours}u && line < p.m {
  store(line, column, total${at}_${e} * (inverse[line] * p.w_inverse));
} }`
    );
  });
  return `
${lines(parts, (i) => `var<workgroup> tile_a_${names[i]}: array<vec4u, ${a}>;`)}
${lines(parts, (i) => `var<workgroup> tile_w_${names[i]}: array<vec4u, ${w}>;`)}
var<workgroup> sums: array<vec4f, ${sums}>;
@compute @workgroup_size(${lanes})
fn matmul(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_id) subgroup: u32,
  @builtin(subgroup_invocation_id) own: u32,
) {
  let first_m = (group.x + group.y * p.span) * ${rows}u;
  let first_n = group.z * ${columns}u;
  let m = subgroup / ${wide}u * ${down * M}u;
  let n = subgroup % ${wide}u * ${across * N}u;
${owned.map((at) => `var sum${at}: ${result};`).join("\n")}
${owned.flatMap((at) => each.map((e) => `var total${at}_${e} = vec4f();`)).join("\n")}
${declared}
${fetch("0u")}
  for (var k = 0u; k < p.k; k += ${depth}u) {
    workgroupBarrier(); // the step before has been read
${keep}
    workgroupBarrier();
    let next = ${even ? `min(k + ${depth}u, p.k - ${depth}u)` : `k + ${depth}u`};
${fetch("next")}
${range(depth / K).map((i) => step(i * K)).join("\n")}
    if (k + ${depth}u) % ${chunks[parts]}u == 0u || k + ${depth}u >= p.k {
${leave}
    }
  }
${write.join("\n")}
}
`;
}

/**
 * The vec4u that a lane brings from a and w, a round of all lanes each. What lies beyond M and N is any
 * number, since what it makes is not stored; beyond K it is zero, or not loaded (`even`).
 */
function blocksOf(backward: boolean, tile: MatrixTile, even: boolean) {
  const { depth, parts } = tile;
  const { rows, columns, lanes } = sizes(tile);
  const { lineOfA, lineOfW } = memoryOf(backward, tile);
  const names = parts === 2 ? ["high", "low"] : ["high"];
  const ofA = rows * depth / EIGHT;
  const total = ofA + columns * depth / EIGHT;
  const alongW = (backward ? columns : depth) / EIGHT;
  const rounds = range(Math.ceil(total / lanes)).flatMap((round) =>
    names.map((name, part) => {
      const [first, end] = [round * lanes, (round + 1) * lanes];
      const block = `(lane + ${first}u)`;
      const own = `${name}${round}`;
      const choose = (a: string, w: string) => {
        const inW = `{ let block = ${block} - ${ofA}u; ${w} }`;
        const guarded = end > total ? `if ${block} < ${total}u ${inW}` : inW;
        if (first >= ofA) return guarded;
        const inA = `{ let block = ${block}; ${a} }`;
        return end <= ofA ? inA : `if ${block} < ${ofA}u ${inA} else ${guarded}`;
      };
      const inside = (beyond: string, load: string) =>
        even
          ? `${own} = ${load};`
          : `if ${beyond} { ${own} = vec4u(); } else { ${own} = ${load}; }`;
      const a = (at: string) =>
        `let line = min(first_m + block / ${depth / EIGHT}u, p.m - 1u);
let eight = ${at} / ${EIGHT}u + block % ${depth / EIGHT}u;
${inside(`eight >= p.k / ${EIGHT}u`, `a[(${part}u * p.m + line) * (p.k / ${EIGHT}u) + eight]`)}`;
      const w = (at: string) =>
        backward
          ? `let line = ${at} + block / ${alongW}u;
let eight = min((first_n / ${EIGHT}u) + block % ${alongW}u, p.n / ${EIGHT}u - 1u);
${inside("line >= p.k", `w[(${part}u * p.k + line) * (p.n / ${EIGHT}u) + eight]`)}`
          : `let line = min(first_n + block / ${alongW}u, p.n - 1u);
let eight = ${at} / ${EIGHT}u + block % ${alongW}u;
${inside(`eight >= p.k / ${EIGHT}u`, `w[(${part}u * p.n + line) * (p.k / ${EIGHT}u) + eight]`)}`;
      const put = (tile: string, along: number, line: number) =>
        `${tile}_${name}[block / ${along}u * ${line}u + block % ${along}u] = ${own};`;
      return {
        declared: `var ${own}: vec4u;`,
        fetch: (at: string) => choose(a(at), w(at)),
        keep: choose(put("tile_a", depth / EIGHT, lineOfA), put("tile_w", alongW, lineOfW)),
      };
    })
  );
  return {
    declared: rounds.map(({ declared }) => declared).join(" "),
    fetch: (at: string) => rounds.map(({ fetch }) => fetch(at)).join("\n"),
    keep: rounds.map(({ keep }) => keep).join("\n"),
  };
}

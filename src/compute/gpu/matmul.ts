/**
 * The matrix-product kernels, written out for a tile since WGSL unrolls nothing.
 *
 * out[m, n] = Σ_k a[m, k] B(k, n) (+ bias[n] | + plus[m, n] | + out[m, n]), W as PyTorch stores it:
 * forward  (`linear`):          a = x  [M, K], B(k, n) = W[n, k], W [N, K];
 * backward (`linearBackward`):  a = dy [M, K], B(k, n) = W[k, n], W [K, N].
 *
 * Then, in the same pass: forward out ⊙= keep[mask_of[m]] (`mask`), activated = gelu(out) (`gelu`);
 * backward out ⊙= gelu′(preactivation) (`gelu`).
 */

import type { Source } from "./kernel.ts";
import { lanesKernel } from "./matmul_lanes.ts";
import type { MatrixProducts } from "./matrix_products.ts";
import { sharedKernel } from "./matmul_shared.ts";
import { normal } from "./shaders.ts";
import { type Tile, tileName } from "./tile.ts";

/** Which product, and how its kernel is laid out. */
export interface MatmulShape {
  readonly backward: boolean;
  /** Whether K and N are multiples of 4, so that loads and stores are four numbers wide. */
  readonly wide: boolean;
  /** Whether K is a multiple of a tile's depth, so that no load of it is beyond K. */
  readonly even: boolean;
  /** Whether W is float16, two numbers a word; all is computed in float32. */
  readonly half: boolean;
  /** Whether units are masked (forward). */
  readonly mask: boolean;
  /** Whether gelu (forward) or its slope (backward) follows. */
  readonly gelu: boolean;
  readonly tile: Tile;
}

/** The kernel for `shape`. Launch (span, ⌈⌈M / rows⌉ / span⌉, ⌈N / columns⌉) by `tileSize`. `products`: family `matrix` needs them. */
export function matmul(
  shape: MatmulShape,
  products?: Pick<MatrixProducts, "enables" | "matrixKernel">,
): Source {
  const { backward, wide, even, half, mask, gelu, tile } = shape;
  const name = [
    backward ? "linearBackward" : "linear",
    ...(mask ? ["masked"] : []),
    ...(gelu ? ["gelu"] : []),
    ...(half ? ["f16"] : []),
    ...(wide ? even ? [] : ["uneven"] : ["narrow"]),
    tileName(tile),
  ].join(" ");
  return {
    name,
    constants: {},
    get code() {
      if (tile.family === "matrix") {
        const { enables, matrixKernel } = products!;
        return enables + (gelu ? normal : "") + bindings(shape) + store(shape) +
          matrixKernel(backward, tile, even);
      }
      const kernel = tile.family === "lanes"
        ? lanesKernel(backward, tile)
        : sharedKernel(backward, tile);
      return (gelu ? normal : "") + bindings(shape) + loads(shape) + store(shape) + kernel;
    },
  };
}

/** Tensors in the order in which `gpu_ops.ts` binds them. */
function bindings({ backward, wide, half, mask, gelu, tile }: MatmulShape): string {
  const numbers = wide ? "array<vec4f>" : "array<f32>";
  const isMatrix = tile.family === "matrix";
  const operand = isMatrix ? "array<vec4u>" : numbers;
  const tensors = [
    ["out", "read_write", numbers],
    ["a", "read", operand],
    ["w", "read", half ? wide ? "array<vec2u>" : "array<u32>" : operand],
    ["plus", "read", numbers], // bias [n] (add 1) or [m, n] (add 2)
    ...(gelu
      ? [backward ? ["preactivation", "read", numbers] : ["activated", "read_write", numbers]]
      : []),
    ...(mask ? [["keep", "read", numbers], ["mask_of", "read", "array<u32>"]] : []),
    ...(isMatrix ? [["inverse", "read", "array<f32>"]] : []),
  ];
  const scale = isMatrix ? ", w_inverse: f32" : "";
  return [
    `struct Params { m: u32, n: u32, k: u32, add: u32, span: u32${scale} }`,
    "@group(0) @binding(0) var<uniform> p: Params;",
    ...tensors.map(([name, access, type], i) =>
      `@group(0) @binding(${i + 1}) var<storage, ${access}> ${name}: ${type};`
    ),
  ].join("\n");
}

/**
 * Loads of four neighbours: a along k, W along its own lines. What lies beyond K is zero, or not
 * loaded (`even`); beyond M and N it is any number, since what it makes is not stored.
 */
function loads({ backward, wide, even, half, tile }: MatmulShape): string {
  const load = (name: "a" | "w", height: "m" | "n" | "k", length: "n" | "k") => {
    const halves = half && name === "w";
    const signature = `\nfn load_${name}(line: u32, at: u32) -> vec4f {`;
    if (wide) {
      const inside = even || tile.family === "lanes"; // `lanes` never goes beyond K
      const line = height === "k" ? "line" : `min(line, p.${height} - 1u)`;
      const from = length === "k" ? "at" : `min(at, p.${length} - 4u)`;
      const place = `(${line} * p.${length} + ${from}) / 4u`;
      return `${signature}
  ${inside ? "" : `if ${height === "k" ? "line" : "at"} >= p.k { return vec4f(); }`}
  ${
        halves
          ? `let both = ${name}[${place}];
  return vec4f(unpack2x16float(both.x), unpack2x16float(both.y));`
          : `return ${name}[${place}];`
      }
}`;
    }
    const one = halves ? "unpack2x16float(w[place / 2u])[place % 2u]" : `${name}[place]`;
    return `${signature}
  var four = vec4f();
  if line >= p.${height} { return four; }
  for (var i = 0u; i < 4u && at + i < p.${length}; i++) {
    let place = line * p.${length} + at + i;
    four[i] = ${one};
  }
  return four;
}`;
  };
  return load("a", "m", "k") + (backward ? load("w", "k", "n") : load("w", "n", "k"));
}

/** What becomes of four neighbours' sums. */
function store({ backward, wide, mask, gelu }: MatmulShape): string {
  const type = wide ? "vec4f" : "f32";
  const per = wide ? " / 4u" : "";
  const each = (of: (x: string) => string) =>
    wide ? `vec4f(${["x", "y", "z", "w"].map((i) => of(`.${i}`)).join(", ")})` : of("");
  const curve = backward
    ? [
      `let x = preactivation[at];`,
      `value *= ${each((i) => `(normal_cdf(x${i}) + x${i} * normal_pdf(x${i}))`)};`,
    ]
    : [`activated[at] = value * ${each((i) => `normal_cdf(value${i})`)};`];
  return `
fn finish(m: u32, n: u32, sum: ${type}) {
  let at = (m * p.n + n)${per};
  var value = sum;
  if p.add == 1u { value += plus[n${per}]; }
  if p.add == 2u { value += plus[at]; }
  if p.add == 3u { value += out[at]; }
  ${mask ? `value *= keep[(mask_of[m] * p.n + n)${per}];` : ""}
  ${gelu ? curve.join("\n  ") : ""}
  out[at] = value;
}
fn store(m: u32, n: u32, sum: vec4f) {
  if m >= p.m { return; }
  ${
    wide
      ? "if n < p.n { finish(m, n, sum); }"
      : "for (var i = 0u; i < 4u && n + i < p.n; i++) { finish(m, n + i, sum[i]); }"
  }
}
`;
}

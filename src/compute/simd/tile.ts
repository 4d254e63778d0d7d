/**
 * Writes the source of the products' inner loops, eight steps of the sum at a time. Deno checks the
 * bounds of every load, which takes three instructions and shares one of them with loads at the same
 * offset: what counts is how many instructions a fused product has beside it.
 *
 * - `tile`: 6 rows by 8 columns in 12 accumulators, with two registers for the panel and one for x all
 *   that 15 hold. x is read where it lies, a number a load: 2.7 instructions a fused product.
 * - `packedTile`: 5 rows by 8 columns in 10 accumulators; four of the rows are packed, so that one load
 *   has their numbers of a step, the fifth is read where it lies, four steps a load: 2.3.
 */

const unrolled = 8;

/** AssemblyScript of assembly/tile.ts, which exists only while it is compiled. */
export function tileSource(): string {
  return ['import { madd } from "./vector";', ...tile(), ...packedTile()].join("\n");
}

function tile(): string[] {
  const rows = [0, 1, 2, 3, 4, 5];
  const step = (step: number) => [
    "{",
    `const low = v128.load(b, ${32 * step});`,
    `const high = v128.load(b, ${32 * step + 16});`,
    ...rows.flatMap((r) => [
      `const x${r} = v128.load32_splat(a${r}, ${4 * step});`,
      ...accumulate(r),
    ]),
    "}",
  ];
  const advance = (steps: number) => [
    `b += ${32 * steps};`,
    ...rows.map((r) => `a${r} += ${4 * steps};`),
  ];
  return [
    "/** out = from + a B, the panel B [k, 8], `count` of 6 rows; no `from` counts as zeros. */",
    "export function tile(out: usize, outStride: usize, a: usize, stride: usize, b: usize,",
    "  from: usize, fromStride: usize, k: i32, count: i32): void {",
    "const last = count - 1;",
    ...rows.map((r) => `let a${r} = a + <usize> min(${r}, last) * stride;`),
    ...rows.flatMap(zero),
    ...loop(step, step(0), advance),
    ...rows.flatMap(writeNext),
    "}",
  ];
}

function packedTile(): string[] {
  const rows = [0, 1, 2, 3];
  const step = (step: number, fifth: readonly string[]) => [
    ...["{", `const four = v128.load(a, ${32 * step});`],
    `const low = v128.load(b, ${32 * step});`,
    `const high = v128.load(right, ${32 * step});`,
    ...rows.flatMap((r) => [`const x${r} = ${lane("four", r)};`, ...accumulate(r)]),
    ...fifth,
    ...accumulate(4),
    "}",
  ];
  const unpacked = (step: number) =>
    step % 4 === 0 ? [`ahead = v128.load(fifth, ${4 * step});`] : [];
  const advance = (steps: number) => [
    ...["a", "b", "right"].map((at) => `${at} += ${32 * steps};`),
    `fifth += ${4 * steps};`,
  ];
  return [
    "/**",
    " * out = from + a B, the panels A [k, 8] of which four columns are rows here and B [k, 8], `count`",
    " * of 4 rows; and outFifth = fromFifth + fifth B for a row as it lies, unless outFifth is 0.",
    " */",
    "export function packedTile(out: usize, outStride: usize, a: usize, fifth: usize, b: usize,",
    "  from: usize, fromStride: usize, outFifth: usize, fromFifth: usize, k: i32, count: i32): void {",
    "let right = b + 16;", // a pointer of its own: loads at one offset share a part of their checks
    "let ahead = f32x4.splat(0);",
    ...[...rows, 4].flatMap(zero),
    ...loop(
      (at) => [...unpacked(at), ...step(at, [`const x4 = ${lane("ahead", at % 4)};`])],
      step(0, ["const x4 = v128.load32_splat(fifth);"]),
      advance,
    ),
    ...rows.flatMap(writeNext),
    "if (outFifth) {",
    ...write(4, "outFifth", "fromFifth"),
    "}",
    "}",
  ];
}

/** Eight steps at a time, then one at a time. */
function loop(
  step: (at: number) => readonly string[],
  single: readonly string[],
  advance: (steps: number) => readonly string[],
): string[] {
  return [
    `for (; k >= ${unrolled}; k -= ${unrolled}) {`,
    ...Array.from({ length: unrolled }, (_, at) => step(at)).flat(),
    ...advance(unrolled),
    "}",
    "for (; k > 0; k--) {",
    ...single,
    ...advance(1),
    "}",
  ];
}

function lane(of: string, i: number): string {
  return `v128.shuffle<f32>(${[of, of, i, i, i, i].join(", ")})`;
}

function zero(r: number): string[] {
  return [`let l${r} = f32x4.splat(0);`, `let h${r} = f32x4.splat(0);`];
}

function accumulate(r: number): string[] {
  return [`l${r} = madd(x${r}, low, l${r});`, `h${r} = madd(x${r}, high, h${r});`];
}

function write(r: number, to: string, from: string): string[] {
  return [
    `if (${from}) {`,
    `l${r} = f32x4.add(v128.load(${from}), l${r});`,
    `h${r} = f32x4.add(v128.load(${from}, 16), h${r});`,
    "}",
    `v128.store(${to}, l${r});`,
    `v128.store(${to}, h${r}, 16);`,
  ];
}

function writeNext(r: number): string[] {
  return [
    `if (count > ${r}) {`,
    ...write(r, "out", "from"),
    "if (from) from += fromStride;",
    "out += outStride;",
    "}",
  ];
}

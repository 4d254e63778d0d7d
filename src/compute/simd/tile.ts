/**
 * Writes the source of the product's inner loop: 6 rows by 8 columns in 12 accumulators, with two
 * registers for the panel and one for x all that 15 hold. Written out eight steps of the sum at a
 * time: Deno checks the bounds of every load, so that fewer other instructions count.
 */

const rows = [0, 1, 2, 3, 4, 5];
const unrolled = 8;

/** AssemblyScript of assembly/tile.ts, which exists only while it is compiled. */
export function tileSource(): string {
  const lines = [
    'import { madd } from "./vector";',
    "/** out = from + a B, the panel B [k, 8], `count` of 6 rows; no `from` counts as zeros. */",
    "export function tile(out: usize, outStride: usize, a: usize, stride: usize, b: usize,",
    "  from: usize, fromStride: usize, k: i32, count: i32): void {",
    "const last = count - 1;",
    ...rows.map((r) => `let a${r} = a + <usize> min(${r}, last) * stride;`),
    ...rows.flatMap((r) => [`let l${r} = f32x4.splat(0);`, `let h${r} = f32x4.splat(0);`]),
    `for (; k >= ${unrolled}; k -= ${unrolled}) {`,
    ...Array.from({ length: unrolled }, (_, step) => accumulate(step)).flat(),
    ...advance(unrolled),
    "}",
    "for (; k > 0; k--) {",
    ...accumulate(0),
    ...advance(1),
    "}",
    ...rows.flatMap(write),
    "}",
  ];
  return lines.join("\n");
}

function accumulate(step: number): string[] {
  return [
    "{",
    `const low = v128.load(b, ${32 * step});`,
    `const high = v128.load(b, ${32 * step + 16});`,
    ...rows.flatMap((r) => [
      `const x${r} = v128.load32_splat(a${r}, ${4 * step});`,
      `l${r} = madd(x${r}, low, l${r});`,
      `h${r} = madd(x${r}, high, h${r});`,
    ]),
    "}",
  ];
}

function advance(steps: number): string[] {
  return [`b += ${32 * steps};`, ...rows.map((r) => `a${r} += ${4 * steps};`)];
}

function write(r: number): string[] {
  return [
    `if (count > ${r}) {`,
    "if (from) {",
    `l${r} = f32x4.add(v128.load(from), l${r});`,
    `h${r} = f32x4.add(v128.load(from, 16), h${r});`,
    "from += fromStride;",
    "}",
    `v128.store(out, l${r});`,
    `v128.store(out, h${r}, 16);`,
    "out += outStride;",
    "}",
  ];
}

/** The matrix product for GPUs: lanes of a workgroup share tiles of a and W in its memory. */

import { lines, range, transposed } from "./matmul_text.ts";
import type { SharedTile } from "./tile.ts";

/** Lanes that run together on most GPUs; an 8 x 4 patch of outputs reads the fewest lines of a tile. */
const PATCH = { across: 8, down: 4 };

/**
 * The entry point; `load_a`, `load_w`, `store` and `p` stand before it.
 *
 * Each lane keeps the 4 x 4 blocks of the next tile in registers while the tile at hand is multiplied.
 * Tiles are [k / 4][k % 4][line / 4] and steps are written out, so that only the last index is known
 * at run time: its bounds check, a minimum, is computed once before the loop.
 */
export function sharedKernel(backward: boolean, tile: SharedTile): string {
  const { height, width, depth, rows, columns } = tile;
  const [down, across] = [height / rows, width / columns]; // lanes
  const quads = range(columns / 4);
  const blocks = blocksOf(backward, tile);
  const step = (k: number) => {
    const line = `[${Math.floor(k / 4)}].lines[${k % 4}]`;
    return [
      "{",
      ...quads.map((j) => `let b${j} = tile_b${line}[x${j}];`),
      ...range(rows / 4).flatMap((q) => [
        `let a${q} = tile_a${line}[y${q}];`,
        ...range(4).flatMap((i) =>
          quads.map((j) =>
            `sum${4 * q + i}_${j} = fma(vec4f(a${q}[${i}]), b${j}, sum${4 * q + i}_${j});`
          )
        ),
      ]),
      "}",
    ].join("\n");
  };
  const write = (r: number, j: number) =>
    `store(first_m + 4u * y${Math.floor(r / 4)} + ${r % 4}u, first_n + 4u * x${j}, sum${r}_${j});`;
  const fetch = (at: string) => lines(blocks.length, (i) => blocks[i].fetch(at));
  return `${shared("A", height, depth)}${shared("B", width, depth)}
@compute @workgroup_size(${down * across})
fn matmul(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let first_m = (group.x + group.y * p.span) * ${height}u;
  let first_n = group.z * ${width}u;
  ${place(down, across)}
${lines(quads.length, (j) => `let x${j} = x + ${j * across}u;`)}
${lines(rows / 4, (q) => `let y${q} = y + ${q * down}u;`)}
${lines(rows, (r) => quads.map((j) => `var sum${r}_${j} = vec4f();`).join(" "))}
${lines(blocks.length, (i) => blocks[i].declared)}
${fetch("0u")}
  for (var depth = 0u; depth < p.k; depth += ${depth}u) {
    workgroupBarrier(); // the tile before has been read
${lines(blocks.length, (i) => blocks[i].keep)}
    workgroupBarrier();
${fetch(`(depth + ${depth}u)`)}
${lines(depth, step)}
  }
${lines(rows, (r) => quads.map((j) => write(r, j)).join("\n"))}
}
`;
}

/** A tile; its padding puts blocks that neighbours along k write at once into different banks. */
function shared(name: "A" | "B", lines: number, depth: number): string {
  const pad = Math.ceil(32 / depth);
  return `
struct Four${name} { lines: array<array<vec4f, ${lines / 4}>, 4>, pad: array<vec4f, ${pad}> }
var<workgroup> tile_${name.toLowerCase()}: array<Four${name}, ${depth / 4}>;`;
}

/** Which outputs a lane owns: by patches, where those fit. */
function place(down: number, across: number): string {
  if (across % PATCH.across > 0 || down % PATCH.down > 0) {
    return `let x = index % ${across}u; let y = index / ${across}u;`;
  }
  const wide = across / PATCH.across;
  const lanes = PATCH.across * PATCH.down;
  return `let x = index / ${lanes}u % ${wide}u * ${PATCH.across}u + index % ${PATCH.across}u;
  let y = index / ${lanes * wide}u * ${PATCH.down}u + index % ${lanes}u / ${PATCH.across}u;`;
}

/** The blocks of 4 x 4 numbers that a lane brings from a and W, a round of all lanes each. */
function blocksOf(backward: boolean, { height, width, depth, rows, columns }: SharedTile) {
  const lanes = (height / rows) * (width / columns);
  const ofA = height * depth / 16;
  const total = ofA + width * depth / 16;
  return range(Math.ceil(total / lanes)).map((round) => {
    const [first, end] = [round * lanes, (round + 1) * lanes];
    const own = (i: number) => `four${round}_${i}`;
    const block = `(index + ${first}u)`;
    const choose = (a: string, w: string) => {
      const ofW = `{ let block = ${block} - ${ofA}u; ${w} }`;
      const guardedW = end > total ? `if ${block} < ${total}u ${ofW}` : ofW;
      if (first >= ofA) return guardedW;
      const onlyA = `{ let block = ${block}; ${a} }`;
      if (end <= ofA) return onlyA;
      return `if ${block} < ${ofA}u ${onlyA} else ${guardedW}`;
    };
    const along = `let k = block % ${depth / 4}u; let line = block / ${depth / 4}u;`;
    const over = `let line = block % ${width / 4}u; let k = block / ${width / 4}u;`;
    const load = (name: "a" | "w", at: string) =>
      lines(
        4,
        (i) =>
          name === "w" && backward
            ? `${own(i)} = load_w(${at} + 4u * k + ${i}u, first_n + 4u * line);`
            : `${own(i)} = load_${name}(first_${
              name === "a" ? "m" : "n"
            } + 4u * line + ${i}u, ${at} + 4u * k);`,
      );
    const turned = (tile: string) =>
      transposed(4, (i) => `${tile}[k].lines[${i}][line] =`, (j) => own(j));
    const straight = (tile: string) => lines(4, (i) => `${tile}[k].lines[${i}][line] = ${own(i)};`);
    const w = backward ? over : along;
    return {
      declared: range(4).map((i) => `var ${own(i)}: vec4f;`).join(" "),
      fetch: (at: string) => choose(`${along}\n${load("a", at)}`, `${w}\n${load("w", at)}`),
      keep: choose(
        `${along}\n${turned("tile_a")}`,
        `${w}\n${backward ? straight("tile_b") : turned("tile_b")}`,
      ),
    };
  });
}

/** Pieces of WGSL that both families of the matrix product are written with. */

/** 0 … count - 1. */
export const range = (count: number): readonly number[] => [...Array(count).keys()];

/** `count` lines of text. */
export const lines = (count: number, line: (i: number) => string): string =>
  range(count).map(line).join("\n");

/** Statements that take the i-th numbers of four vectors. */
export function transposed(
  count: number,
  to: (i: number) => string,
  from: (j: number) => string,
): string {
  return lines(
    count,
    (i) => `${to(i)} vec4f(${range(4).map((j) => `${from(j)}[${i}]`).join(", ")});`,
  );
}

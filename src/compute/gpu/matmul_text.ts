/** Pieces of WGSL that both families of the matrix product are written with. */

/** 0 … count - 1. */
export const range = (count: number): readonly number[] => [...Array(count).keys()];

/** `count` lines of text. */
export const lines = (count: number, line: (i: number) => string): string =>
  range(count).map(line).join("\n");

/** Four lines of B(k … k+3, n … n+3) as `${to}0` … `${to}3`, each along n. */
export function fourLinesOfB(
  backward: boolean,
  { to, k, n }: { readonly to: string; readonly k: string; readonly n: string },
): string {
  if (backward) return lines(4, (i) => `let ${to}${i} = load_w(${k} + ${i}u, ${n});`);
  return lines(4, (i) => `let ${to}w${i} = load_w(${n} + ${i}u, ${k});`) + "\n" +
    transposed(4, (i) => `let ${to}${i} =`, (j) => `${to}w${j}`);
}

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

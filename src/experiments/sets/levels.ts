/** Pruning levels as people write them: per cent of all neurons. */

/**
 * The part of all neurons that `1%`, `0.01 %` means.
 *
 * @throws {RangeError} for 0, for more than 100 %, and for what is no percentage.
 */
export function parseLevel(text: string): number {
  const [, digits] = /^\s*(\d+(?:\.\d*)?|\.\d+)\s*%\s*$/.exec(text) ?? [];
  const percent = Number(digits);
  if (percent > 0 && percent <= 100) return percent / 100;
  throw new RangeError(
    `Cannot cut at level ${
      JSON.stringify(text)
    }: expected more than 0 % and at most 100 %, e.g. 0.1%`,
  );
}

/** A part as people write it: .001 → "0.1 %". */
export function levelName(level: number): string {
  return `${Number((100 * level).toPrecision(12))} %`;
}

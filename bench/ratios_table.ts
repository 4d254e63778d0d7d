/** The table of bench/ratios.ts: times, ratios and errors of competitors. */

/** What one competitor took and found in one round. */
export interface Measured {
  readonly name: string;
  /** A pair. */
  readonly seconds: number;
  /** Forward and backward passes a pair. */
  readonly evaluations: number;
  /** Of each pair: its distance from the reference. */
  readonly errors: readonly number[];
}

/** |found - reference| / |reference| over the neurons that were found, i.e. are not NaN. */
export function distance(found: Float64Array, reference: Float64Array): number {
  let [difference, norm] = [0, 0];
  found.forEach((value, id) => {
    if (Number.isNaN(value)) return;
    difference += (value - reference[id]) ** 2;
    norm += reference[id] ** 2;
  });
  return Math.sqrt(difference / norm);
}

/** Each competitor's fastest round, in the order of their first. */
export function best(rounds: readonly Measured[]): Measured[] {
  const fastest = new Map<string, Measured>();
  for (const one of rounds) {
    const before = fastest.get(one.name);
    if (!before || one.seconds < before.seconds) fastest.set(one.name, one);
  }
  return [...fastest.values()];
}

/** Markdown; ratios to the competitor named `to`. */
export function ratiosTable(measured: readonly Measured[], to: string): string {
  const unit = measured.find(({ name }) => name === to);
  if (!unit) throw new RangeError(`Cannot tell ratios to "${to}": it was not measured`);
  const lines = measured.map(({ name, seconds, evaluations, errors }) => {
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    return [
      name,
      evaluations.toFixed(evaluations % 1 ? 1 : 0),
      seconds.toPrecision(3),
      (seconds / unit.seconds).toPrecision(2),
      mean.toPrecision(2),
      Math.max(...errors).toPrecision(2),
    ];
  });
  const head = ["what", "evaluations", "seconds a pair", "ratio", "mean error", "worst error"];
  return [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join(
    "\n",
  );
}

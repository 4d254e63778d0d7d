/** Which signals go along with what neurons do: rank correlations, corrected for their number. */

import { rankCorrelations } from "../../ir/correlation_intervals.ts";
import { seedFor } from "../../ir/random.ts";
import { holm } from "../../ir/significance.ts";
import type { PairValues } from "./neuron_values.ts";
import { type SignalName, signalNames } from "./signals.ts";

/** What of a neuron is correlated: its conductance summed over tokens, or its mean activation. */
export type Quantity = "conductance" | "activation";

const quantities: readonly Quantity[] = ["conductance", "activation"];

/** One correlation. Numbers that cannot be told are null. */
export interface SignalCorrelation {
  /** `layer.component.unit`. */
  readonly neuron: string;
  /** What of it. */
  readonly quantity: Quantity;
  /** With what. */
  readonly signal: SignalName;
  /** Spearman's ρ; null where the neuron has the same value in all pairs. */
  readonly rho: number | null;
  /** Of the 95 % interval over queries; null where they are too few. */
  readonly low: number | null;
  /** Likewise. */
  readonly high: number | null;
  /** Two-tailed. */
  readonly p: number | null;
  /** p by Holm's correction over all correlations of the description. */
  readonly holm: number | null;
  /** Pairs that have the signal. */
  readonly pairs: number;
  /** Their queries. */
  readonly queries: number;
}

/** A signal that cannot be correlated with, and why. */
export interface SignalLeftOut {
  /** Which. */
  readonly signal: SignalName;
  /** As a message ends. */
  readonly why: string;
}

/** The signals of one pair. */
export type Signals = Readonly<Record<SignalName, number>>;

/** Correlations, and the signals that have none. */
export interface Correlations {
  readonly rows: readonly SignalCorrelation[];
  readonly leftOut: readonly SignalLeftOut[];
}

/**
 * The signals of these names that differ between pairs; others are left out, or, where they were
 * asked for by name, refused.
 *
 * @throws {RangeError} naming the signal that is constant, or that no pair has, where `asked`; where no
 * signal is left.
 */
export function usableSignals(
  signals: readonly Signals[],
  { names = signalNames, asked }: {
    readonly names?: readonly SignalName[];
    readonly asked: boolean;
  },
): { readonly usable: readonly SignalName[]; readonly leftOut: readonly SignalLeftOut[] } {
  const leftOut = names.flatMap((signal): SignalLeftOut[] => {
    const values = new Set(signals.map((one) => one[signal]).filter((value) => !isNaN(value)));
    if (values.size > 1) return [];
    const [value] = values;
    const of = `${signals.length} pair${signals.length === 1 ? "" : "s"}`;
    return [{
      signal,
      why: value === undefined
        ? `none of ${of} has it`
        : `it is ${Number(value.toPrecision(6))} in all of ${of} that have it`.replace(
          signals.some((one) => isNaN(one[signal])) ? "" : " that have it",
          "",
        ),
    }];
  });
  const usable = names.filter((name) => leftOut.every(({ signal }) => signal !== name));
  const [first] = leftOut;
  if (first && (asked || usable.length === 0)) {
    const others = asked ? "" : ", and no other signal differs between pairs";
    throw new RangeError(
      `Cannot correlate with signal ${first.signal}: expected values that differ between pairs, ${first.why}${others}`,
    );
  }
  return { usable, leftOut };
}

/** Correlates neurons, by name, with signals that differ between pairs. */
export function correlate(
  { neurons, values, signals, queries }: {
    readonly neurons: readonly string[];
    /** By pair. */
    readonly values: readonly PairValues[];
    readonly signals: readonly Signals[];
    /** The query of each pair: queries are the sample. */
    readonly queries: readonly string[];
  },
  { names, draws, seed = 0 }: {
    readonly names: readonly SignalName[];
    readonly draws?: number;
    readonly seed?: number;
  },
): readonly SignalCorrelation[] {
  const places = (name: SignalName) =>
    signals.flatMap((one, place) => isNaN(one[name]) ? [] : [place]);
  const rows: SignalCorrelation[] = [];
  // signals that the same pairs have are drawn together
  for (const group of Map.groupBy(names, (name) => places(name).join(" ")).values()) {
    const kept = places(group[0]);
    const clusters = kept.map((place) => queries[place]);
    const xs = neurons.flatMap((_, n) => {
      const own = kept.map((place) => values[place].neurons[n]);
      return [own.map((one) => one.conductance), own.map((one) => one.mean)]
        .map((one) => Float64Array.from(one));
    });
    const ys = group.map((name) => Float64Array.from(kept, (place) => signals[place][name]));
    const found = rankCorrelations(xs, ys, { clusters, draws, seed: seedFor(seed, "signals") });
    found.forEach((row, x) =>
      row.forEach(({ rho, low, high, p }, y) =>
        rows.push({
          neuron: neurons[Math.floor(x / quantities.length)],
          quantity: quantities[x % quantities.length],
          signal: group[y],
          ...{ rho: told(rho), low: told(low), high: told(high), p: told(p), holm: null },
          pairs: kept.length,
          queries: new Set(clusters).size,
        })
      )
    );
  }
  const place = {
    neuron: new Map(neurons.map((name, n) => [name, n])),
    signal: new Map(names.map((name, s) => [name, s])),
  };
  rows.sort((a, b) =>
    place.neuron.get(a.neuron)! - place.neuron.get(b.neuron)! ||
    quantities.indexOf(a.quantity) - quantities.indexOf(b.quantity) ||
    place.signal.get(a.signal)! - place.signal.get(b.signal)!
  );
  return corrected(rows);
}

/** Rows with Holm's correction of those p that can be told, all together. */
export function corrected<T extends { readonly p: number | null; readonly holm: number | null }>(
  rows: readonly T[],
): readonly T[] {
  const p = holm(rows.flatMap((row) => row.p === null ? [] : [row.p]));
  let next = 0;
  return rows.map((row) => row.p === null ? row : { ...row, holm: p[next++] });
}

/** null for what cannot be told. */
export function told(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** What a run says of its pairs once all are attributed. */

import {
  type LedgerLine,
  neuronCount,
  type NeuronSpace,
  type Part,
  type SummedPairs,
} from "../../../internal.ts";
import type { Source, SourcePair } from "../options/source.ts";
import type { Chosen } from "./choose_pairs.ts";
import type { Run } from "./open_run.ts";

/** Gaps of completeness beyond this part of F's change are listed, and so many of them. */
const [LISTED, MOST_LISTED] = [0.1, 10];

/** A part as per cent. */
export function percent(part: number): string {
  return `${part < 1 ? (100 * part).toPrecision(2) : (100 * part).toFixed(0)} %`;
}

/** Which units a scheme towards a unit holds. */
export function noteAbsent(
  run: Run,
  { space, absent, towards }: {
    readonly space: NeuronSpace;
    readonly absent: readonly Part[];
    readonly towards: string;
  },
): void {
  const count = absent.reduce((sum, { units }) => sum + units, 0);
  const all = neuronCount(space);
  run.note(
    `conductance towards ${towards} of the ${
      all - count
    } units below it; ${count} of all ${all} are not below and NaN in the files`,
  );
}

/** How many pairs there are, and what they took. */
export function noteSummary(
  run: Run,
  { source: { most, order, things = "pairs" }, chosen: { kept, dropped, asked }, summed }: {
    readonly source: Source;
    readonly chosen: Chosen;
    readonly summed: SummedPairs;
  },
): void {
  const { evaluations, repeated, gaps } = summed;
  const count = kept.length;
  const worst = kept.find(({ index }) => index === gaps.worstPair);
  const again = repeated > 0
    ? ` and ${(repeated / count).toFixed(1)} again for lack of memory`
    : "";
  run.note(
    `${count} ${things} attributed, ${dropped} dropped since the model disagrees with their label` +
      (asked > 0 ? `, asked about ${asked} of ${order.length}` : "") +
      (worst === undefined
        ? ""
        : `; ${evaluations.toFixed(1)} evaluations a ${
          things.slice(0, -1)
        }${again}; gap of completeness ${percent(gaps.mean)} on average, ${
          percent(gaps.worst)
        } at worst (${worst.name})`),
  );
  if (asked === order.length && most < order.length && count + dropped === asked && count < most) {
    run.note(
      `note: ${count} ${things} of at most ${most}: the model agrees with no other of ${asked}`,
    );
  }
}

/** The pairs whose gaps are large, the largest first. */
export function noteGaps(
  run: Run,
  { pairs, ledger }: {
    readonly pairs: readonly SourcePair[];
    readonly ledger: readonly LedgerLine[];
  },
): void {
  const byIndex = new Map(pairs.map((pair) => [pair.index, pair]));
  const beyond = ledger.filter(({ relative }) => !(relative <= LISTED))
    .toSorted((a, b) => b.relative - a.relative || a.index - b.index)
    .map(({ index, relative }) => ({ ...byIndex.get(index)!, gap: relative }));
  if (beyond.length === 0) return;
  const listed = beyond.slice(0, MOST_LISTED)
    .map(({ name, gap }) => `${name} (${percent(gap)})`).join("; ");
  run.note(
    `note: gaps of completeness beyond ${
      percent(LISTED)
    } of F's change: ${beyond.length}, of ${listed}${
      beyond.length > MOST_LISTED ? "; …" : ""
    }; --completeness-limit makes them fatal`,
  );
  run.event("gaps", {
    beyond: LISTED,
    pairs: beyond.map(({ index, gap }) => ({ line: index, gap })),
  });
}

/** Specification curves: what universes say of every claim (Simonsohn, Simmons and Nelson 2020). */

import { effectOf, type EffectRule, effectRules } from "../claims/effects.ts";
import type {
  ChoiceEffect,
  ClaimCurve,
  Conclusion,
  MultiverseChoice,
  UniversePoint,
  VerdictCounts,
} from "../results/results.ts";

/** A choice is named as one that a claim hangs on where it moves this part of verdicts or more. */
const MOVES = 0.1;

/** What a universe found. */
export interface Found {
  /** From 1: the study's own settings. */
  readonly number: number;
  /** The alternative's place by choice. */
  readonly chosen: readonly number[];
  readonly conclusions: readonly Conclusion[];
}

/** The curve of every claim. */
export function claimCurves(
  universes: readonly Found[],
  choices: readonly MultiverseChoice[],
): ClaimCurve[] {
  const [own] = universes;
  return own.conclusions.map(({ id, claim, source, verdict }, at): ClaimCurve => {
    const rule: EffectRule = effectRules[id] ?? { of: "mean", lines: [0] };
    const found = universes.map(({ conclusions }) => conclusions[at]);
    const effects = found.map(({ tests }) => effectOf(tests, rule));
    const points = universes.map(({ number }, i): UniversePoint => {
      const { value, interval, p } = effects[i];
      return { universe: number, verdict: found[i].verdict, value, interval, p };
    });
    const moved = choices.map((one, i) => choiceEffect(one, i, { universes, points }));
    const most = Math.max(0, ...moved.map(({ moves }) => moves));
    return {
      ...{ id, claim, source },
      own: verdict,
      counts: countsOf(points),
      effect: rule.of,
      lines: rule.lines,
      unit: effects.find(({ unit }) => unit !== "")?.unit ?? "",
      points,
      choices: moved,
      hangsOn: moved.filter(({ moves }) => moves > 0 && (moves >= MOVES || moves === most))
        .toSorted((a, b) => b.moves - a.moves).map(({ choice }) => choice),
    };
  });
}

/**
 * What a choice does: alternatives are compared over the universes that have a counterpart under each
 * of them, all other choices being equal.
 */
function choiceEffect(
  { name, alternatives }: MultiverseChoice,
  at: number,
  { universes, points }: {
    readonly universes: readonly Found[];
    readonly points: readonly UniversePoint[];
  },
): ChoiceEffect {
  const byOthers = Map.groupBy(
    universes.keys(),
    (i) => universes[i].chosen.with(at, 0).join(),
  );
  const compared = [...byOthers.values()].filter(({ length }) => length === alternatives.length)
    .flat();
  const of = alternatives.map((_, a) =>
    compared.filter((i) => universes[i].chosen[at] === a).map((i) => points[i])
  );
  const found = alternatives.map((alternative, a) => {
    const values = of[a].map(({ value }) => value);
    const counts = countsOf(of[a]);
    return {
      name: alternative,
      counts,
      holds: counts.holds / Math.max(1, of[a].length),
      value: values.length === 0 || values.includes(null)
        ? null
        : values.reduce((sum: number, value) => sum + value!, 0) / values.length,
    };
  });
  const parts = of.map((some, a) =>
    Object.values(found[a].counts).map((count) => count / Math.max(1, some.length))
  );
  const distance = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, part, i) => sum + Math.abs(part - b[i]), 0) / 2;
  return {
    choice: name,
    moves: Math.max(0, ...parts.flatMap((a) => parts.map((b) => distance(a, b)))),
    alternatives: found,
  };
}

function countsOf(points: readonly UniversePoint[]): VerdictCounts {
  const count = (verdict: Conclusion["verdict"]) =>
    points.filter((one) => one.verdict === verdict).length;
  return {
    holds: count("holds"),
    mixed: count("mixed"),
    fails: count("fails"),
    untested: count("untested"),
  };
}

/** A claim's verdict over all universes, as one line. */
export function verdictLine({ counts, points, choices, hangsOn }: ClaimCurve): string {
  const parts = [
    `holds in ${counts.holds} of ${points.length} universes`,
    `reverses in ${counts.fails}`,
    ...(counts.mixed > 0 ? [`mixed in ${counts.mixed}`] : []),
    ...(counts.untested > 0 ? [`cannot be told in ${counts.untested}`] : []),
  ];
  const why = hangsOn.map((name) => {
    const { alternatives, moves } = choices.find(({ choice }) => choice === name)!;
    const shares = alternatives.map((one) => `${one.name} ${whole(one.holds)}`);
    return alternatives.every(({ holds }) => holds === alternatives[0].holds)
      ? `${name} (other verdicts in ${whole(moves)})`
      : `${name} (holds with ${shares.join(", ")})`;
  });
  return `${parts.join("; ")}; hangs on: ${
    why.length > 0 ? why.join(", ") : "none of the choices"
  }`;
}

const whole = (part: number) => `${Math.round(100 * part)} %`;

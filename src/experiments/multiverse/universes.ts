/** Universes: a study under every combination of alternatives, or with one choice varied at a time. */

import type { Study } from "../study/study.ts";
import { parseStudy } from "../study/study_file.ts";
import { edited, valueAt } from "./edits.ts";
import type { Alternative, Choice, OwnStudy } from "./variation_file.ts";

/** All combinations, or the study's own with each other alternative put in alone. */
export type Design = "full" | "one-at-a-time";

/** A study under one combination of alternatives. */
export interface Universe {
  /** From 1: the study's own settings. */
  readonly number: number;
  /** The alternative's place by choice, in the choices' order; 0 is the study's own. */
  readonly chosen: readonly number[];
  readonly study: Study;
  /** The contents of its study file. */
  readonly contents: Readonly<Record<string, unknown>>;
}

/** The most universes that are made: each takes a moment even where it shares all of its steps. */
const MOST = 20_000;

/** Sections that no claim rests on, and that a study has where it asks for them. */
const asked = ["segments", "describe", "faithfulness", "cuts"];

/** A study's file without the sections that no claim rests on. */
export function claimsOnly(contents: OwnStudy["contents"]): OwnStudy["contents"] {
  const kept = Object.entries(contents).filter(([key]) => !asked.includes(key) && key !== "traces");
  const units = valueAt(contents, "attribution.units");
  const hasHeads = Array.isArray(units) && units.includes("heads"); // which have no traces
  return { ...Object.fromEntries(kept), ...(hasHeads ? {} : { traces: false }), certainty: false };
}

/** How many universes choices make. */
export function universeCount(choices: readonly Choice[], design: Design): number {
  const others = choices.map(({ alternatives }) => alternatives.length - 1);
  return design === "full"
    ? others.reduce((product, count) => product * (count + 1), 1)
    : others.reduce((sum, count) => sum + count, 1);
}

/**
 * The universes of choices, that of the study's own settings first.
 *
 * @throws {RangeError} where there are too many, or none but the study's own; {@linkcode SyntaxError} that names the
 * alternatives with which the study's file makes no study.
 */
export function universesOf(
  { contents }: Pick<OwnStudy, "contents">,
  choices: readonly Choice[],
  { file, design }: { readonly file: string; readonly design: Design },
): Universe[] {
  const count = universeCount(choices, design);
  if (count === 1) {
    throw new RangeError("Cannot vary the study: expected an alternative beside its own, got none");
  }
  if (count > MOST) {
    throw new RangeError(
      `Cannot make ${count} universes: expected at most ${MOST}, as of fewer choices, or one at a time`,
    );
  }
  const make = (chosen: readonly number[], place: number): Universe => {
    const alternatives = chosen.map((at, i) => choices[i].alternatives[at]);
    const named = chosen.flatMap((at, i) =>
      at === 0 ? [] : [`${choices[i].name} ${alternatives[i].name}`]
    );
    try {
      const own = claimsOnly(edited(contents, merged(alternatives)));
      return {
        number: place + 1,
        chosen,
        contents: own,
        study: parseStudy(JSON.stringify(own), file),
      };
    } catch (error) {
      const { message } = error as Error;
      throw new SyntaxError(
        named.length === 0 ? message : `Cannot vary ${named.join(", ")}: ${message}`,
        { cause: error },
      );
    }
  };
  // each alternative alone comes first, so that an error names it and not a combination
  const alone = combinations(choices, "one-at-a-time").map(make);
  return design === "one-at-a-time" ? alone : combinations(choices, design).map(make);
}

function merged(alternatives: readonly Alternative[]) {
  return Object.assign({}, ...alternatives.map(({ edit }) => edit));
}

/** Places of alternatives, the study's own first; the last choice changes fastest. */
function combinations(choices: readonly Choice[], design: Design): (readonly number[])[] {
  const own = choices.map(() => 0);
  const others = ({ alternatives }: Choice) => alternatives.keys().drop(1);
  if (design === "one-at-a-time") {
    return [own, ...choices.flatMap((one, i) => [...others(one)].map((at) => own.with(i, at)))];
  }
  return choices.reduce<(readonly number[])[]>(
    (found, { alternatives }) =>
      found.flatMap((chosen) => [...alternatives.keys()].map((at) => [...chosen, at])),
    [[]],
  );
}

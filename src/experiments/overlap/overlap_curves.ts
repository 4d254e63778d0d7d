/** Which intersections Figs. 2 and 3 draw. */

import type { OverlapCurve, OverlapFigure } from "../results/results.ts";
import type { SchemeName } from "../sets/resolve.ts";
import type { Label } from "../../ir/words.ts";

/** A collection and the schemes it has. */
export interface CurveCollection {
  /** e.g. "ms". */
  readonly abbreviation: string;
  /** Whether the model was trained on it. */
  readonly inDomain: boolean;
  /** Which schemes it has. */
  readonly labels: readonly Label[];
}

/** A curve without its points. */
export type CurvePlan = Omit<OverlapCurve, "points"> & {
  /** The schemes that are intersected. */
  readonly schemes: readonly SchemeName[];
};

const letters = { relevant: "P", "non-relevant": "N" } as const;

/** The curves of collections; `without` are those that Figs. 2b, 2d and half of Fig. 3 leave out. */
export function overlapCurves(
  collections: readonly CurveCollection[],
  without: readonly string[],
): CurvePlan[] {
  const isLeftOut = (one: CurveCollection) => without.includes(one.abbreviation);
  const curves: CurvePlan[] = [];
  for (const label of ["relevant", "non-relevant"] as const) {
    const letter = letters[label];
    const own = collections.filter(({ labels }) => labels.includes(label));
    const all: OverlapFigure = label === "relevant" ? "2a" : "2c";
    const some: OverlapFigure = label === "relevant" ? "2b" : "2d";
    own.forEach((x, i) =>
      own.slice(i + 1).forEach((y) => {
        const figures = without.length > 0 && !isLeftOut(x) && !isLeftOut(y) ? [all, some] : [all];
        curves.push(curve([x, y], letter, { kind: "pair", label, figures }));
      })
    );
    for (
      const [figure, members] of [
        ["3", own],
        ["3 without", without.length > 0 ? own.filter((one) => !isLeftOut(one)) : []],
      ] as const
    ) {
      const outside = members.filter((one) => !one.inDomain);
      const lacking = collections.filter((one) => !members.includes(one));
      const names = lacking.map(({ abbreviation }) => ` - ${abbreviation}`).join("");
      const namesOutside = lacking.filter((one) => !one.inDomain)
        .map(({ abbreviation }) => ` - ${abbreviation}`).join("");
      for (
        const [set, chosen, left] of [
          ["O", outside, namesOutside],
          ["A", members, names],
        ] as const
      ) {
        if (chosen.length < 2 || set === "A" && outside.length === members.length) continue;
        curves.push({
          ...curve(chosen, letter, { kind: "all", label, figures: [figure] }),
          expression: `all(${letter}, ${set}${left})`,
        });
      }
    }
  }
  for (const one of collections.filter(({ labels }) => labels.length === 2)) {
    const x = one.abbreviation;
    curves.push({
      expression: `P[${x}] & N[${x}]`,
      kind: "labels",
      collections: [x],
      inDomain: one.inDomain,
      figures: ["3"],
      schemes: [`P_${x}`, `N_${x}`],
    });
  }
  return curves;
}

function curve(
  members: readonly CurveCollection[],
  letter: "P" | "N",
  about: Pick<OverlapCurve, "kind" | "label" | "figures">,
): CurvePlan {
  const names = members.map(({ abbreviation }) => abbreviation);
  return {
    expression: names.map((name) => `${letter}[${name}]`).join(" & "),
    ...about,
    collections: names,
    inDomain: members.some((one) => one.inDomain),
    schemes: names.map((name): SchemeName => `${letter}_${name}`),
  };
}

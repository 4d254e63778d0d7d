/** Figs. 2a-d: the intersections of every two collections. */

import type {
  OverlapCurve,
  OverlapStudy,
  StudyResults,
} from "../../experiments/results/results.ts";
import { colours, type Figure, series } from "./figure.ts";
import { curveRows, curveSpec, type DrawnCurve, labelOf } from "./overlaps.ts";

const panels = [
  { panel: "2a", label: "relevant", without: false },
  { panel: "2b", label: "relevant", without: true },
  { panel: "2c", label: "non-relevant", without: false },
  { panel: "2d", label: "non-relevant", without: true },
] as const;

/** Figs. 2a-d, as far as the study has their curves. */
export function pairFigures(
  study: OverlapStudy,
  { leftOut }: Pick<StudyResults, "leftOut">,
): readonly Figure[] {
  const drawn = panels.map((each) => ({
    ...each,
    curves: study.curves.filter(({ kind, figures }) =>
      kind === "pair" && figures.includes(each.panel)
    ),
  })).filter(({ curves }) => curves.length > 0);
  return drawn.map(({ panel, label, without, curves }, i) => {
    const which = without ? `all but ${leftOut.join(", ")}` : "every two collections";
    return {
      id: `figure-${panel}`,
      number: `Figure ${panel}`,
      title: `Intersections of “${label}” sets, ${which}`,
      caption: i > 0 ? [`Drawn like Figure ${drawn[0].panel}.`] : [
        "Each curve: two collections. Plain, in colour: one of them is the training collection; " +
        "dashed, grey: neither is (OOD). Grey area: 95\u00a0% of random sets with as many neurons in " +
        "each layer and component; dotted: chance, if sets were independent.",
      ],
      spec: picture(`${panel}. ${label[0].toUpperCase()}${label.slice(1)}: ${which}`, curves),
      rows: curveRows(curves),
    };
  });
}

const shapes = ["circle", "square", "triangle-up", "diamond", "triangle-down", "cross"];

function picture(title: string, curves: readonly OverlapCurve[]) {
  // Dashed curves have one colour together, as in the paper.
  const outside = curves.filter((curve) => !curve.inDomain).map((curve, _, all): DrawnCurve => ({
    curve,
    colour: colours.muted.light,
    dash: [5, 4],
    width: all.length > 6 ? 1 : 1.5,
  }));
  const inDomain = curves.filter((curve) => curve.inDomain).map((curve, i): DrawnCurve => ({
    curve,
    colour: series[i % series.length],
    dash: [],
    width: 2.25,
    shape: shapes[i % shapes.length],
  }));
  const name = (drawn: DrawnCurve) => labelOf(drawn.curve.collections.join(" ∩ "), drawn);
  const middle = outside[Math.floor(outside.length / 2)];
  const labels = [
    ...inDomain.map(name),
    ...(outside.length === 1 ? [name(middle)] : []),
    ...(outside.length > 1 ? [labelOf(`OOD pairs (${outside.length})`, middle)] : []),
  ];
  const longest = Math.max(...labels.map(({ text }) => text.length));
  const labelWidth = 42 + Math.min(150, 7.6 * longest);
  return curveSpec({ title, drawn: [...outside, ...inDomain], labels, labelWidth });
}

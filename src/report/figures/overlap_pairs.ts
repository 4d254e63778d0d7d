/** Figs. 2a-d: the intersections of every two collections. */

import type { OverlapCurve, OverlapStudy, StudyResults } from "../../experiments/results.ts";
import { colours, type Figure, series } from "./figure.ts";
import { curveRows, curveSpec, type DrawnCurve } from "./overlaps.ts";

const panels = [
  { panel: "2a", label: "relevant", without: false },
  { panel: "2b", label: "relevant", without: true },
  { panel: "2c", label: "non-relevant", without: false },
  { panel: "2d", label: "non-relevant", without: true },
] as const;

/** Figs. 2a-d, as far as the study has their curves. */
export function pairFigures(study: OverlapStudy, { leftOut }: StudyResults): readonly Figure[] {
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
        "dashed, grey: neither is (OOD). Grey area: 95 % of random sets with as many neurons in " +
        "each layer and component; dotted: chance, if sets were independent.",
      ],
      spec: picture(`${panel}  “${label}”: ${which}`, curves),
      rows: curveRows(curves),
    };
  });
}

function picture(title: string, curves: readonly OverlapCurve[]) {
  const inDomain = curves.filter((curve) => curve.inDomain);
  const outside = curves.filter((curve) => !curve.inDomain);
  // Dashed curves are told apart by no colour where there are many, as in the paper.
  const drawn: DrawnCurve[] = [
    ...outside.map((curve) => ({
      curve,
      colour: colours.muted.light,
      dash: [5, 4],
      width: outside.length > 6 ? 1 : 1.5,
    })),
    ...inDomain.map((curve, i) => ({
      curve,
      colour: series[i % series.length],
      dash: [],
      width: 2.25,
    })),
  ];
  const end = ({ points }: OverlapCurve) => points[points.length - 1].percent;
  const name = ({ collections }: OverlapCurve) => collections.join(" ∩ ");
  const few = outside.length <= 4;
  const middle = [...outside].sort((a, b) => end(a) - end(b))[Math.floor(outside.length / 2)];
  const labels = [
    ...inDomain.map((curve, i) => ({
      text: name(curve),
      colour: series[i % series.length],
      end: end(curve),
    })),
    ...(few ? outside : [middle]).map((curve) => ({
      text: few ? name(curve) : `OOD pairs (${outside.length})`,
      colour: colours.muted.light,
      end: end(curve),
    })),
  ];
  const longest = Math.max(...labels.map(({ text }) => text.length));
  return curveSpec({ title, drawn, labels, labelWidth: 30 + Math.min(150, 7.2 * longest) });
}

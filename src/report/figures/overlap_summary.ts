/** Fig. 3: the intersections over all collections, and those of the two labels. */

import type {
  OverlapCurve,
  OverlapStudy,
  StudyResults,
} from "../../experiments/results/results.ts";
import { notation } from "../notation.ts";
import { colours, type Figure } from "./figure.ts";
import { curveRows, curveSpec, type DrawnCurve, labelOf } from "./overlaps.ts";

/** Fig. 3: with every collection, and without those left out. */
export function summaryFigures(
  study: OverlapStudy,
  { leftOut }: Pick<StudyResults, "leftOut">,
): readonly Figure[] {
  const drawn = (["3", "3 without"] as const).map((panel) => ({
    panel,
    curves: study.curves.filter(({ figures }) => figures.includes(panel)),
  })).filter(({ curves }) => curves.some(({ kind }) => kind === "all"));
  return drawn.map(({ panel, curves }, i) => {
    const without = panel === "3 without";
    const which = without ? `all but ${leftOut.join(", ")}` : "all collections";
    return {
      id: without ? "figure-3-without" : "figure-3",
      number: without ? "Figure 3, continued" : "Figure 3",
      title: `Intersections over ${which}, and of the two labels`,
      caption: i > 0 ? ["Drawn like Figure 3."] : [
        "Plain: over a set with the training collection; dashed: over collections out of domain " +
        "alone; blue for “relevant”, vermillion for “non-relevant”, with 95\u00a0% intervals. Grey, " +
        "dash-dotted: P and N of one collection. Grey area: 95\u00a0% of random sets with as many " +
        "neurons in each layer and component; dotted: chance; both for each number of sets. The sets " +
        "over collections out of domain contain those over all by construction: that a dashed curve " +
        "is above its plain one says nothing.",
      ],
      spec: picture(`3. Over ${which}`, curves),
      rows: curveRows(curves),
    };
  });
}

function picture(title: string, curves: readonly OverlapCurve[]) {
  const labels = curves.filter(({ kind }) => kind === "labels").map((curve): DrawnCurve => ({
    curve,
    colour: colours.muted.light,
    dash: [6, 3, 1, 3],
    width: 1.5,
  }));
  const all = curves.filter(({ kind }) => kind === "all").map((curve): DrawnCurve => ({
    curve,
    colour: curve.label === "relevant" ? colours.blue.light : colours.vermillion.light,
    dash: curve.inDomain ? [] : [6, 4],
    width: 2.25,
    interval: true,
  }));
  const name = (drawn: DrawnCurve) => labelOf(notation(drawn.curve.expression).unicode, drawn);
  const middle = labels[Math.floor(labels.length / 2)];
  const shown = [
    ...all.map(name),
    ...(labels.length === 1 ? [name(middle)] : []),
    ...(labels.length > 1 ? [labelOf(`P ∩ N of one (${labels.length})`, middle)] : []),
  ];
  const longest = Math.max(...shown.map(({ text }) => text.length));
  const labelWidth = 42 + Math.min(180, 7.1 * longest);
  return curveSpec({ title, drawn: [...labels, ...all], labels: shown, labelWidth });
}

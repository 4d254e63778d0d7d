/** Every figure of a study, by the section of the report that shows it. */

import type { StudyResults } from "../../experiments/results/results.ts";
import { ablationFigures } from "./ablation.ts";
import { convergenceFigures } from "./convergence.ts";
import { descriptionFigures } from "./description.ts";
import { cutFigures } from "./cuts.ts";
import { deletionFigures } from "./deletion.ts";
import type { Figure } from "./figure.ts";
import { headFigures } from "./heads.ts";
import { locationFigures } from "./location.ts";
import { pairFigures } from "./overlap_pairs.ts";
import { summaryFigures } from "./overlap_summary.ts";
import { traceFigures } from "./path_trace.ts";
import { segmentFigures } from "./segments.ts";

/** Figures by section; a section that a study lacks has none. */
export interface Figures {
  readonly traces: readonly Figure[];
  readonly overlaps: readonly Figure[];
  readonly ablation: readonly Figure[];
  readonly location: readonly Figure[];
  readonly segments: readonly Figure[];
  readonly convergence: readonly Figure[];
  readonly description: readonly Figure[];
  readonly cuts: readonly Figure[];
  readonly heads: readonly Figure[];
  readonly faithfulness: readonly Figure[];
}

/** The parts of a study's results that are drawn. */
export type DrawnResults =
  & Pick<
    StudyResults,
    | "traces"
    | "overlaps"
    | "ablation"
    | "locations"
    | "segments"
    | "convergence"
    | "description"
    | "heads"
    | "cuts"
    | "faithfulness"
  >
  & Pick<StudyResults, "leftOut">;

/** The figures that a study's results fill. */
export function studyFigures(results: DrawnResults): Figures {
  const { traces, overlaps, ablation, locations, segments, convergence } = results;
  const { description, cuts, heads, faithfulness } = results;
  return {
    traces: traceFigures(traces ?? []),
    overlaps: overlaps
      ? [...pairFigures(overlaps, results), ...summaryFigures(overlaps, results)]
      : [],
    ablation: ablation ? ablationFigures(ablation) : [],
    location: locationFigures(locations ?? []),
    segments: segmentFigures(segments ?? []),
    convergence: convergence ? convergenceFigures(convergence) : [],
    description: description ? descriptionFigures(description) : [],
    cuts: cutFigures(cuts ?? []),
    heads: headFigures(heads ?? []),
    faithfulness: faithfulness ? deletionFigures(faithfulness) : [],
  };
}

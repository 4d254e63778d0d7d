/** Every figure of a study, by the section of the report that shows it. */

import type { StudyResults } from "../../experiments/results.ts";
import { ablationFigures } from "./ablation.ts";
import type { Figure } from "./figure.ts";
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
}

/** The figures that a study's results fill. */
export function studyFigures(results: StudyResults): Figures {
  const { traces, overlaps, ablation, locations, segments } = results;
  return {
    traces: traceFigures(traces ?? []),
    overlaps: overlaps
      ? [...pairFigures(overlaps, results), ...summaryFigures(overlaps, results)]
      : [],
    ablation: ablation ? ablationFigures(ablation) : [],
    location: locationFigures(locations ?? []),
    segments: segmentFigures(segments ?? []),
  };
}

/** Every table of a study, by the section of the report that shows it. */

import type { FaithfulnessOfStudy, StudyResults } from "../../experiments/results/results.ts";
import type { Table } from "../table.ts";
import { ablationTable, ablationTestsTable } from "./ablation.ts";
import { ablationDetailTables } from "./ablation_detail.ts";
import { baselineTable } from "./baselines.ts";
import { certaintyTable } from "./certainty.ts";
import { attributionTable, validationTable } from "./collections.ts";
import { claimTestsTable, conclusionTable } from "./conclusions.ts";
import { convergenceTable } from "./convergence.ts";
import { axiomTable, signalTable } from "./description.ts";
import { faithfulnessTable } from "./faithfulness_table.ts";
import { headTable } from "./heads.ts";
import { locationTable } from "./location.ts";
import { notationTable } from "./notations.ts";
import { floorTable, randomisedTable, rankingAreaTable } from "./ranking_curves.ts";
import { schemeTable, strongestTable } from "./schemes.ts";
import { segmentTable } from "./segments.ts";

/** Tables by section; a section that a study lacks has none. */
export interface Tables {
  readonly conclusions: readonly Table[];
  readonly setup: readonly Table[];
  readonly baselines: readonly Table[];
  readonly schemes: readonly Table[];
  /** Long, so folded away on the page. */
  readonly strongest: readonly Table[];
  readonly ablation: readonly Table[];
  /** Long, so folded away on the page. */
  readonly detail: readonly Table[];
  readonly location: readonly Table[];
  readonly segments: readonly Table[];
  readonly heads: readonly Table[];
  readonly faithfulness: readonly Table[];
  readonly certainty: readonly Table[];
  readonly convergence: readonly Table[];
  readonly description: readonly Table[];
}

function faithfulnessTables(study: FaithfulnessOfStudy): readonly Table[] {
  const { found, rankings = [] } = study;
  return [
    ...(found.length > 0 ? [faithfulnessTable(study)] : []),
    ...(found.some(({ randomised }) => randomised) ? [randomisedTable(found)] : []),
    ...(rankings.length > 0 ? [rankingAreaTable(rankings), floorTable(rankings)] : []),
  ];
}

/** The tables that a study's results fill. */
export function studyTables(results: StudyResults): Tables {
  const { ablation, baselines, certainty, conclusions, locations, model, schemes } = results;
  const { convergence, description, faithfulness, segments, validation } = results;
  return {
    conclusions: conclusions.length
      ? [conclusionTable(conclusions), claimTestsTable(conclusions)]
      : [],
    setup: [
      attributionTable(results),
      ...(validation.length ? [validationTable(results)] : []),
      notationTable(results),
    ],
    baselines: baselines ? [baselineTable(baselines)] : [],
    schemes: schemes.length ? [schemeTable(schemes)] : [],
    strongest: schemes.length ? [strongestTable(schemes)] : [],
    ablation: ablation ? [ablationTable(ablation), ablationTestsTable(ablation)] : [],
    detail: ablation ? ablationDetailTables(ablation) : [],
    location: locations?.length ? [locationTable(locations, model)] : [],
    heads: results.heads ? [headTable(results.heads)] : [],
    segments: segments?.length ? [segmentTable(segments)] : [],
    faithfulness: faithfulness ? faithfulnessTables(faithfulness) : [],
    certainty: certainty?.length ? [certaintyTable(certainty)] : [],
    convergence: convergence ? [convergenceTable(convergence)] : [],
    description: description ? [signalTable(description), axiomTable(description)] : [],
  };
}

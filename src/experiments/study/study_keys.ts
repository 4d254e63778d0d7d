/** The keys that a study file may have (docs/replication.md). */

/** Of the file itself. */
export const topKeys = [
  "title",
  "model",
  "relevantClass",
  "collections",
  "validation",
  "sets",
  "leftOut",
  "attribution",
  "baselines",
  "overlaps",
  "locations",
  "traces",
  "segments",
  "certainty",
  "convergence",
  "ablation",
  "caveats",
  "seed",
];

/** Of `attribution`. */
export const attributionKeys = [
  "target",
  "baseline",
  "rule",
  "steps",
  "tolerance",
  "maxLength",
  "segments",
  "agreement",
  "completenessLimit",
  "byQuery",
];

/** Of `ablation`. */
export const ablationKeys = [
  "rows",
  "levels",
  "controls",
  "repetitions",
  "otherRepetitions",
  "perRelevant",
  "rankBy",
  "maxLength",
];

/** Of a collection. */
export const collectionKeys = [
  "name",
  "task",
  "folder",
  "split",
  "inDomain",
  "labels",
  "relevantFrom",
  "nonRelevantUpto",
  "negatives",
  "maxPairs",
  "schemes",
];

/** Of a validation collection. */
export const validationKeys = [
  "name",
  "group",
  "folder",
  "split",
  "relevantFrom",
  "queries",
  "mostRelevant",
  "perRelevant",
  "candidates",
];

/** Of `convergence`. */
export const convergenceKeys = ["collection", "pairs", "steps", "tolerances", "reference", "level"];

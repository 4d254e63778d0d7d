/** The collections of a study file. */

import type { StudyCollection, StudyValidation } from "./study.ts";
import { collectionKeys, validationKeys } from "./study_keys.ts";
import { type Fields, only } from "./study_reader.ts";

/** The attribution collections. */
export function readCollections(top: Fields): StudyCollection[] {
  const fields = top.object("collections") ?? top.fail("collections", "an object");
  const found = fields.objects().map(([abbreviation, one]): StudyCollection => {
    only(one, collectionKeys);
    const labels = one.list("labels", (item) => {
      if (item.value === "relevant" || item.value === "non-relevant") return item.value;
      return item.fail("relevant or non-relevant");
    }, ["relevant", "non-relevant"]);
    if (!isAbbreviation(abbreviation)) {
      fields.fail(abbreviation, "named by letters, digits, _ or .");
    }
    return {
      abbreviation,
      name: one.text("name", abbreviation),
      task: one.text("task", ""),
      folder: one.text("folder"),
      split: one.keys.includes("split") ? one.text("split") : undefined,
      inDomain: one.flag("inDomain", false),
      labels: (["relevant", "non-relevant"] as const).filter((label) => labels.includes(label)),
      relevantFrom: one.number("relevantFrom", { least: -1000, integer: true, fallback: 1 }),
      nonRelevantUpto: one.number("nonRelevantUpto", { least: -1000, integer: true, fallback: 0 }),
      negatives: one.choice("negatives", ["judged", "bm25"], "judged"),
      maxPairs: one.number("maxPairs", { least: 2, integer: true, fallback: 1000 }),
      ...readGiven(one, labels),
    };
  });
  if (found.length === 0) fields.fail("", "with a collection");
  for (const { abbreviation, nonRelevantUpto, relevantFrom, labels } of found) {
    const one = fields.object(abbreviation)!;
    if (nonRelevantUpto >= relevantFrom) one.fail("nonRelevantUpto", `below ${relevantFrom}`);
    if (labels.length === 0) one.fail("labels", "one label or both");
  }
  return found;
}

/** Schemes that were made elsewhere; `labels`: those that the collection has. */
function readGiven(
  collection: Fields,
  labels: readonly string[],
): Pick<StudyCollection, "schemes"> {
  const fields = collection.object("schemes");
  if (!fields) return {};
  only(fields, ["relevant", "non-relevant"]);
  const files = fields.keys.map((key) => {
    const label = labels.find((one) => one === key);
    return [label ?? fields.fail(key, `absent, as labels are ${labels}`), fields.text(key)];
  });
  return { schemes: Object.fromEntries(files) };
}

/** The validation collections; none where the study file has none. */
export function readValidation(top: Fields): StudyValidation[] {
  return (top.object("validation")?.objects() ?? []).map(([abbreviation, one]) => ({
    abbreviation: only(one, validationKeys) && isAbbreviation(abbreviation)
      ? abbreviation
      : top.fail("validation", "keyed by letters, digits, _ or ."),
    name: one.text("name", abbreviation),
    group: one.text("group", one.text("name", abbreviation)),
    folder: one.text("folder"),
    split: one.keys.includes("split") ? one.text("split") : undefined,
    relevantFrom: one.number("relevantFrom", { least: -1000, integer: true, fallback: 1 }),
    queries: one.number("queries", { least: 2, integer: true, fallback: 200 }),
    mostRelevant: one.number("mostRelevant", { least: 1, integer: true, fallback: 1000 }),
    ...(one.keys.includes("perRelevant")
      ? { perRelevant: one.number("perRelevant", { least: 1, integer: true }) }
      : {}),
    candidates: one.keys.includes("candidates") ? one.text("candidates") : undefined,
  }));
}

function isAbbreviation(text: string): boolean {
  return /^[\p{L}\p{N}_.]+$/u.test(text);
}

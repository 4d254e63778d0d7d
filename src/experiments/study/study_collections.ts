/** The collections of a study file. */

import type { Label } from "../../ir/words.ts";
import type { StudyCollection, StudyValidation } from "./study.ts";
import { type Fields, optional, readObject } from "./study_reader.ts";

const grade = (fallback: number) => ({ least: -1000, integer: true, fallback });
const split = optional((one, key) => one.text(key));

/** The attribution collections. */
export function readCollections(top: Fields, key: string): StudyCollection[] {
  const fields = top.object(key) ?? top.fail(key, "an object");
  const found = fields.objects().map(([abbreviation, one]): StudyCollection => {
    if (!isAbbreviation(abbreviation)) {
      fields.fail(abbreviation, "named by letters, digits, _ or .");
    }
    const read = readObject<Omit<StudyCollection, "abbreviation">>(one, {
      name: (_, key) => one.text(key, abbreviation),
      task: (_, key) => one.text(key, ""),
      folder: (_, key) => one.text(key),
      split,
      inDomain: (_, key) => one.flag(key, false),
      labels: readLabels,
      relevantFrom: (_, key) => one.number(key, grade(1)),
      nonRelevantUpto: (_, key) => one.number(key, grade(0)),
      negatives: (_, key) => one.choice(key, ["judged", "bm25"], "judged"),
      maxPairs: (_, key) => one.number(key, { least: 2, integer: true, fallback: 1000 }),
      schemes: (_, key, { labels }) => readImported(one, key, labels),
    });
    const { nonRelevantUpto, relevantFrom } = read;
    if (nonRelevantUpto >= relevantFrom) one.fail("nonRelevantUpto", `below ${relevantFrom}`);
    return { abbreviation, ...read };
  });
  if (found.length === 0) fields.fail("", "with a collection");
  return found;
}

/** In one order, whatever the file's is. */
function readLabels(one: Fields, key: string): Label[] {
  const labels = one.list(key, ({ value, fail }) => {
    if (value === "relevant" || value === "non-relevant") return value;
    return fail("relevant or non-relevant");
  }, ["relevant", "non-relevant"]);
  if (labels.length === 0) one.fail(key, "one label or both");
  return (["relevant", "non-relevant"] as const).filter((label) => labels.includes(label));
}

/** Schemes that were made elsewhere; `labels`: those that the collection has. */
function readImported(
  collection: Fields,
  key: string,
  labels: readonly Label[],
): StudyCollection["schemes"] {
  const fields = collection.object(key);
  const file = (label: Label) =>
    optional(() =>
      labels.includes(label)
        ? fields!.text(label)
        : fields!.fail(label, `absent, as labels are ${labels}`)
    );
  return fields && readObject<NonNullable<StudyCollection["schemes"]>>(fields, {
    relevant: file("relevant"),
    "non-relevant": file("non-relevant"),
  });
}

/** The validation collections; none where the study file has none. */
export function readValidation(top: Fields, key: string): StudyValidation[] {
  return (top.object(key)?.objects() ?? []).map(([abbreviation, one]) => {
    if (!isAbbreviation(abbreviation)) top.fail(key, "keyed by letters, digits, _ or .");
    const count = (least: number, fallback?: number) => ({ least, integer: true, fallback });
    return {
      abbreviation,
      ...readObject<Omit<StudyValidation, "abbreviation">>(one, {
        name: (_, key) => one.text(key, abbreviation),
        group: (_, key, { name }) => one.text(key, name),
        folder: (_, key) => one.text(key),
        split,
        relevantFrom: (_, key) => one.number(key, grade(1)),
        queries: (_, key) => one.number(key, count(2, 200)),
        mostRelevant: (_, key) => one.number(key, count(1, 1000)),
        perRelevant: optional((_, key) => one.number(key, count(1))),
        candidates: optional((_, key) => one.text(key)),
      }),
    };
  });
}

function isAbbreviation(text: string): boolean {
  return /^[\p{L}\p{N}_.]+$/u.test(text);
}

/** The study file: everything that a study does, as JSON; defaults are the paper's (docs/replication.md). */

import { type Baseline, baselines } from "../attribution/baseline.ts";
import { ruleNames } from "../attribution/rule.ts";
import { type Target, targets } from "../compute/ops.ts";
import { parseJsonObject } from "../formats/json.ts";
import { controlledRow, paperRows } from "./ablation_rows.ts";
import { parseExpression } from "./expression.ts";
import { parseLevel } from "./levels.ts";
import type { RankBy } from "./rescore.ts";
import { resolve, type SchemeName, type Scope } from "./resolve.ts";
import type { SchemeLabel } from "./results.ts";
import { type Fields, type Item, readFields } from "./study_reader.ts";

/** A collection that neurons are attributed on. */
export interface StudyCollection {
  /** e.g. "ms". */
  readonly abbreviation: string;
  /** Its full name. */
  readonly name: string;
  /** e.g. "Web". */
  readonly task: string;
  /** Its folder, from the study file's. */
  readonly folder: string;
  /** Which split; its usual one where absent. */
  readonly split?: string;
  /** Whether the model was trained on it. */
  readonly inDomain: boolean;
  /** Which schemes are made of it. */
  readonly labels: readonly SchemeLabel[];
  /** Lowest grade of a relevant passage. */
  readonly relevantFrom: number;
  /** Highest grade of a non-relevant passage. */
  readonly nonRelevantUpto: number;
  /** Where non-relevant pairs come from. */
  readonly negatives: "judged" | "bm25";
  /** Pairs of a scheme at most. */
  readonly maxPairs: number;
}

/** A collection that sets are ablated on. */
export interface StudyValidation {
  /** e.g. "dev". */
  readonly abbreviation: string;
  /** Its full name. */
  readonly name: string;
  /** The group that it is averaged in. */
  readonly group: string;
  /** Its folder, from the study file's. */
  readonly folder: string;
  /** Which split; its usual one where absent. */
  readonly split?: string;
  /** Lowest grade of a relevant passage. */
  readonly relevantFrom: number;
  /** Queries at most. */
  readonly queries: number;
  /** Relevant passages of a query at most. */
  readonly mostRelevant: number;
  /** A TREC run that lists its candidates, from the study file's folder. */
  readonly candidates?: string;
}

/** A set at a level. */
export interface SetAtLevel {
  /** An expression. */
  readonly expression: string;
  /** A part of all neurons. */
  readonly level: number;
}

/** A study, complete with defaults. */
export interface Study {
  /** Its title. */
  readonly title: string;
  /** The model's folder from the study file's, or the name of a downloaded repository. */
  readonly model: string;
  /** Attribution collections. */
  readonly collections: readonly StudyCollection[];
  /** Validation collections. */
  readonly validation: readonly StudyValidation[];
  /** Sets of collections; A and O unless declared otherwise. */
  readonly sets: Readonly<Record<string, readonly string[]>>;
  /** Collections that half of the figures leave out. */
  readonly leftOut: readonly string[];
  /** How conductance is computed. */
  readonly attribution: {
    readonly target: Target;
    readonly baseline: Baseline;
    readonly rule: string;
    readonly steps: number;
    readonly tolerance: number;
    readonly maxLength: number;
    readonly segments: "pair" | "zeros";
    readonly agreement: boolean;
  };
  /** Table 1. */
  readonly baselines?: { readonly collection: string; readonly pairs: number };
  /** Figs. 2 and 3. */
  readonly overlaps?: {
    readonly levels: readonly number[];
    readonly nullDraws: number;
    readonly schemeDraws: number;
  };
  /** Fig. 4. */
  readonly locations: readonly SetAtLevel[];
  /** Fig. 1. */
  readonly traces?: {
    readonly collection: string;
    readonly pairs: number;
    readonly points: number;
    readonly neurons: number;
  };
  /** Contributions by segment. */
  readonly segments?: { readonly pairs: number; readonly steps: number };
  /** Certainty of members. */
  readonly certainty?: { readonly of: readonly SetAtLevel[]; readonly draws: number };
  /** Table 4. */
  readonly ablation?: {
    readonly rows: readonly string[];
    readonly levels: readonly number[];
    readonly controls: readonly string[];
    readonly repetitions: number;
    readonly perRelevant: number;
    readonly rankBy: RankBy;
    readonly maxLength: number;
  };
  /** Of all that is drawn. */
  readonly seed: number;
}

const letters = { relevant: "P", "non-relevant": "N" } as const;

/** The schemes of a study. */
export function schemesOfStudy(
  collections: Study["collections"],
): readonly {
  readonly name: SchemeName;
  readonly label: SchemeLabel;
  readonly of: StudyCollection;
}[] {
  return collections.flatMap((of) =>
    of.labels.map((label) => ({
      name: `${letters[label]}_${of.abbreviation}` as SchemeName,
      label,
      of,
    }))
  );
}

/** What names mean in a study's expressions. */
export function scopeOf({ collections, sets }: Pick<Study, "collections" | "sets">): Scope {
  return {
    sets: new Map(Object.entries(sets)),
    schemes: new Set(schemesOfStudy(collections).map(({ name }) => name)),
  };
}

/**
 * Reads a study file.
 *
 * @throws {SyntaxError} that names the file and the path of what is wrong in it.
 */
export function parseStudy(text: string, file: string): Study {
  const value = parseJsonObject(text, `Cannot use study ${file}`);
  const top = readFields(value, { file, path: "", known: topKeys });
  const collections = readCollections(top);
  const names = collections.map(({ abbreviation }) => abbreviation);
  const sets = readSets(top, collections);
  const scope = scopeOf({ collections, sets });
  const known = (key: string, fields: Fields, fallback: string) =>
    names.find((name) => name === fields.text(key, fallback)) ??
      fields.fail(key, `one of ${names.join(", ")}`);
  const expression = (item: Item): string => {
    if (typeof item.value !== "string") return item.fail("an expression");
    try {
      resolve(parseExpression(item.value), item.value, scope);
    } catch (error) {
      return item.fail(`an expression (${(error as Error).message})`);
    }
    return item.value;
  };
  const level = (item: Item): number => {
    try {
      return parseLevel(String(item.value));
    } catch {
      return item.fail('more than 0 % and at most 100 %, e.g. "0.1%"');
    }
  };
  const setAtLevel = (item: Item): SetAtLevel => {
    const fields = item.fields(["expression", "level"]);
    const as = (key: string): Item => ({
      value: fields.text(key),
      fail: (wanted) => fields.fail(key, wanted),
      fields: () => fields.fail(key, "a text"),
    });
    return { expression: expression(as("expression")), level: level(as("level")) };
  };
  const home = (collections.find(({ inDomain }) => inDomain) ?? collections[0]).abbreviation;
  const strongest = scope.schemes.has(`N_${home}`) ? `N[${home}]` : `P[${home}]`;
  const attribution = readAttribution(part(top, "attribution", attributionKeys, true)!);
  const seed = top.number("seed", { least: 0, most: 2 ** 50, integer: true, fallback: 0 });
  const baselineFields = part(top, "baselines", ["collection", "pairs"], true);
  const overlapFields = part(top, "overlaps", ["levels", "nullDraws", "schemeDraws"], true);
  const traceFields = part(top, "traces", ["collection", "pairs", "points", "neurons"], true);
  const segmentFields = part(top, "segments", ["pairs", "steps"], false);
  const certaintyFields = part(top, "certainty", ["of", "draws"], true);
  const ablationFields = part(top, "ablation", ablationKeys, true);
  const count = (fallback: number, least = 1) => ({ least, integer: true, fallback });
  const validation = readValidation(top);
  const plain = { expression: strongest, level: 0.01 };
  return {
    title: top.text("title", "Which neurons matter in IR?"),
    model: top.text("model"),
    collections,
    validation,
    sets,
    leftOut: top.list(
      "leftOut",
      (item) =>
        names.find((name) => name === item.value) ?? item.fail(`one of ${names.join(", ")}`),
      [],
    ),
    attribution,
    baselines: baselineFields && {
      collection: known("collection", baselineFields, home),
      pairs: baselineFields.number("pairs", count(1000)),
    },
    overlaps: overlapFields && {
      levels: overlapFields.list("levels", level, defaultLevels),
      nullDraws: overlapFields.number("nullDraws", count(200)),
      schemeDraws: overlapFields.number("schemeDraws", count(100, 0)),
    },
    locations: top.list("locations", setAtLevel, [plain]),
    traces: traceFields && {
      collection: known("collection", traceFields, home),
      pairs: traceFields.number("pairs", count(1)),
      points: traceFields.number("points", count(101, 2)),
      neurons: traceFields.number("neurons", count(4)),
    },
    segments: segmentFields && {
      pairs: segmentFields.number("pairs", count(20)),
      steps: segmentFields.number("steps", count(32)),
    },
    certainty: certaintyFields && {
      of: certaintyFields.list("of", setAtLevel, [plain]),
      draws: certaintyFields.number("draws", count(200)),
    },
    ablation: ablationFields && validation.length > 0
      ? readAblation(ablationFields, { collections, expression, level })
      : undefined,
    seed,
  };
}

const topKeys = [
  "title",
  "model",
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
  "ablation",
  "seed",
];
const attributionKeys = [
  "target",
  "baseline",
  "rule",
  "steps",
  "tolerance",
  "maxLength",
  "segments",
  "agreement",
];
const ablationKeys = [
  "rows",
  "levels",
  "controls",
  "repetitions",
  "perRelevant",
  "rankBy",
  "maxLength",
];
const collectionKeys = [
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
];
const validationKeys = [
  "name",
  "group",
  "folder",
  "split",
  "relevantFrom",
  "queries",
  "mostRelevant",
  "candidates",
];
const defaultLevels = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50].map((
  p,
) => p / 100);

/** A section; where the file lacks it all defaults, or nothing. `false` leaves it out. */
function part(
  top: Fields,
  key: string,
  known: readonly string[],
  usual: boolean,
): Fields | undefined {
  if (!top.keys.includes(key)) {
    return usual ? readFields({}, { file: "", path: key, known }) : undefined;
  }
  const fields = top.object(key);
  return fields && only(fields, known);
}

/** The fields, refused where there is an unknown key. */
function only(fields: Fields, known: readonly string[]): Fields {
  const unknown = fields.keys.find((key) => !known.includes(key));
  if (unknown !== undefined) fields.fail(unknown, `absent (there are ${known.join(", ")})`);
  return fields;
}

function readCollections(top: Fields): StudyCollection[] {
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

function readValidation(top: Fields): StudyValidation[] {
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
    candidates: one.keys.includes("candidates") ? one.text("candidates") : undefined,
  }));
}

function readSets(
  top: Fields,
  collections: readonly StudyCollection[],
): Record<string, readonly string[]> {
  const names = collections.map(({ abbreviation }) => abbreviation);
  const declared = top.object("sets");
  const read = (key: string) =>
    declared!.list(
      key,
      (item) =>
        names.find((name) => name === item.value) ?? item.fail(`one of ${names.join(", ")}`),
    );
  return {
    A: names,
    O: collections.filter(({ inDomain }) => !inDomain).map(({ abbreviation }) => abbreviation),
    ...Object.fromEntries((declared?.keys ?? []).map((key) => [key, read(key)])),
  };
}

function readAttribution(fields: Fields): Study["attribution"] {
  return {
    target: fields.choice("target", targets, "logit"),
    baseline: fields.choice("baseline", baselines, "pad"),
    rule: fields.choice("rule", ruleNames, "adaptive"),
    steps: fields.number("steps", { least: 1, most: 100_000, integer: true, fallback: 100 }),
    tolerance: fields.number("tolerance", { least: 1e-9, most: 1, fallback: 0.05 }),
    maxLength: fields.number("maxLength", { least: 5, integer: true, fallback: 512 }),
    segments: fields.choice("segments", ["pair", "zeros"], "pair"),
    agreement: fields.flag("agreement", true),
  };
}

function readAblation(
  fields: Fields,
  { collections, expression, level }: {
    readonly collections: readonly StudyCollection[];
    readonly expression: (item: Item) => string;
    readonly level: (item: Item) => number;
  },
): NonNullable<Study["ablation"]> {
  const rows = fields.list("rows", expression, paperRows(collections));
  const control = controlledRow(rows);
  return {
    rows,
    levels: fields.list("levels", level, [0.0001, 0.001, 0.01]),
    controls: fields.list("controls", expression, control === undefined ? [] : [control]),
    repetitions: fields.number("repetitions", { least: 1, integer: true, fallback: 50 }),
    perRelevant: fields.number("perRelevant", { least: 1, integer: true, fallback: 20 }),
    rankBy: fields.choice("rankBy", ["margin", "logit"], "margin"),
    maxLength: fields.number("maxLength", { least: 5, integer: true, fallback: 512 }),
  };
}

function isAbbreviation(text: string): boolean {
  return /^[\p{L}\p{N}_.]+$/u.test(text);
}

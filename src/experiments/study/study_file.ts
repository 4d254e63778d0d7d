/** The study file: everything that a study does, as JSON; defaults are the paper's (docs/replication.md). */

import { baselines } from "../../attribution/baseline.ts";
import { DEFAULT_TOLERANCE, ruleNames } from "../../attribution/rule.ts";
import { targets } from "../../compute/ops.ts";
import { parseJsonObject } from "../../formats/json.ts";
import { paperRows } from "../ablation/ablation_rows.ts";
import { claimIds } from "../claims/conclusions.ts";
import {
  convergenceReference,
  convergenceSteps,
  convergenceTolerances,
} from "../path/convergence_rules.ts";
import { parseExpression } from "../sets/expression.ts";
import { parseLevel } from "../sets/levels.ts";
import { resolve } from "../sets/resolve.ts";
import { scopeOf, type SetAtLevel, type Study, type StudyCollection } from "./study.ts";
import { readCollections, readValidation } from "./study_collections.ts";
import { ablationKeys, attributionKeys, convergenceKeys, topKeys } from "./study_keys.ts";
import { type Fields, type Item, only, readFields } from "./study_reader.ts";

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
  const segmentFields = part(top, "segments", ["pairs"], false);
  const certaintyFields = part(top, "certainty", ["of", "draws"], true);
  const convergenceFields = part(top, "convergence", convergenceKeys, true);
  const ablationFields = part(top, "ablation", ablationKeys, true);
  const count = (fallback: number, least = 1) => ({ least, integer: true, fallback });
  const validation = readValidation(top);
  const plain = { expression: strongest, level: 0.01 };
  return {
    title: top.text("title", "Which neurons matter in IR?"),
    model: top.text("model"),
    ...(value.relevantClass !== undefined
      ? {
        relevantClass: top.number("relevantClass", { least: 0, most: 1, integer: true }) as 0 | 1,
      }
      : {}),
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
      schemeDraws: overlapFields.number("schemeDraws", count(200, 0)),
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
    },
    certainty: certaintyFields && {
      of: certaintyFields.list("of", setAtLevel, [plain]),
      draws: certaintyFields.number("draws", count(200)),
    },
    convergence: convergenceFields && {
      collection: known("collection", convergenceFields, home),
      ...readConvergence(convergenceFields, level),
    },
    ablation: ablationFields && validation.length > 0
      ? readAblation(ablationFields, { collections, expression, level })
      : undefined,
    caveats: readCaveats(top),
    seed,
  };
}

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

/** What is to stand beside verdicts. */
function readCaveats(top: Fields): Record<string, string> {
  const fields = top.object("caveats");
  return Object.fromEntries(
    (fields?.keys ?? []).map((id) => [
      claimIds.includes(id) ? id : fields!.fail(id, `absent (claims are ${claimIds.join(", ")})`),
      fields!.text(id),
    ]),
  );
}

function readAttribution(fields: Fields): Study["attribution"] {
  return {
    target: fields.choice("target", targets, "logit"),
    baseline: fields.choice("baseline", baselines, "pad"),
    rule: fields.choice("rule", ruleNames, "adaptive"),
    steps: fields.number("steps", { least: 1, most: 100_000, integer: true, fallback: 100 }),
    tolerance: fields.number("tolerance", { least: 1e-9, most: 1, fallback: DEFAULT_TOLERANCE }),
    maxLength: fields.number("maxLength", { least: 5, integer: true, fallback: 512 }),
    segments: fields.choice("segments", ["pair", "zeros"], "pair"),
    agreement: fields.flag("agreement", true),
    ...(fields.keys.includes("completenessLimit")
      ? { completenessLimit: fields.number("completenessLimit", { least: 0 }) }
      : {}),
    ...(fields.keys.includes("byQuery") ? { byQuery: fields.flag("byQuery", true) } : {}),
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
  return {
    rows,
    levels: fields.list("levels", level, [0.0001, 0.001, 0.01]),
    controls: fields.list("controls", expression, rows),
    repetitions: fields.number("repetitions", { least: 1, integer: true, fallback: 50 }),
    otherRepetitions: fields.number("otherRepetitions", {
      ...{ least: 1, integer: true, fallback: 10 },
    }),
    perRelevant: fields.number("perRelevant", { least: 1, integer: true, fallback: 20 }),
    rankBy: fields.choice("rankBy", ["margin", "logit"], "margin"),
    maxLength: fields.number("maxLength", { least: 5, integer: true, fallback: 512 }),
  };
}

function readConvergence(
  fields: Fields,
  level: (item: Item) => number,
): Omit<NonNullable<Study["convergence"]>, "collection"> {
  const steps = fields.list("steps", (item) => {
    const { value } = item;
    const fits = Number.isInteger(value) && value as number >= 1 && value as number <= 10_000;
    return fits ? value as number : item.fail("an integer from 1 to 10000");
  }, convergenceSteps);
  if (steps.length === 0) fields.fail("steps", "a list of numbers of steps");
  const tolerances = fields.list("tolerances", (item) => {
    const { value } = item;
    const fits = typeof value === "number" && value >= 1e-9 && value <= 1;
    return fits ? value : item.fail("a number from 1e-9 to 1");
  }, convergenceTolerances);
  const reference = fields.number("reference", {
    ...{ least: 1e-9, most: Math.min(...tolerances, 1) / 2, fallback: convergenceReference },
  });
  return {
    pairs: fields.number("pairs", { least: 1, integer: true, fallback: 20 }),
    steps,
    tolerances,
    reference,
    level: fields.keys.includes("level")
      ? level({
        value: fields.text("level"),
        fail: (wanted) => fields.fail("level", wanted),
        fields: () => fields.fail("level", "a text"),
      })
      : 0.01,
  };
}

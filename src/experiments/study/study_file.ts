/** The study file: everything that a study does, as JSON; defaults are the paper's (docs/replication.md). */

import type { AttributionTarget } from "../../attribution/attribution.ts";
import { baselines, movingTexts } from "../../attribution/target/baseline.ts";
import { DEFAULT_TOLERANCE, ruleNames } from "../../attribution/rule.ts";
import { targets } from "../../compute/ops.ts";
import { unitKinds } from "../../model/heads.ts";
import { parseJsonObject } from "../../formats/json.ts";
import { parseCut } from "../ablation/cuts.ts";
import { claimIds } from "../claims/conclusions.ts";
import {
  convergenceReference,
  convergenceSteps,
  convergenceTolerances,
} from "../path/convergence_rules.ts";
import { scopeOf, type Study } from "./study.ts";
import { ablationReaders, selectionReaders, testReaders } from "./study_ablation.ts";
import { readCollections, readValidation } from "./study_collections.ts";
import {
  type Fields,
  type Item,
  optional,
  type Readers,
  readFields,
  readObject,
} from "./study_reader.ts";
import {
  collectionOf,
  count,
  expressionOf,
  homeOf,
  itemOf,
  level,
  member,
  type Named,
  namesOf,
  section,
  setAtLevelOf,
  usualSet,
} from "./study_values.ts";

/**
 * Reads a study file.
 *
 * @throws {SyntaxError} that names the file and the path of what is wrong in it.
 */
export function parseStudy(text: string, file: string): Study {
  const value = parseJsonObject(text, `Cannot use study ${file}`);
  return readObject<Study>(readFields(value, { file, path: "" }), {
    title: (top, key) => top.text(key, "Which neurons matter in IR?"),
    model: (top, key) => top.text(key),
    relevantClass: optional((top, key) =>
      top.number(key, { least: 0, most: 1, integer: true }) as 0 | 1
    ),
    collections: readCollections,
    validation: readValidation,
    sets: (top, key, { collections }) => readSets(top.object(key), collections),
    leftOut: (top, key, study) => top.list(key, (item) => member(item, namesOf(study)), []),
    attribution(top, key, { collections }) {
      const found = section(top, key, attributionReaders) ?? top.fail(key, "an object");
      if (found.target === "pairwise") checkTriples(top, collections);
      return found;
    },
    selection: optional((top, key) => section(top, key, selectionReaders)),
    tests: optional((top, key) => section(top, key, testReaders)),
    baselines: (top, key, study) =>
      section<NonNullable<Study["baselines"]>>(top, key, {
        collection: collectionOf(study),
        pairs: count(1000),
      }),
    overlaps: (top, key) =>
      section<NonNullable<Study["overlaps"]>>(top, key, {
        levels: (fields, key) => fields.list(key, level, defaultLevels),
        nullDraws: count(200),
        schemeDraws: count(200, 0),
      }),
    locations: (top, key, study) => top.list(key, setAtLevelOf(study), [usualSet(study)]),
    traces: ofLinears((top, key, study) =>
      section<NonNullable<Study["traces"]>>(top, key, {
        collection: collectionOf(study),
        pairs: count(1),
        points: count(101, 2),
        neurons: count(4),
      })
    ),
    segments: ofLinears(
      optional((top, key) =>
        section<NonNullable<Study["segments"]>>(top, key, { pairs: count(20) })
      ),
    ),
    describe: ofLinears((top, key, study) =>
      top.keys.includes(key)
        ? section<NonNullable<Study["describe"]>>(top, key, describeReaders(study))
        : undefined
    ),
    certainty: (top, key, study) =>
      section<NonNullable<Study["certainty"]>>(top, key, {
        of: (fields, key) => fields.list(key, setAtLevelOf(study), [usualSet(study)]),
        draws: count(200),
      }),
    convergence: ofLinears((top, key, study) =>
      section<NonNullable<Study["convergence"]>>(top, key, {
        collection: collectionOf(study),
        ...convergenceReaders,
      })
    ),
    faithfulness: ofLinears((top, key, study) =>
      top.keys.includes(key)
        ? section<NonNullable<Study["faithfulness"]>>(top, key, {
          collection: collectionOf(study),
          pairs: count(50),
          units: count(500, 4),
          level: (fields, key) => fields.keys.includes(key) ? level(itemOf(fields, key)) : 0.01,
          orders: count(5, 0),
          randomise: optional((fields, key) => fields.flag(key, false)),
          rankings: optional((fields, key) =>
            fields.list(key, (item) => member(item, namesOf({ collections: study.validation })))
          ),
        })
        : undefined
    ),
    cuts(top, key, study) {
      if (!top.keys.includes(key)) return undefined;
      const found = section<NonNullable<Study["cuts"]>>(top, key, {
        cuts: (fields, key) => fields.list(key, cutOf, usualCuts),
        window: count(1),
        renormalise: (fields, key) => fields.flag(key, false),
      });
      if (!found || study.validation.length > 0) return found;
      return top.fail(key, "absent, as there is no validation collection");
    },
    ablation(top, key, study) {
      const found = section(top, key, ablationReaders(study));
      return study.validation.length > 0 ? found : undefined;
    },
    caveats: (top, key) => readCaveats(top.object(key)),
    seed: (top, key) => top.number(key, { least: 0, most: 2 ** 50, integer: true, fallback: 0 }),
  });
}

const defaultLevels = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50]
  .map((percent) => percent / 100);

/** Cuts of attention between query and passage, and what [CLS] reads. */
const usualCuts = ["query>passage", "passage>query", "cls>query", "cls>passage"];

const cutOf = ({ value, fail }: Item): string => {
  try {
    return parseCut(String(value)).name;
  } catch {
    return fail("pairs of segments, e.g. query>passage");
  }
};

/** What is read before sections are. */
type Before = Named & Pick<Study, "attribution" | "validation">;

/** Refuses what collections say of labels and schemes where both are made of triples. */
function checkTriples(top: Fields, collections: Study["collections"]): void {
  const why = "as attribution.target is pairwise, whose triples make P and N together";
  top.object("collections")!.objects().forEach(([, fields], i) => {
    const { labels, schemes } = collections[i];
    if (labels.length < 2) fields.fail("labels", `absent or both, ${why}`);
    if (schemes) fields.fail("schemes", `absent, ${why}`);
  });
}

/**
 * A section about activations of neurons on paths of single pairs: a study of heads has none of these,
 * one of triples none of those.
 */
const ofLinears = <T>(
  read: (top: Fields, key: string, study: Before) => T | undefined,
) =>
(
  top: Fields,
  key: string,
  study: Before,
): T | undefined => {
  const why = study.attribution.units?.includes("heads")
    ? "attribution.units has heads"
    : study.attribution.target === "pairwise"
    ? "attribution.target is pairwise, and it is about single pairs"
    : undefined;
  if (why === undefined) return read(top, key, study);
  return top.keys.includes(key) && top.object(key) ? top.fail(key, `absent, as ${why}`) : undefined;
};

function readSets(
  declared: Fields | undefined,
  collections: Study["collections"],
): Record<string, readonly string[]> {
  const names = namesOf({ collections });
  const read = (key: string) => declared!.list(key, (item) => member(item, names));
  return {
    A: names,
    O: namesOf({ collections: collections.filter(({ inDomain }) => !inDomain) }),
    ...Object.fromEntries((declared?.keys ?? []).map((key) => [key, read(key)])),
  };
}

/** What is to stand beside verdicts. */
function readCaveats(fields: Fields | undefined): Record<string, string> {
  return Object.fromEntries(
    (fields?.keys ?? []).map((id) => [
      claimIds.includes(id) ? id : fields!.fail(id, `absent (claims are ${claimIds.join(", ")})`),
      fields!.text(id),
    ]),
  );
}

const attributionReaders: Readers<Study["attribution"]> = {
  target: (fields, key) => fields.choice<AttributionTarget>(key, [...targets, "pairwise"], "logit"),
  baseline: (fields, key) => fields.choice(key, baselines, "pad"),
  path: optional((fields, key) => fields.choice(key, movingTexts)),
  units: optional((fields, key) => {
    const kinds = fields.list(
      key,
      ({ value, fail }) => unitKinds.find((kind) => kind === value) ?? fail('"linears" or "heads"'),
    );
    if (kinds.length > 0 && new Set(kinds).size === kinds.length) return kinds;
    return fields.fail(key, 'a list of "linears" and "heads", each once');
  }),
  rule: (fields, key) => fields.choice(key, ruleNames, "adaptive"),
  steps: (fields, key) =>
    fields.number(key, { least: 1, most: 100_000, integer: true, fallback: 100 }),
  tolerance: (fields, key) =>
    fields.number(key, { least: 1e-9, most: 1, fallback: DEFAULT_TOLERANCE }),
  maxLength: count(512, 5),
  segments: (fields, key) => fields.choice(key, ["pair", "zeros"], "pair"),
  agreement: (fields, key) => fields.flag(key, true),
  threshold: optional((fields, key) => fields.number(key, { least: -Infinity })),
  completenessLimit: optional((fields, key) => fields.number(key, { least: 0 })),
  byQuery: optional((fields, key) => fields.flag(key, true)),
};

const describeReaders = (study: Named): Readers<NonNullable<Study["describe"]>> => ({
  of: (fields, key) => fields.list(key, expressionOf(study), describedSets(study)),
  level: (fields, key) => fields.keys.includes(key) ? level(itemOf(fields, key)) : 0.01,
  collection: collectionOf(study),
  pairs: count(40),
  axiomPairs: count(20),
  synonyms: optional((fields, key) => fields.text(key)),
});

/** The sets of a collection that are described, and random ones in the same layers and components. */
function describedSets(study: Named): string[] {
  const home = homeOf(study);
  const { schemes } = scopeOf(study);
  const own = (["P", "N"] as const).filter((letter) => schemes.has(`${letter}_${home}`))
    .map((letter) => `${letter}[${home}]`);
  return [...own, ...own.map((set) => `random(${set}, 1)`)];
}

const convergenceReaders: Omit<Readers<NonNullable<Study["convergence"]>>, "collection"> = {
  pairs: count(20),
  steps(fields, key) {
    const steps = fields.list(key, ({ value, fail }) => {
      const fits = Number.isInteger(value) && value as number >= 1 && value as number <= 10_000;
      return fits ? value as number : fail("an integer from 1 to 10000");
    }, convergenceSteps);
    return steps.length > 0 ? steps : fields.fail(key, "a list of numbers of steps");
  },
  tolerances: (fields, key) =>
    fields.list(key, ({ value, fail }) => {
      const fits = typeof value === "number" && value >= 1e-9 && value <= 1;
      return fits ? value : fail("a number from 1e-9 to 1");
    }, convergenceTolerances),
  reference(fields, key, { tolerances }) {
    const most = Math.min(...tolerances, 1) / 2;
    return fields.number(key, { least: 1e-9, most, fallback: convergenceReference });
  },
  level: (fields, key) => fields.keys.includes(key) ? level(itemOf(fields, key)) : 0.01,
};

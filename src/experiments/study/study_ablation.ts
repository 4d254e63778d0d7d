/** Sections of a study file that say how Table 4 is made, and how sets are chosen and claims tested. */

import { type Correction, corrections } from "../../ir/significance.ts";
import { paperRows } from "../ablation/ablation_rows.ts";
import { listShapes } from "../ablation/candidates.ts";
import { ablationMethods } from "../ablation/methods.ts";
import { lossTests } from "../claims/tests_asked.ts";
import { matchings } from "../sets/matched.ts";
import { fusions, refills, strengths } from "../sets/selection.ts";
import type { Study } from "./study.ts";
import { optional, type Readers } from "./study_reader.ts";
import { collectionOf, count, expressionOf, level, type Named, section } from "./study_values.ts";

/** How every key of the section `selection` is read. */
export const selectionReaders: Readers<NonNullable<Study["selection"]>> = {
  strength: optional((fields, key) => fields.choice(key, strengths)),
  refill: optional((fields, key) => fields.choice(key, refills)),
  fusion: optional((fields, key) => fields.choice(key, fusions)),
};

/** How every key of the section `tests` is read. */
export const testReaders: Readers<NonNullable<Study["tests"]>> = {
  losses: optional((fields, key) => fields.choice(key, lossTests)),
  correction: optional((fields, key) =>
    fields.choice(key, Object.keys(corrections) as Correction[])
  ),
};

/** How every key of the section `ablation` is read. */
export const ablationReaders = (study: Named): Readers<NonNullable<Study["ablation"]>> => ({
  rows: (fields, key) => fields.list(key, expressionOf(study), paperRows(study.collections)),
  levels: (fields, key) => fields.list(key, level, [0.0001, 0.001, 0.01]),
  controls: (fields, key, { rows }) => fields.list(key, expressionOf(study), rows),
  repetitions: count(50),
  otherRepetitions: count(10),
  perRelevant: count(20),
  rankBy: (fields, key) => fields.choice(key, ["margin", "logit"], "margin"),
  maxLength: count(512, 5),
  methods: optional((fields, key) => {
    const methods = fields.list(
      key,
      ({ value, fail }) =>
        ablationMethods.find((method) => method === value) ??
          fail(`one of ${ablationMethods.join(", ")}`),
    );
    if (methods[0] === "zero" && new Set(methods).size === methods.length) return methods;
    return fields.fail(
      key,
      'a list that begins with "zero", by which claims are tested, each once',
    );
  }),
  means: (fields, key, { methods }) => {
    const isAsked = methods?.includes("mean");
    if (!isAsked && fields.keys.includes(key)) {
      return fields.fail(key, 'absent, as methods has no "mean"');
    }
    return isAsked
      ? section<{ collection: string; pairs: number }>(fields, key, {
        collection: collectionOf(study),
        pairs: count(500),
      })
      : undefined;
  },
  matching: optional((fields, key) => fields.choice(key, matchings)),
  lists: optional((fields, key) => fields.choice(key, listShapes)),
});

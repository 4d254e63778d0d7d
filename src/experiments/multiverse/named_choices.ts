/** Choices that the paper leaves open and that have names: what they are, and what each alternative sets. */

import { baselines } from "../../attribution/target/baseline.ts";
import { corrections } from "../../ir/significance.ts";
import { listShapes } from "../ablation/candidates.ts";
import { lossTests } from "../claims/tests_asked.ts";
import { matchings } from "../sets/matched.ts";
import { fusions, refills, strengths } from "../sets/selection.ts";
import type { Study } from "../study/study.ts";
import type { Edit } from "./edits.ts";

/** A choice with a name. */
export interface NamedChoice {
  /** e.g. "strength". */
  readonly name: string;
  /** Its number among what the paper leaves open. */
  readonly ambiguity: string;
  /** What is chosen, in a few words. */
  readonly what: string;
  /** Every alternative, and what it sets in a study file. */
  readonly alternatives: Readonly<Record<string, (study: Study) => Edit>>;
  /** Those that are varied where nothing is said. */
  readonly usual: readonly string[];
  /** Whether other alternatives need other schemes. */
  readonly expensive: boolean;
  /** The section that a study must have for it. */
  readonly needs?: "ablation";
  /** The study's own alternative. */
  own(study: Study): string;
}

/** Alternatives that are values of one key. */
function valuesOf<T extends string>(path: string, values: readonly T[]) {
  return Object.fromEntries(values.map((value) => [value, () => ({ [path]: value })]));
}

const half = (value: number) => Math.max(5, Math.ceil(value / 2));

/** All of them, the cheap ones first. */
export const namedChoices: readonly NamedChoice[] = [
  {
    name: "strength",
    ambiguity: "A12",
    what: "neurons ordered by their mean conductance, or by its size",
    alternatives: valuesOf("selection.strength", strengths),
    usual: strengths,
    expensive: false,
    own: ({ selection }) => selection?.strength ?? "signed",
  },
  {
    name: "refill",
    ambiguity: "A17",
    what: "intersections as they are, or filled up to the level",
    alternatives: valuesOf("selection.refill", refills),
    usual: refills,
    expensive: false,
    own: ({ selection }) => selection?.refill ?? "none",
  },
  {
    name: "fusion",
    ambiguity: "A20",
    what: "fusions of conductances, of these over their sum of sizes, or of places",
    alternatives: valuesOf("selection.fusion", fusions),
    usual: fusions,
    expensive: false,
    own: ({ selection }) => selection?.fusion ?? "mean",
  },
  {
    name: "control",
    ambiguity: "A24",
    what: "random controls alike in layer and component, in layer, or without the set's own",
    alternatives: valuesOf("ablation.matching", matchings),
    usual: ["component", "layer"],
    expensive: false,
    needs: "ablation",
    own: ({ ablation }) => ablation?.matching ?? "component",
  },
  {
    name: "lists",
    ambiguity: "A27",
    what: "a query's candidates in one list, or in one for each relevant passage",
    alternatives: valuesOf("ablation.lists", listShapes),
    usual: listShapes,
    expensive: false,
    needs: "ablation",
    own: ({ ablation }) => ablation?.lists ?? "query",
  },
  {
    name: "test",
    ambiguity: "A31",
    what: "losses compared by t-tests, paired or independent, or by randomisation",
    alternatives: valuesOf("tests.losses", lossTests),
    usual: ["paired", "randomisation"],
    expensive: false,
    needs: "ablation",
    own: ({ tests }) => tests?.losses ?? "paired",
  },
  {
    name: "correction",
    ambiguity: "A31",
    what: "the correction for the number of tests",
    alternatives: valuesOf("tests.correction", Object.keys(corrections)),
    usual: ["holm", "benjamini-hochberg"],
    expensive: false,
    own: ({ tests }) => tests?.correction ?? "holm",
  },
  {
    name: "target",
    ambiguity: "A1",
    what: "what is attributed",
    alternatives: valuesOf("attribution.target", [
      "logit",
      "probability",
      "log-probability",
      "margin",
      "pairwise",
    ]),
    usual: ["logit", "probability"],
    expensive: true,
    own: ({ attribution }) => attribution.target,
  },
  {
    name: "baseline",
    ambiguity: "A4, A8",
    what: "where the path begins",
    alternatives: valuesOf("attribution.baseline", baselines),
    usual: ["pad", "zero"],
    expensive: true,
    own: ({ attribution }) => attribution.baseline,
  },
  {
    name: "rule",
    ambiguity: "A9",
    what: "the quadrature, with the study's own steps and tolerance",
    alternatives: valuesOf("attribution.rule", ["adaptive", "right", "trapezoid", "left"]),
    usual: ["adaptive", "right"],
    expensive: true,
    own: ({ attribution }) => attribution.rule,
  },
  {
    name: "agreement",
    ambiguity: "C14",
    what: "pairs kept only where the model agrees with their label, or all",
    alternatives: {
      on: () => ({ "attribution.agreement": true }),
      off: () => ({ "attribution.agreement": false }),
    },
    usual: ["on", "off"],
    expensive: true,
    own: ({ attribution }) => attribution.agreement ? "on" : "off",
  },
  {
    name: "length",
    ambiguity: "A33",
    what: "tokens of a pair: as many as the study says, or half",
    alternatives: {
      full: () => ({}),
      half: ({ attribution, ablation }) => ({
        "attribution.maxLength": half(attribution.maxLength),
        ...(ablation && { "ablation.maxLength": half(ablation.maxLength) }),
      }),
    },
    usual: ["full", "half"],
    expensive: true,
    own: () => "full",
  },
];

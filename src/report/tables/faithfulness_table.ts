/** Whether attributions are faithful, as a table. */

import type {
  BesideRandom,
  CurveAreas,
  FaithfulnessOfStudy,
  PatchingAgreement,
} from "../../experiments/results/results_faithfulness.ts";
import { notation } from "../notation.ts";
import { fixed } from "../numbers.ts";
import { type Column, numbers, type Table, table, texts } from "../table.ts";

/** A rule's figures over the pairs of a scheme. */
interface RuleOnScheme {
  readonly scheme: string;
  readonly agreement: readonly PatchingAgreement[];
  readonly areas: CurveAreas;
}

/** A row a scheme and rule. */
export function faithfulnessTable({ collection, found }: FaithfulnessOfStudy): Table {
  const of = ({ agreement }: RuleOnScheme, sample: PatchingAgreement["sample"]) =>
    agreement.find((one) => one.sample === sample)!;
  const pairs = found.map(({ scheme, pairs }) => `${scheme}: ${pairs}`).join(", ");
  return table<RuleOnScheme>({
    id: "table-faithfulness",
    title: "Faithfulness",
    caption:
      "Correlation of mean attributions with the change of F when a unit alone is set to its " +
      "values in the baseline’s run: over all sampled units, those of the set, those outside it. " +
      "CPR: area under the part of F that the first units alone give; CMD: area between it and 1; " +
      "deletion: area under what is left without them. In parentheses the mean of random orders " +
      `with units of the same layers and components. Pairs of ${collection}: ${pairs}.`,
    columns: [
      texts("scheme", "Pairs as in", ({ scheme }) => [notation(scheme)], {
        value: ({ scheme }) => scheme,
        names: true,
        spans: true,
      }),
      texts("rule", "Rule", ({ areas }) => areas.rule),
      numbers("evaluations", "Evaluations", (one) => of(one, "all").evaluations, one),
      numbers("pearson", "Pearson", (one) => of(one, "all").pearson, fixed),
      numbers("spearman", "Spearman", (one) => of(one, "all").spearman, fixed),
      numbers("spearman_set", "of the set", (one) => of(one, "strongest").spearman, fixed),
      numbers("spearman_outside", "outside", (one) => of(one, "outside").spearman, fixed),
      area("cpr", "CPR", ({ insertion }) => insertion),
      area("cmd", "CMD", ({ distance }) => distance),
      area("deletion", "Deletion", ({ deletion }) => deletion),
    ],
    records: found.flatMap(({ scheme, areas, agreement }) =>
      areas.map((one): RuleOnScheme => ({
        scheme,
        areas: one,
        agreement: agreement.filter(({ rule }) => rule === one.rule),
      }))
    ),
    starts: ({ scheme }, before) => scheme !== before?.scheme,
  });
}

const one = (value: number) => value.toFixed(1);

function area(
  key: string,
  heading: string,
  figure: (areas: CurveAreas) => BesideRandom,
): Column<RuleOnScheme> {
  return {
    ...numbers(key, heading, ({ areas }: RuleOnScheme) => figure(areas).value, fixed),
    text({ areas }) {
      const { value, random } = figure(areas);
      return [fixed(value) + (random === null ? "" : ` (${fixed(random)})`)];
    },
  };
}

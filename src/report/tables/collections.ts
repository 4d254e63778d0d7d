/** Table 2: the collections. */

import type {
  AttributionCollection,
  StudyResults,
  ValidationCollection,
} from "../../experiments/results/results.ts";
import type { Label } from "../../ir/words.ts";
import { count, fixed, percent } from "../numbers.ts";
import { numbers, type Table, table, texts } from "../table.ts";

/** Table 2: what neurons are attributed on. */
export function attributionTable({ attribution, schemes }: StudyResults): Table {
  const pairs = (abbreviation: string, label: Label) =>
    schemes.find((each) => each.collection === abbreviation && each.label === label)?.pairs ?? null;
  const counted = (pairs: number | null) => pairs === null ? "–" : count(pairs);
  return table<AttributionCollection>({
    id: "table-2",
    number: "Table 2",
    title: "Attribution corpus",
    caption: "Collections that neurons are attributed on, and the pairs that each scheme averages.",
    columns: [
      texts("collection", "Collection", ({ name }) => name, { names: true }),
      texts("abbreviation", "Abbreviation", ({ abbreviation }) => abbreviation),
      texts("task", "Task", ({ task }) => task || "–", { value: ({ task }) => task }),
      texts("in_domain", "Trained on", ({ inDomain }) => inDomain ? "yes" : "no"),
      numbers(
        "relevant",
        "Relevant pairs",
        ({ abbreviation }) => pairs(abbreviation, "relevant"),
        counted,
      ),
      numbers(
        "non_relevant",
        "Non-relevant pairs",
        ({ abbreviation }) => pairs(abbreviation, "non-relevant"),
        counted,
      ),
    ],
    records: attribution,
  });
}

/**
 * The part of queries at the best possible ranking above which the table warns: these can only
 * lose.
 */
const MOST_AT_ATTAINABLE = .5;

/** What sets are ablated on. */
export function validationTable({ validation }: StudyResults): Table {
  const ndcg = (value: number) => fixed(value, 4);
  return table<ValidationCollection>({
    id: "table-validation",
    title: "Validation corpus",
    caption:
      "Collections that the model re-ranks, unpruned and pruned. Attainable: nDCG@10 of the best order of " +
      "the candidates (the ideal counts every judged passage). At it: share of queries whose unpruned " +
      "ranking is that best one already, so that zeroing neurons can only lose.",
    columns: [
      texts("collection", "Collection", ({ name }) => name, { names: true }),
      texts("abbreviation", "Abbreviation", ({ abbreviation }) => abbreviation),
      texts("group", "Averaged in", ({ group }) => group),
      numbers("queries", "Queries", ({ queries }) => queries, count),
      numbers("candidates", "Candidates", ({ candidates }) => candidates, count),
      numbers("ndcg@10", "nDCG@10, unpruned", ({ original }) => original, ndcg),
      numbers("attainable", "Attainable", ({ attainable }) => attainable, ndcg),
      numbers("at_attainable", "At it", ({ atAttainable }) => atAttainable, (x) => percent(x, 0)),
    ],
    records: validation,
    notes: validation.flatMap(
      ({ name, queries, atAttainable, shortLists, withoutCandidates: without = [] }) => [
        ...(atAttainable > MOST_AT_ATTAINABLE
          ? [[
            `Warning: ${
              percent(atAttainable, 0)
            } of the queries of ${name} cannot be ranked better: ` +
            "there “changes nothing” says little.",
          ]]
          : []),
        ...(shortLists > 0
          ? [[
            `${shortLists} of ${queries} lists of ${name} have fewer passages of BM25 than the study ` +
            "asks for.",
          ]]
          : []),
        ...(without.length
          ? [[
            `Left out of ${name}, for nothing but relevant passages was found: ${
              without.join(", ")
            }.`,
          ]]
          : []),
      ],
    ),
  });
}

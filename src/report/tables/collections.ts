/** Table 2: the collections. */

import type { StudyResults } from "../../experiments/results/results.ts";
import { count, fixed, percent } from "../numbers.ts";
import { cell, column, name, type Table } from "../table.ts";

/** Table 2: what neurons are attributed on. */
export function attributionTable({ attribution, schemes }: StudyResults): Table {
  const pairs = (abbreviation: string, label: string) =>
    schemes.find((each) => each.collection === abbreviation && each.label === label)?.pairs ?? null;
  return {
    id: "table-2",
    number: "Table 2",
    title: "Attribution corpus",
    caption: [
      "Collections that neurons are attributed on, and the pairs that each scheme averages.",
    ],
    columns: [
      column("collection", "Collection", "start"),
      column("abbreviation", "Abbreviation", "start"),
      column("task", "Task", "start"),
      column("in_domain", "Trained on", "start"),
      column("relevant", "Relevant pairs"),
      column("non_relevant", "Non-relevant pairs"),
    ],
    rows: attribution.map((each) => {
      const [relevant, other] = ["relevant", "non-relevant"].map((label) =>
        pairs(each.abbreviation, label)
      );
      return {
        cells: [
          name(each.name),
          cell(each.abbreviation),
          cell(each.task || "–", each.task),
          cell(each.inDomain ? "yes" : "no"),
          cell(relevant === null ? "–" : count(relevant), relevant),
          cell(other === null ? "–" : count(other), other),
        ],
      };
    }),
  };
}

/** The part of queries at the best possible ranking beyond which losses alone are possible too often. */
const MOST_AT_ATTAINABLE = .5;

/** What sets are ablated on. */
export function validationTable({ validation }: StudyResults): Table {
  return {
    id: "table-validation",
    number: "",
    title: "Validation corpus",
    caption: [
      "Collections that the model re-ranks, unpruned and pruned. Attainable: nDCG@10 of the best order of " +
      "the candidates (the ideal counts every judged passage). At it: share of queries whose unpruned " +
      "ranking is that best one already, so that zeroing neurons can only lose.",
    ],
    columns: [
      column("collection", "Collection", "start"),
      column("abbreviation", "Abbreviation", "start"),
      column("group", "Averaged in", "start"),
      column("queries", "Queries"),
      column("candidates", "Candidates"),
      column("ndcg@10", "nDCG@10, unpruned"),
      column("attainable", "Attainable"),
      column("at_attainable", "At it"),
    ],
    rows: validation.map((each) => ({
      cells: [
        name(each.name),
        cell(each.abbreviation),
        cell(each.group),
        cell(count(each.queries), each.queries),
        cell(count(each.candidates), each.candidates),
        cell(fixed(each.original, 4), each.original),
        cell(fixed(each.attainable, 4), each.attainable),
        cell(percent(each.atAttainable, 0), each.atAttainable),
      ],
    })),
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
  };
}

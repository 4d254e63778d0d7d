// `measure`: what trec_eval says of a run.

import { readQrels, readRun } from "../../formats/trec.ts";
import { formatValue, mean, parseMeasure } from "../../ir/measures.ts";
import { type Command, UsageError } from "../command.ts";
import { print } from "../../deno/files.ts";
import { fileStream } from "../../deno/folder.ts";

/** The command. */
export const measure: Command = {
  summary: "nDCG@k, MRR@k, P@k, R@k, AP, Judged@k of a run, digit for digit as trec_eval",
  positional: "QRELS RUN MEASURE…",
  arity: [3, Infinity],
  files: [{ use: "read" }, { use: "read" }, undefined],
  options: {
    "per-query": { help: "a line for every query, before the mean" },
    complete: {
      help: "average over all queries of the qrels, missing ones counting 0 (trec_eval -c)",
    },
    "trec-eval": {
      value: "VERSION",
      help: "whose rules: 10 skips lines that begin with #, 9 compares scores as float32",
      choices: ["9", "10"],
      fallback: "10",
    },
    json: { help: "one JSON object, values in full precision" },
  },
  notes:
    "Follows trec_eval 10.0 unless --trec-eval 9 asks for 9.0.8: equal scores by document id, from the\n" +
    "last; a run's rank and what follows its sixth field are ignored.\n" +
    "QRELS: TREC's four fields, or BEIR's three under their header. AP(rel=2) takes grades from 2 as\n" +
    "relevant. Prints measure, query (or all) and value, separated by tabs; - reads standard input.",
  async run(args) {
    const [qrelsFile, runFile, ...names] = args.positional;
    const measures = names.map(named);
    const trecEval = args.get("trec-eval") === "9" ? 9 : 10;
    const qrels = await readQrels(fileStream(qrelsFile), qrelsFile, { trecEval });
    const run = await readRun(fileStream(runFile), runFile, { trecEval });
    const complete = args.has("complete");
    const values = measures.map(({ measure }) => measure(run, qrels, { complete }));
    if (values[0].size === 0) {
      throw new RangeError(
        `Cannot measure ${runFile}: expected a query that ${qrelsFile} judges, found none`,
      );
    }
    const perQuery = args.has("per-query");
    if (args.has("json")) {
      const entries = names.map((name, i) => [name, {
        mean: mean(values[i]),
        queries: values[i].size,
        ...(perQuery ? { perQuery: Object.fromEntries(values[i]) } : {}),
      }]);
      return await print(JSON.stringify(Object.fromEntries(entries), null, 2));
    }
    const lines = perQuery
      ? [...values[0].keys()].flatMap((query) =>
        names.map((name, i) => `${name}\t${query}\t${formatValue(values[i].get(query)!)}`)
      )
      : [];
    lines.push(...names.map((name, i) => `${name}\tall\t${formatValue(mean(values[i]))}`));
    await print(lines.join("\n"));
  },
};

function named(name: string) {
  try {
    return parseMeasure(name);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

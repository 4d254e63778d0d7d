import { assertEquals, assertRejects } from "@std/assert";
import { type Command, readArguments } from "../../../src/cli/command.ts";
import { takePairs } from "../../../src/cli/options/source.ts";
import { datasetPairOptions, datasetSource } from "../../../src/cli/options/dataset_pairs.ts";
import type { Label } from "../../../src/ir/words.ts";
import { inFolder } from "../run.ts";

const command: Command = {
  summary: "",
  options: datasetPairOptions,
  run: () => Promise.resolve(),
};

/** The pairs that are taken where nobody asks a model, their list, and what is said of them. */
async function select(folder: string, label: Label, ...args: string[]) {
  const given = readArguments(command, ["--quiet", "--dataset", folder, ...args]);
  const source = await datasetSource(given, label);
  const pairs = await takePairs(source);
  return { pairs, source, list: source.list!(pairs), summary: source.summary };
}

async function withDataset(test: (folder: string) => Promise<void>) {
  await inFolder(async (folder) => {
    const corpus = Array.from(
      { length: 12 },
      (_, i) => `{"_id":"d${i}","text":"flea dog number ${i}"}`,
    );
    await Deno.writeTextFile(`${folder}/corpus.jsonl`, corpus.join("\n"));
    await Deno.writeTextFile(
      `${folder}/queries.jsonl`,
      `{"_id":"q1","text":"fleas"}\n{"_id":"q2","text":"dogs"}`,
    );
    await Deno.mkdir(`${folder}/qrels`);
    const grades = ["q1\td0\t3", "q1\td1\t1", "q1\td2\t0", "q2\td0\t2", "q2\td3\t2"];
    await Deno.writeTextFile(
      `${folder}/qrels/test.tsv`,
      `query-id\tcorpus-id\tscore\n${grades.join("\n")}\n`,
    );
    await test(folder);
  });
}

Deno.test("datasetPairs() keeps pairs by grade and says what it dropped and why", async () => {
  await withDataset(async (folder) => {
    const { list, summary, source } = await select(
      folder,
      "relevant",
      "--relevant-from",
      "2",
      "--max-pairs",
      "2",
    );
    assertEquals(
      list,
      "query-id\tcorpus-id\tlabel\tsource\tline\nq1\td0\trelevant\tjudged\t0\nq2\td0\trelevant\tjudged\t1\n",
    );
    assertEquals(source.order.toSorted(), [0, 1, 2]);
    assertEquals(
      summary,
      `${folder} (test): 3 relevant pairs, at most 2 of them evenly over queries; left out: 1 of grades between, 1 of the other class`,
    );
  });
});

Deno.test("datasetPairs() draws negatives from BM25 with a seed, and its list repeats them", async () => {
  await withDataset(async (folder) => {
    const args = ["--negatives", "bm25", "--seed", "5"];
    const first = await select(folder, "non-relevant", ...args);
    assertEquals(first.pairs.length, 4); // as many as relevant documents: 2 for each query
    await Deno.writeTextFile(`${folder}/list.tsv`, first.list);
    const again = await select(folder, "non-relevant", "--pair-list", `${folder}/list.tsv`);
    assertEquals(again.pairs, first.pairs);
    assertEquals(again.list, first.list);
    assertEquals((await select(folder, "non-relevant", ...args)).list, first.list);
  });
});

Deno.test("datasetPairs() refuses to go on without a pair, and a list that asks for what is not there", async () => {
  await withDataset(async (folder) => {
    await assertRejects(
      () => select(folder, "relevant", "--relevant-from", "9"),
      RangeError,
      "expected relevant ones in split test, found none",
    );
    await Deno.writeTextFile(
      `${folder}/list.tsv`,
      "query-id\tcorpus-id\tlabel\tsource\nq1\td99\trelevant\tjudged\n",
    );
    await assertRejects(
      () => select(folder, "relevant", "--pair-list", `${folder}/list.tsv`),
      RangeError,
      `Cannot find document "d99" of ${folder}/list.tsv:2`,
    );
  });
});

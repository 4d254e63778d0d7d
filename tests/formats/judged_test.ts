import { assert, assertEquals, assertRejects } from "@std/assert";
import { openCollection } from "../../src/formats/collection.ts";
import type { Folder } from "../../src/formats/folder.ts";
import { withoutMissing } from "../../src/formats/judged.ts";
import { selectPairs } from "../../src/ir/pairs.ts";
import { textFolder } from "./files.ts";

const corpus = [`{"_id":"d1","text":"one"}`, `{"_id":"d2","text":"two"}`, `{"_id":"d3","text":""}`];
const judgements = [
  "q1\td1\t1",
  "q1\tgone\t1",
  "q1\td2\t0",
  "q2\tgone\t2",
  "q3\tlost\t0",
  "q3\td1\t1",
  "q3\td2\t0",
];
const files = {
  "corpus.jsonl": corpus.join("\n"),
  "queries.jsonl": ["q1", "q2", "q3"].map((id) => `{"_id":"${id}","text":"${id}"}`).join("\n"),
  "qrels/test.tsv": `query-id\tcorpus-id\tscore\n${judgements.join("\n")}\n`,
};

/** The collection, and how often its corpus is read. */
async function open() {
  let passes = 0;
  const folder: Folder = textFolder(files);
  const collection = await openCollection({
    ...folder,
    open(path) {
      if (path === "corpus.jsonl") passes++;
      return folder.open(path);
    },
  });
  return { collection, passes: () => passes };
}

Deno.test("withoutMissing() leaves out judgements of documents that the corpus lacks, and counts and names them", async () => {
  const { collection } = await open();
  const { qrels, missing } = await withoutMissing(collection, { strict: false });
  assertEquals(missing, { judgements: 3, documents: ["gone", "lost"] });
  assertEquals(
    [...qrels].map(([query, grades]) => [query, [...grades]]),
    [["q1", [["d1", 1], ["d2", 0]]], ["q3", [["d1", 1], ["d2", 0]]]],
  );
  const { pairs } = selectPairs(qrels, { label: "relevant" });
  assertEquals(pairs.map(({ query, document }) => query + document), ["q1d1", "q3d1"]);
});

Deno.test("withoutMissing() refuses them where it is strict, naming the line", async () => {
  const { collection } = await open();
  await assertRejects(
    () => withoutMissing(collection, { strict: true }),
    RangeError,
    `Cannot find document "gone" of data/qrels/test.tsv:3: expected it in the corpus of data, found none, nor 1 others`,
  );
});

Deno.test("withoutMissing() reads the corpus once: texts of judged documents are at hand, others are not", async () => {
  const { collection, passes } = await open();
  const seen: string[] = [];
  const judged = await withoutMissing(collection, {
    strict: false,
    onPassage: ({ id }) => seen.push(id),
  });
  assertEquals(seen, ["d1", "d2", "d3"]);
  assertEquals((await judged.passagesOf(["d2", "d1"])).get("d2")!.text, "two");
  assertEquals(passes(), 1);
  assert((await judged.passagesOf(["d3"])).has("d3"));
  assertEquals(passes(), 2);
  await assertRejects(() => judged.passagesOf(["gone"]), RangeError, `Cannot find document "gone"`);
});

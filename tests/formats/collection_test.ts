import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { openCollection } from "../../src/formats/collection.ts";
import {
  fetchPairs,
  formatPairList,
  labelledPairs,
  readPairList,
} from "../../src/formats/labelled_pairs.ts";
import { isCollectionFile } from "../../src/formats/layouts.ts";
import { diskFolder, gzip, sharedTest, stream, textFolder } from "./files.ts";

type Files = Record<string, string | Uint8Array>;

const BEIR = {
  "corpus.jsonl":
    `{"_id":"d1","title":"Fleas","text":"live long"}\n{"_id":"d2","text":"only text","metadata":{}}\n`,
  "queries.jsonl": `{"_id":"q1","text":"how long do fleas live"}\n{"_id":"q2","text":"who"}\n`,
  "qrels/test.tsv": "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t0\n",
};

const LOTTE = {
  "test/collection.tsv": "0\tfirst passage\n1\tsecond\tpassage\n",
  "test/questions.search.tsv": "7\twhat is it\n",
  "test/questions.forum.tsv": "8\twhy\n",
  "test/qas.search.jsonl": `{"qid":7,"query":"what is it","answer_pids":[1,0]}\n`,
  "test/qas.forum.jsonl": `{"qid":8,"query":"why","answer_pids":[0]}\n`,
  "test/metadata.jsonl": "{}\n",
  "dev/collection.tsv": "0\tdev passage\n",
  "dev/questions.search.tsv": "9\tdev\n",
  "dev/qas.search.jsonl": `{"qid":9,"query":"dev","answer_pids":[0]}\n`,
};

const MS_MARCO = {
  "collection.tsv": "0\tpassage zero\n1\tpassage one\n",
  "queries.dev.small.tsv": "5\tdev query\n",
  "qrels.dev.small.tsv": "5\t0\t1\t1\n",
  "msmarco-test2019-queries.tsv": "6\ttest query\n",
  "2019qrels-pass.txt": "6 Q0 0 3\n",
};

const TREC = {
  "documents/ft/ft911_1":
    "<DOC>\n<DOCNO> FT911-1 </DOCNO>\n<HEADLINE>\nFT 13 MAY 91 / Pay &amp; play\n</HEADLINE>\n" +
    "<TEXT>\nFirst <P>part</P>\nof it &#8364;5.\n</TEXT>\n<TEXT>Second.</TEXT>\n</DOC>\n<DOC><DOCNO>FT911-2</DOCNO><BYLINE>By X</BYLINE>no text tags</DOC>",
  "topics.txt":
    "<top>\n\n<num> Number: 301\n<title> International Organized Crime\n\n<desc> Description:\nIdentify.\n</top>\n" +
    "<top>\n<num> Number: 302\n<title> Topic: Polio\n</top>\n",
  "qrels.txt": "301 0 FT911-1 1\n",
};

async function everything(files: Files, split?: string) {
  const collection = await openCollection(textFolder(files), { split });
  return {
    layout: collection.layout,
    split: collection.split,
    queries: [...collection.queries.values()].map(({ id, text }) => `${id}: ${text}`),
    passages: await Array.fromAsync(collection.passages(), ({ id, text }) => `${id}: ${text}`),
    qrels: [...collection.qrels].flatMap(([query, row]) =>
      [...row].map((pair) => [query, ...pair])
    ),
  };
}

Deno.test("openCollection() reads BEIR: the title leads the text, where there is one", async () => {
  assertEquals(await everything(BEIR), {
    layout: "BEIR",
    split: "test",
    queries: ["q1: how long do fleas live", "q2: who"],
    passages: ["d1: Fleas live long", "d2: only text"],
    qrels: [["q1", "d1", 1], ["q1", "d2", 0]],
  });
});

Deno.test("openCollection() reads compressed files as it reads plain ones", async () => {
  const compressed: Files = {};
  for (const [path, text] of Object.entries(BEIR)) compressed[`${path}.gz`] = await gzip(text);
  assertEquals(await everything(compressed), await everything(BEIR));
});

Deno.test("openCollection() reads LoTTE: test and search unless asked otherwise", async () => {
  assertEquals(await everything(LOTTE), {
    layout: "LoTTE",
    split: "test/search",
    queries: ["7: what is it"],
    passages: ["0: first passage", "1: second\tpassage"],
    qrels: [["7", "1", 1], ["7", "0", 1]],
  });
  for (const split of ["forum", "test/forum"]) {
    assertEquals((await everything(LOTTE, split)).queries, ["8: why"]);
  }
  for (const split of ["dev", "dev/search"]) {
    assertEquals((await everything(LOTTE, split)).passages, ["0: dev passage"]);
  }
  const inner = Object.fromEntries(
    Object.entries(LOTTE).filter(([path]) => path.startsWith("test/")).map((
      [path, text],
    ) => [path.slice(5), text]),
  );
  assertEquals((await everything(inner)).split, "search");
  assertEquals((await everything(inner, "forum")).queries, ["8: why"]);
});

Deno.test("openCollection() reads MS MARCO, by the split that is asked for", async () => {
  assertEquals(await everything(MS_MARCO, "dev.small"), {
    layout: "MS MARCO",
    split: "dev.small",
    queries: ["5: dev query"],
    passages: ["0: passage zero", "1: passage one"],
    qrels: [["5", "1", 1]],
  });
  const { queries, qrels } = await everything(MS_MARCO, "2019");
  assertEquals([queries, qrels], [["6: test query"], [["6", "0", 3]]]);
  await assertRejects(
    () => everything(MS_MARCO),
    RangeError,
    "expected one of 2019-pass, dev.small, got none",
  );
  await assertRejects(() => everything(MS_MARCO, "train"), RangeError, `got "train"`);
});

Deno.test("openCollection() reads TREC Deep Learning's passages of 2019 to 2022 by their year", async () => {
  const first = {
    ...MS_MARCO,
    "msmarco-test2020-queries.tsv": "9\tquery of 2020\n",
    "2020qrels-pass.txt": "9 0 1 2\n",
  };
  assertEquals((await everything(first, "2019")).queries, ["6: test query"]);
  assertEquals(await everything(first, "2020"), {
    layout: "MS MARCO",
    split: "2020-pass",
    queries: ["9: query of 2020"],
    passages: ["0: passage zero", "1: passage one"],
    qrels: [["9", "1", 2]],
  });
  const lineOf = (pid: string, passage: string) =>
    `${JSON.stringify({ pid, passage, spans: "(0,5)", docid: "msmarco_doc_00_0" })}\n`;
  const second = {
    "msmarco_v2_passage/msmarco_v2_passage_00.gz": await gzip(
      lineOf("msmarco_passage_00_0", "zero"),
    ),
    "msmarco_v2_passage/msmarco_v2_passage_01.gz": await gzip(
      lineOf("msmarco_passage_01_7", "one"),
    ),
    "2021_queries.tsv": "1\tquery of 2021\n",
    "2021.qrels.pass.final.txt": "1 0 msmarco_passage_01_7 3\n",
    "2022_queries.tsv": "2\tquery of 2022\n",
    "2022.qrels.pass.withDupes.txt": "2 0 msmarco_passage_00_0 1\n",
  };
  const passages = ["msmarco_passage_00_0: zero", "msmarco_passage_01_7: one"];
  assertEquals(await everything(second, "2021"), {
    ...{ layout: "MS MARCO", split: "2021.pass.final", queries: ["1: query of 2021"], passages },
    qrels: [["1", "msmarco_passage_01_7", 3]],
  });
  assertEquals((await everything(second, "2022")).qrels, [["2", "msmarco_passage_00_0", 1]]);
  const broken = { ...second, "msmarco_v2_passage/msmarco_v2_passage_01.gz": await gzip("{}\n") };
  await assertRejects(() => everything(broken, "2021"), SyntaxError, 'expected a string "pid"');
});

Deno.test("openCollection() reads TREC: documents in SGML, topics of the nineties", async () => {
  assertEquals(await everything(TREC), {
    layout: "TREC",
    split: "qrels.txt",
    queries: ["301: International Organized Crime", "302: Polio"],
    passages: [
      "FT911-1: FT 13 MAY 91 / Pay & play First part of it €5. Second.",
      "FT911-2: By X no text tags",
    ],
    qrels: [["301", "FT911-1", 1]],
  });
});

Deno.test("openCollection() reads TREC: documents and topics as TSV, topics as XML", async () => {
  const tsv = { "docs.tsv": "d\ttext\n", "topics.tsv": "1\twhat\n", "qrels": "1 0 d 2\n" };
  const plain = await everything(tsv);
  assertEquals([plain.layout, plain.queries, plain.passages], ["TREC", ["1: what"], ["d: text"]]);
  const { "topics.tsv": _, ...rest } = tsv;
  const xml =
    `<topics task="COVID">\n<topic number="1">\n<query>coronavirus &lt;origin</query>\n<question>what is it</question>\n</topic>\n` +
    `<topic number="2"><title>two</title></topic></topics>`;
  assertEquals((await everything({ ...rest, "topics.xml": xml })).queries, [
    "1: coronavirus <origin",
    "2: two",
  ]);
});

Deno.test("openCollection() keeps what follows a < that begins no tag, in titles that end and that do not", async () => {
  const titles = [
    ["<title>A < B kettle</title>", "A < B kettle"],
    ["<title>A <B kettle</title>\n<desc>x", "A <B kettle"],
    ["<title> A < B kettle\n<desc> Description: x", "A < B kettle"],
    ["<title lang='en'>p<q & r s</title>", "p<q & r s"],
    ["<title> Topic: x <= 3\n\n<narr> n", "x <= 3"],
    ["<title>a <b>bold</b> one</title>", "a bold one"],
    ["<title>&lt;tag&gt; < 5</title>", "<tag> < 5"],
  ];
  const topics = titles.map(([title], i) => `<top>\n<num> Number: ${i}\n${title}\n</top>\n`);
  assertEquals(
    (await everything({ ...TREC, "topics.txt": topics.join("") })).queries,
    titles.map(([, text], i) => `${i}: ${text}`),
  );
});

Deno.test("openCollection() takes no index, hidden or half-written file for a part", async () => {
  const doc = "<DOC><DOCNO>another</DOCNO>text</DOC>";
  const more = { "documents/bm25.sqlite": doc, "documents/.hidden": doc, "docs.7.partial": doc };
  assertEquals(await everything({ ...TREC, ...more }), await everything(TREC));
});

Deno.test("isCollectionFile() knows the files of every layout, and no others", () => {
  for (const path of [BEIR, LOTTE, TREC].flatMap((files) => Object.keys(files))) {
    if (path === "test/metadata.jsonl") continue; // LoTTE's, which nobody reads
    assert(isCollectionFile(path), path);
    assert(isCollectionFile(`${path}.gz`), path);
  }
  for (const path of ["bm25.trec", "minilm.run", "documents/bm25.sqlite", "results/table.tsv"]) {
    assert(!isCollectionFile(path), path);
  }
});

Deno.test("openCollection() says what it looked for in a folder that is no collection", async () => {
  await assertRejects(() => everything({ "README.md": "" }), RangeError, "found README.md");
  await assertRejects(() => everything({}), RangeError, "found no files");
});

async function readAll(files: Files) {
  const collection = await openCollection(textFolder(files));
  await Array.fromAsync(collection.passages());
}

const BAD: readonly [what: string, files: Files, cause: string][] = [
  [
    "JSON that is cut",
    { ...BEIR, "corpus.jsonl": `{"_id":"a","text":""}\n{"_id":"b"` },
    `data/corpus.jsonl:2: expected a JSON object, got "{`,
  ],
  [
    "JSON that is no object",
    { ...BEIR, "corpus.jsonl": `["a"]` },
    `data/corpus.jsonl:1: expected a JSON object, got "[`,
  ],
  [
    "a document without _id",
    { ...BEIR, "corpus.jsonl": `{"text":"x"}` },
    `data/corpus.jsonl:1: expected a string "_id", got none`,
  ],
  [
    "a document with a number as _id",
    { ...BEIR, "corpus.jsonl": `{"_id":1,"text":"x"}` },
    `data/corpus.jsonl:1: expected a string "_id", got 1`,
  ],
  [
    "a document without text",
    { ...BEIR, "corpus.jsonl": `{"_id":"a"}` },
    `data/corpus.jsonl:1: expected strings "text" and "title" of "a"`,
  ],
  ["a document id twice", {
    ...BEIR,
    "corpus.jsonl": BEIR["corpus.jsonl"] + `\n{"_id":"d1","text":"x"}`,
  }, `data/corpus.jsonl:4: expected every id once, got "d1" again`],
  ["a query id twice", {
    ...BEIR,
    "queries.jsonl": `{"_id":"q1","text":"x"}\n{"_id":"q1","text":"x"}`,
  }, `data/queries.jsonl:2: expected every query id once, got "q1" again`],
  ["a grade that is no integer", {
    ...BEIR,
    "qrels/test.tsv": BEIR["qrels/test.tsv"] + "q2\td1\tyes\n",
  }, `data/qrels/test.tsv:4: expected an integer grade, got "yes"`],
  ["a line without a tab", {
    "collection.tsv": "0\ta\nno tab\n",
    "queries.tsv": "5\tx",
    "qrels.tsv": "5 0 0 1",
  }, "data/collection.tsv:2: expected an id, a tab and a text"],
  [
    "answers without ids",
    { ...LOTTE, "test/qas.search.jsonl": `{"qid":7,"answer_pids":"1"}` },
    `data/test/qas.search.jsonl:1: expected a "qid"`,
  ],
  ["a document without DOCNO", {
    ...TREC,
    "documents/ft/ft911_1": "\n<DOC>\n<TEXT>x</TEXT>\n</DOC>",
  }, "data/documents/ft/ft911_1:2: expected a <DOCNO>"],
  [
    "a document that does not end",
    { ...TREC, "documents/ft/ft911_1": "<DOC>\n<DOCNO>1</DOCNO>\n" },
    "data/documents/ft/ft911_1:1: expected an end",
  ],
  ["an empty corpus", { ...BEIR, "corpus.jsonl": "" }, "data/corpus.jsonl: expected documents"],
  ["a corpus of empty lines", { ...BEIR, "corpus.jsonl": "\n\n" }, "data/corpus.jsonl: expected"],
  [
    "a part of a corpus that is empty",
    { ...TREC, "documents/ft/ft911_2": "" },
    "data/documents/ft/ft911_2: expected documents",
  ],
  ["no queries", { ...BEIR, "queries.jsonl": "" }, "data/queries.jsonl: expected queries"],
  ["no judgements", { ...BEIR, "qrels/test.tsv": "" }, "data/qrels/test.tsv: expected a judgement"],
  [
    "no answers",
    { ...LOTTE, "test/qas.search.jsonl": "" },
    "qas.search.jsonl: expected judgements",
  ],
  [
    "a topic without title",
    { ...TREC, "topics.txt": "<top>\n<num> Number: 1\n</top>" },
    "data/topics.txt:1: expected a <title>",
  ],
];

for (const [what, files, cause] of BAD) {
  Deno.test(`openCollection() refuses ${what}, naming file and line`, async () => {
    await assertRejects(() => readAll(files), SyntaxError, cause);
  });
}

Deno.test("Collection.passagesOf() names the line that asks for a document the corpus lacks", async () => {
  const qrels = `${BEIR["qrels/test.tsv"]}q2\td9\t1\nq2\td8\t1\n`;
  const collection = await openCollection(textFolder({ ...BEIR, "qrels/test.tsv": qrels }));
  await assertRejects(
    () => labelledPairs(collection, { label: "relevant" }),
    RangeError,
    `Cannot find document "d8" of data/qrels/test.tsv:5: expected it in the corpus of data`,
  );
});

Deno.test("Collection.queryOf() names the line that asks for a query nobody worded", async () => {
  const qrels = `${BEIR["qrels/test.tsv"]}q9\td1\t1\n`;
  const collection = await openCollection(textFolder({ ...BEIR, "qrels/test.tsv": qrels }));
  await assertRejects(
    () => labelledPairs(collection, { label: "relevant" }),
    RangeError,
    `Cannot find query "q9" of data/qrels/test.tsv:4: expected it in data/queries.jsonl`,
  );
});

Deno.test("formatPairList() refuses ids that readPairList() would read otherwise", async () => {
  const pair = (id: string) => ({
    query: "q 1",
    document: id,
    label: "relevant" as const,
    sampled: false,
    line: 0,
  });
  for (const id of ["", "a\tb", "a\nb", "a\r", "\ud800"]) {
    assertThrows(() => formatPairList([pair(id)]), RangeError, "Cannot write a list of pairs");
  }
  const [key] = await readPairList(stream(formatPairList([pair("a b\u2028")])), "f");
  assertEquals([key.query, key.document], ["q 1", "a b\u2028"]);
});

Deno.test("readPairList() reads what formatPairList() wrote, and fetchPairs() repeats the pairs", async () => {
  const collection = await openCollection(textFolder(BEIR));
  const negatives = new Map([["q1", new Map([["d2", 3]])]]);
  const qrels = new Map([["q1", new Map([["d1", 1]])]]);
  const { pairs } = await labelledPairs({ ...collection, qrels }, {
    label: "non-relevant",
    negatives,
  });
  assertEquals(pairs, [{
    query: { id: "q1", text: "how long do fleas live" },
    passage: { id: "d2", text: "only text" },
    label: "non-relevant",
    sampled: true,
  }]);
  const own = "q1\td2\tnon-relevant\tsampled";
  const [key] = await readPairList(stream(`query-id\tcorpus-id\tlabel\tsource\n${own}\n`), "old");
  const text = formatPairList([{ ...key, line: 7 }]);
  assertEquals(text, `query-id\tcorpus-id\tlabel\tsource\tline\n${own}\t7\n`);
  assertEquals(await fetchPairs(collection, await readPairList(stream(text), "pairs.tsv")), pairs);
});

for (
  const line of [
    "q1\td1\trelevant",
    "q1\td1\tmaybe\tjudged",
    "q1\td1\trelevant\tguessed",
    "q1\td1\trelevant\tjudged\t7",
    "q1\td2\trelevant\tjudged",
  ]
) {
  Deno.test(`readPairList() refuses ${JSON.stringify(line)}, naming file and line`, async () => {
    const text = `query-id\tcorpus-id\tlabel\tsource\nq1\td2\trelevant\tjudged\n${line}\n`;
    await assertRejects(() => readPairList(stream(text), "pairs.tsv"), SyntaxError, "pairs.tsv:3");
  });
}

// Queries, passages and judgements as wc -l counts them; the qrels have one line of header.
const REAL: readonly [
  name: string,
  counts: readonly [queries: number, passages: number, judged: number],
][] = [
  ["msmarco-dl19", [43, 8415, 3374]],
  ["nfcorpus", [323, 3633, 12334]],
  ["cranfield", [225, 1400, 1837]],
  ["medline", [30, 1033, 696]],
  ["vaswani", [93, 11429, 2083]],
  ["scifact", [300, 5183, 339]],
];

for (const [name, counts] of REAL) {
  sharedTest(`openCollection() reads all of ${name}`, `data/${name}/`, async (at) => {
    const collection = await openCollection(diskFolder(at), { split: "test" });
    const passages = await Array.fromAsync(collection.passages());
    const judged = [...collection.qrels.values()].reduce((sum, row) => sum + row.size, 0);
    assertEquals([collection.queries.size, passages.length, judged], [...counts]);
    const { pairs } = await labelledPairs(collection, { label: "relevant", maxPairs: 50 });
    assertEquals(
      new Set(pairs.map(({ query }) => query.id)).size,
      Math.min(50, collection.qrels.size),
    );
  });
}

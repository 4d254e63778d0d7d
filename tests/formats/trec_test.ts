import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { readLines } from "../../src/formats/lines.ts";
import { formatRun, readQrels, readRun } from "../../src/formats/trec.ts";
import { gzip, stream } from "./files.ts";

const qrels = (text: string) => readQrels(stream(text), "f.qrels");
const run = (text: string) => readRun(stream(text), "f.run");

Deno.test("readQrels() reads TREC's four fields, whatever blanks are between them", async () => {
  const expected = new Map([["1", new Map([["a", 2], ["b", -1]])], ["2", new Map([["a", 0]])]]);
  assertEquals(await qrels("1 0 a 2\n1\t0\tb\t-1\r\n\n2  Q0  a  0"), expected);
});

Deno.test("readQrels() reads BEIR's three fields under their header", async () => {
  const text = "query-id\tcorpus-id\tscore\nPLAIN-2\tMED 1\t2\n";
  assertEquals(await qrels(text), new Map([["PLAIN-2", new Map([["MED 1", 2]])]]));
});

Deno.test("readRun() reads scores as float64 and ignores the rank", async () => {
  const text = "1 Q0 a 9 -1.5e-3 tag\n1 Q0 b 1 .25 tag\n";
  assertEquals(await run(text), new Map([["1", new Map([["a", -0.0015], ["b", 0.25]])]]));
});

Deno.test("formatRun() writes what readRun() reads, ranked, and refuses a tag with blanks", async () => {
  const table = new Map([["2", new Map([["a", 1 / 3]])], [
    "10",
    new Map([["x", 1e-9], ["y", 1e-9]]),
  ]]);
  const text = [...formatRun(table, "mine")].join("");
  assertEquals(
    text,
    "10 Q0 y 1 1e-9 mine\n10 Q0 x 2 1e-9 mine\n2 Q0 a 1 0.3333333333333333 mine\n",
  );
  assertEquals(await run(text), table);
  assertThrows(() => [...formatRun(table, "a b")], SyntaxError, `"a b"`);
});

Deno.test("readRun() takes six fields and ignores what follows, as trec_eval does", async () => {
  const text = "1 Q0 a 1 2 tag more junk at\n1\tQ0\tb\t2\t1\ttag\t7\n";
  assertEquals(await run(text), new Map([["1", new Map([["a", 2], ["b", 1]])]]));
});

Deno.test("readRun() and readQrels() skip comments by the rules of version 10, and by those of 9 refuse them", async () => {
  const scores = new Map([["1", new Map([["a#1", 2]])]]);
  const runs = "# made by hand\n1 Q0 a#1 1 2 tag\n \t# 1 Q0 b 1 2 tag\n";
  assertEquals(await run(runs), scores);
  const judgements = "#\n# two comments\n1 0 a#1 2\n";
  assertEquals(await qrels(judgements), scores);
  for (
    const read of [
      () => readRun(stream(runs), "f", { trecEval: 9 }),
      () => readQrels(stream(judgements), "f", { trecEval: 9 }),
    ]
  ) await assertRejects(read, SyntaxError, "f:1: expected");
  await assertRejects(() => qrels(" # no comment\n"), SyntaxError, "f.qrels:1: expected 4 fields");
});

Deno.test("readRun() keeps scores as float32 by the rules of version 9", async () => {
  const text = "1 Q0 a 1 0.5 t\n1 Q0 b 2 0.50000000001 t\n";
  const found = await readRun(stream(text), "f", { trecEval: 9 });
  assertEquals([...found.get("1")!.values()], [0.5, 0.5]);
  assertEquals([...(await run(text)).get("1")!.values()], [0.5, 0.50000000001]);
});

Deno.test("readRun() and readQrels() name a file that holds nothing", async () => {
  for (const text of ["", "\n \n", "# nothing\n"]) {
    await assertRejects(() => run(text), SyntaxError, "Cannot read f.run: expected a line");
    await assertRejects(
      () => qrels(text),
      SyntaxError,
      "Cannot read f.qrels: expected a judgement",
    );
  }
  await assertRejects(() => qrels("query-id\tcorpus-id\tscore\n"), SyntaxError, "found none");
});

Deno.test("formatRun() writes what readRun() reads, or refuses it before the first line", async () => {
  const signs = [
    "a",
    "1",
    "#",
    " ",
    "\t",
    "\n",
    "\v",
    "\f",
    "\r",
    "\u00a0",
    "\u2028",
    "\ufeff",
    "\u0000",
  ];
  const ids = ["", "\ud800", ...signs, ...signs.flatMap((x) => signs.map((y) => `${x}${y}`))];
  let refused = 0;
  for (const id of ids) {
    for (
      const table of [new Map([[id, new Map([["d", 1]])]]), new Map([["q", new Map([[id, 1]])]])]
    ) {
      let lines: string[] | undefined;
      try {
        lines = [...formatRun(table, "t")];
      } catch (error) {
        assertEquals((error as Error).name, "RangeError");
        refused++;
      }
      if (lines) assertEquals(await run(lines.join("")), table, JSON.stringify(id));
    }
  }
  assert(refused > 20 && refused < 2 * ids.length - 20); // some of both
  const later = new Map([["a", new Map([["d", 1]])], ["b", new Map([["d 1", 1]])]]);
  assertThrows(() => formatRun(later, "t"), RangeError, `document "d 1" into a run`);
  for (const score of [NaN, Infinity]) {
    const table = new Map([["q", new Map([["d", score]])]]);
    assertThrows(() => formatRun(table, "t"), RangeError, "expected finite scores");
  }
  assertThrows(() => formatRun(new Map(), "t"), RangeError, "found none");
});

const BAD_QRELS = {
  "1 0 a": `f.qrels:2: expected 4 fields (query, iteration, document, grade), got 3 in "1 0 a"`,
  "1 0 a 1 extra": "got 5",
  "1 0 a 1.0": `an integer grade, got "1.0"`,
  "1 0 a x": `an integer grade, got "x"`,
  "1 0 b 0": `every document once for query "1", got "b" again`,
};

for (const [line, cause] of Object.entries(BAD_QRELS)) {
  Deno.test(`readQrels() refuses "${line}", naming file and line`, async () => {
    const error = await assertRejects(() => qrels(`1 0 b 1\n${line}\n`), SyntaxError, cause);
    assertEquals(error.message.includes("f.qrels:2"), true, error.message);
  });
}

const BAD_RUNS = {
  "1 Q0 a 1 0.5": `expected 6 fields (query, Q0, document, rank, score, tag), got 5`,
  "1 Q0 a 1 NaN t": `a finite number as score, got "NaN"`,
  "1 Q0 a 1 inf t": `got "inf"`,
  "1 Q0 a 1 1e999 t": `got "1e999"`,
  "1 Q0 a 1 0x10 t": `got "0x10"`,
  "1 Q0 b 2 0.1 t": `got "b" again`,
};

for (const [line, cause] of Object.entries(BAD_RUNS)) {
  Deno.test(`readRun() refuses "${line}", naming file and line`, async () => {
    const error = await assertRejects(() => run(`1 Q0 b 1 9 t\n${line}\n`), SyntaxError, cause);
    assertEquals(error.message.includes("f.run:2"), true, error.message);
  });
}

const lines = async (bytes: AsyncIterable<Uint8Array>) =>
  (await Array.fromAsync(readLines(bytes, "f"))).map(({ text, number }) => [number, text]);

Deno.test("readLines() joins lines and characters that pieces cut anywhere", async () => {
  const text = "\ufeffeins\r\nzwei €\n\n\ufeffdrei 😀";
  const expected = [[1, "eins"], [2, "zwei €"], [3, ""], [4, "\ufeffdrei 😀"]];
  for (const size of [1, 2, 3, 5, 100]) {
    assertEquals(await lines(stream(text, size)), expected, `pieces of ${size}`);
    assertEquals(await lines(stream(await gzip(text), size)), expected, `gzip pieces of ${size}`);
  }
  assertEquals(await lines(stream("")), []);
  assertEquals(await lines(stream("a\n")), [[1, "a"]]);
});

Deno.test("readLines() reads gzip files of several members, as pigz and cat make them", async () => {
  const bytes = new Uint8Array([...await gzip("a\n"), ...await gzip("b\n")]);
  assertEquals(await lines(stream(bytes)), [[1, "a"], [2, "b"]]);
});

Deno.test("readLines() names the line that is not UTF-8", async () => {
  const bytes = new Uint8Array([0x61, 0x0a, 0x62, 0xff, 0x0a, 0x63]);
  for (const size of [1, 100]) {
    await assertRejects(() => lines(stream(bytes, size)), SyntaxError, "f:2: expected UTF-8");
  }
});

Deno.test("readLines() refuses a gzip file that is cut short or damaged, naming it", async () => {
  const text = Array.from({ length: 5000 }, (_, i) => `line ${i * i}`).join("\n");
  const whole = await gzip(text);
  const damaged = whole.slice();
  damaged[whole.length - 6] ^= 1; // in the checksum
  for (const bytes of [whole.slice(0, -1), whole.slice(0, 300), whole.slice(0, 5), damaged]) {
    await assertRejects(
      () => lines(stream(bytes)),
      SyntaxError,
      "Cannot read f: expected a whole gzip",
    );
  }
});

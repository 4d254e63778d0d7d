/** `score`, `rerank`, `attribute`, `trace`, `baselines` and `ablate` of a bi-encoder, as a user runs them. */

import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { openSafetensors } from "../../../internal.ts";
import { root } from "../../backends.ts";
import { cli, inFolder } from "../run.ts";

const place = (name: string) => decodeURIComponent(new URL(name, root).pathname);
const model = place("tests/golden/encoders/models/bert-w30-cls-dot");
const dataset = place("fixtures/collections/sailing");
const golden: {
  pairs: { query: string; passage: string; label: number; logits: [number] }[];
} = JSON.parse(
  await Deno.readTextFile(place("tests/golden/encoders/forward/bert-w30-cls-dot.json")),
);
const commonOf = (
  name: string,
) => [
  "--model",
  place(`tests/golden/encoders/models/${name}`),
  "--device",
  "simd",
  "--threads",
  "1",
  "--quiet",
];
const common = commonOf("bert-w30-cls-dot");

/** Runs a command that must succeed; its table without the line of names. */
async function rows(...args: string[]): Promise<string[][]> {
  const { code, stdout, stderr } = await cli(args);
  assertEquals([code, stderr], [0, ""], args.join(" "));
  return stdout.trimEnd().split("\n").map((line) => line.split("\t"));
}

const writePairs = (folder: string) =>
  Deno.writeTextFile(
    `${folder}/pairs.tsv`,
    golden.pairs.map(({ query, passage, label }) => `${query}\t${passage}\t${label}\n`).join(""),
  );

Deno.test("score prints a bi-encoder's similarity and no probability; tokenize both texts", () =>
  inFolder(async (folder) => {
    const texts = golden.pairs.map(({ query, passage }) => `${query}\t${passage}\n`).join("");
    await Deno.writeTextFile(`${folder}/texts.tsv`, texts);
    const found = await rows("score", ...common, "--pairs", `${folder}/texts.tsv`);
    assertEquals(found.map((row) => row.length), golden.pairs.map(() => 1));
    found.forEach(([value], i) =>
      assertAlmostEquals(Number(value), golden.pairs[i].logits[0], 1e-5)
    );
    const [[ids, types, pieces]] = await rows(
      ...["tokenize", "--model", model, "--pairs", `${folder}/texts.tsv`],
    );
    assertEquals(pieces, "[CLS] river [SEP] [CLS] bank [SEP]");
    assertEquals([ids.split(" ").length, types], [6, "0 0 0 0 0 0"]);
  }));

Deno.test("tokenize reads texts as the model does: ColBERT's [MASK]s, SPLADE's texts apart", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/texts.tsv`, "river\tbank\n");
    for (
      const [name, wanted] of [
        [
          "colbert-l1-w36",
          /^\[CLS\] \[unused0\] river \[SEP\]( \[MASK\]){8} \[CLS\] \[unused1\] bank/,
        ],
        ["splade-l1-w36", /^\[CLS\] river \[SEP\] \[CLS\] bank \[SEP\]$/],
      ] as const
    ) {
      const own = place(`tests/golden/encoders/models/${name}`);
      const { code, stdout } = await cli([
        ...["tokenize", "--model", own, "--pairs", `${folder}/texts.tsv`, "--quiet"],
      ]);
      assertEquals(code, 0);
      assertMatch(stdout.trimEnd().split("\t")[2], wanted);
    }
  }));

Deno.test("attribute records what moved; agreement needs a threshold, which decides what is kept", () =>
  inFolder(async (folder) => {
    await writePairs(folder);
    const attribute = (...more: string[]) =>
      cli([
        ...["attribute", ...common, "--pairs", `${folder}/pairs.tsv`, "--rule", "trapezoid"],
        ...["--steps", "4", "--output", `${folder}/S.safetensors`, ...more],
      ]);
    const metadata = async () => {
      const bytes = await Deno.readFile(`${folder}/S.safetensors`);
      return (await openSafetensors(() => Promise.resolve(bytes), "S")).metadata;
    };
    for (const path of ["both", "passage", "query"]) {
      const { code, stderr } = await attribute("--path", path);
      assertEquals(code, 0, stderr);
      const { path: recorded, similarity, agreement, pairs } = await metadata();
      assertEquals([recorded, similarity, agreement, pairs], [path, "dot", "off", "4"]);
    }
    // similarities 7.7, 5.7, 5.9 and 7.7 of pairs labelled 1, 1, 0, 0: the first and third agree
    assertEquals((await attribute("--threshold", "6.5")).code, 0);
    const kept = await metadata();
    assertEquals([kept.pairs, kept.dropped, kept.threshold], ["2", "2", "6.5"]);
    assertEquals((await attribute("--threshold", "6.5", "--agreement", "off")).code, 0);
    assertEquals((await metadata()).pairs, "4");
    for (
      const [more, says] of [
        [["--agreement", "on"], /expected a threshold \(--threshold X\)/],
        [
          ["--path", "passage", "--baseline", "pad-query"],
          /Cannot use baseline pad-query with path passage/,
        ],
        [["--target", "probability"], /Cannot use target probability with a bi-encoder/],
        [["--relevant-class", "0"], /Cannot use --relevant-class/],
      ] as const
    ) {
      const { code, stderr } = await attribute(...more);
      assertEquals(code, 1);
      assertMatch(stderr, says);
    }
    const described = await cli([
      ...["describe", ...common, "--pairs", `${folder}/pairs.tsv`, "--neurons", "0.value.1"],
    ]);
    assertEquals(described.code, 1);
    assertMatch(described.stderr, /Cannot describe neurons of a bi-encoder/);
    const wrong = await attribute("--path", "both-of-them");
    assertEquals(wrong.code, 2);
    assertMatch(wrong.stderr, /--path/);
  }));

Deno.test("a cross-encoder has no path of one text, and no threshold", () =>
  inFolder(async (folder) => {
    await writePairs(folder);
    const attribute = (...more: string[]) =>
      cli([
        ...["attribute", "--model", place("fixtures/tiny-cross-encoder"), "--device", "cpu"],
        ...["--pairs", `${folder}/pairs.tsv`, "--output", `${folder}/S.safetensors`, ...more],
      ]);
    for (
      const [more, says] of [
        [["--path", "query"], "Cannot use path query with this model: expected both"],
        [["--threshold", "1"], "Cannot use threshold 1 with this model: expected none"],
      ] as const
    ) {
      const { code, stderr } = await attribute(...more);
      assertEquals(code, 1);
      assert(stderr.includes(says), stderr);
      assertEquals(stderr.trimEnd().split("\n").length, 1);
    }
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["pairs.tsv"]);
  }));

for (const name of ["bert-w30-cls-dot", "colbert-pylate-w30", "splade-st-w30"]) {
  Deno.test(`baselines, trace, rerank and ablate work on two encoders, ${name}`, () =>
    inFolder(async (folder) => {
      const common = commonOf(name);
      await writePairs(folder);
      const table = await rows("baselines", ...common, "--dataset", dataset, "--max-pairs", "5");
      assertEquals(table[0][1], "similarity");
      assertEquals(table.slice(1).map(([baseline]) => baseline), [
        ...["original", "unrelated", "pad", "pad-query", "zero", "zero-query", "pad-content"],
      ]);
      const of = (all: string[][], row: number) => Number(all[row][1]);
      const query = await rows(
        ...["baselines", ...common, "--dataset", dataset, "--max-pairs", "5", "--path", "query"],
      );
      assertAlmostEquals(of(query, 1), of(table, 1), 1e-5); // float32
      assert(Math.abs(of(query, 3) - of(table, 3)) > 1e-2); // pad: the passage stays
      assertAlmostEquals(of(query, 4), of(table, 4), 1e-5); // pad-query: it stays anyway

      const trace = await rows(
        ...[
          "trace",
          ...common,
          "--pairs",
          `${folder}/pairs.tsv`,
          "--neurons",
          "1.query.3,0.value.1",
        ],
        ...["--steps", "3", "--path", "passage"],
      );
      assertEquals(trace.length, 1 + 4 * 2 * 4);

      const lines = ["q0", "q1", "q2"].flatMap((id) =>
        ["s1", "s2", "s3"].map((document, i) => `${id} Q0 ${document} ${i} ${3 - i} x\n`)
      );
      const documents = new Set(
        (await Deno.readTextFile(`${dataset}/corpus.jsonl`)).trimEnd().split("\n")
          .map((line) => JSON.parse(line)._id),
      );
      const ids = [...documents].slice(0, 3);
      const run = lines.join("").replaceAll(/s([123])/g, (_, n) => ids[Number(n) - 1]);
      await Deno.writeTextFile(`${folder}/run`, run);
      const reranked = await cli([
        ...["rerank", ...common, "--dataset", dataset, "--candidates", `${folder}/run`],
      ]);
      assertEquals([reranked.code, reranked.stderr], [0, ""]);
      const scores = reranked.stdout.trimEnd().split("\n").map((line) => line.split(" "));
      assertEquals(scores.length, 9);
      const texts = async (file: string) =>
        new Map<string, { title?: string; text: string }>(
          (await Deno.readTextFile(`${dataset}/${file}`)).trimEnd().split("\n")
            .map((line) => JSON.parse(line)).map((one) => [one._id, one]),
        );
      const [queries, corpus] = [await texts("queries.jsonl"), await texts("corpus.jsonl")];
      const [id, , document, , score] = scores[0];
      const { title = "", text } = corpus.get(document)!;
      await Deno.writeTextFile(
        `${folder}/one.tsv`,
        `${queries.get(id)!.text}\t${`${title} ${text}`.trim()}\n`,
      );
      const [[alone]] = await rows("score", ...common, "--pairs", `${folder}/one.tsv`);
      assertAlmostEquals(Number(score), Number(alone), 1e-5);

      for (const [name, label] of [["P_ms", "1"], ["N_ms", "0"]]) {
        const own = golden.pairs.filter((one) => String(one.label) === label)
          .map(({ query, passage }) => `${query}\t${passage}\t${label}\n`);
        await Deno.writeTextFile(`${folder}/${name}.tsv`, own.join(""));
        const { code, stderr } = await cli([
          ...["attribute", ...common, "--pairs", `${folder}/${name}.tsv`, "--rule", "right"],
          ...["--steps", "3", "--output", `${folder}/${name}.safetensors`],
        ]);
        assertEquals(code, 0, stderr);
      }
      const qrels = (await Deno.readTextFile(`${dataset}/qrels/test.tsv`)).trimEnd().split("\n")
        .slice(1).map((line) => line.split("\t"));
      const judged = qrels.filter(([query]) => ["q0", "q1", "q2"].includes(query));
      await Deno.writeTextFile(
        `${folder}/judged`,
        judged.map(([query, document], i) => `${query} Q0 ${document} 1 ${100 - i} x\n`).join(""),
      );
      const ablated = await rows(
        ...["ablate", ...common, "--datasets", dataset, "--schemes", folder, "--rows", "P[ms]"],
        ...["--levels", "20", "--repetitions", "2", "--other-repetitions", "2"],
        ...["--candidates", `${folder}/judged`, "--relevant-from", "2"],
      );
      assertEquals(ablated.slice(1).map(([expression]) => expression), ["P[ms]", "random(P[ms])"]);
      assert(Number(ablated[1][6]) > 0);
    }));
}

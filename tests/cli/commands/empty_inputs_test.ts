/** Empty files: an error that names them, and nothing is kept. */

import { assertEquals, assertMatch } from "@std/assert";
import { root } from "../../backends.ts";
import { cli, inFolder } from "../run.ts";

const model = decodeURIComponent(new URL("fixtures/tiny-cross-encoder", root).pathname);
const computer = ["--device", "simd", "--threads", "1"];

const files: Readonly<Record<string, string>> = {
  "corpus.jsonl": `{"_id":"d1","text":"flea"}\n{"_id":"d2","text":"dog"}\n`,
  "queries.jsonl": `{"_id":"q1","text":"fleas"}\n{"_id":"q2","text":"dogs"}\n`,
  "qrels/test.tsv": "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\n",
  run: "q1 Q0 d1 1 1 x\nq1 Q0 d2 2 0 x\nq2 Q0 d1 1 1 x\n",
};

const commands = (folder: string): Readonly<Record<string, readonly string[]>> => ({
  bm25: ["bm25", "--dataset", folder],
  rerank: [
    ...["rerank", "--model", model, "--dataset", folder, "--candidates", `${folder}/run`],
    ...["--output", `${folder}/S`, ...computer],
  ],
  attribute: [
    ...["attribute", "--model", model, "--dataset", folder, "--label", "relevant"],
    ...["--output", `${folder}/S`, ...computer],
  ],
  negatives: [
    ...["attribute", "--model", model, "--dataset", folder, "--label", "non-relevant"],
    ...["--negatives", "bm25", "--output", `${folder}/S`, ...computer],
  ],
  baselines: ["baselines", "--model", model, "--dataset", folder, ...computer],
});

/** Which of the commands read a file. */
const readers: Readonly<Record<string, readonly string[]>> = {
  "corpus.jsonl": ["bm25", "rerank", "attribute", "negatives", "baselines"],
  "queries.jsonl": ["bm25", "rerank", "attribute", "negatives", "baselines"],
  "qrels/test.tsv": ["bm25", "rerank", "attribute", "negatives", "baselines"],
  run: ["rerank"],
};

const contents = { "0 bytes": "", "blank lines": "\n\n" };

for (const [file, names] of Object.entries(readers)) {
  for (const [what, content] of Object.entries(contents)) {
    Deno.test(`${names.join(", ")} refuse ${file} of ${what}, by name, and leave nothing`, () =>
      inFolder(async (folder) => {
        await Deno.mkdir(`${folder}/qrels`);
        for (const [name, text] of Object.entries(files)) {
          await Deno.writeTextFile(`${folder}/${name}`, name === file ? content : text);
        }
        const before = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
        for (const name of names) {
          const { code, stdout, stderr } = await cli(commands(folder)[name]);
          assertEquals([code, stdout], [1, ""], `${name}: ${stderr}`);
          assertMatch(stderr, new RegExp(`error: Cannot read .*${file}: expected .*, found none`));
          assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), before);
        }
      }));
  }
}

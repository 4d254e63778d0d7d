/**
 * 50 masks as a user runs them: `rerank --ablate` once a mask, and one `ablate` for all, on two lists of
 * 21 candidates of 100 tokens, MiniLM-L12's shape with random weights:
 *
 *     deno run -A bench/ablation_runs.ts [DEVICE]
 *
 * The time of a `rerank` is the mean of three masks. `bench/ablation_bench.ts` has the same without what
 * every start costs.
 */

import { schemeOf, schemeSums } from "../src/attribution/schemes/scheme.ts";
import { encodeScheme } from "../src/attribution/schemes/scheme_file.ts";
import { addPair } from "../src/attribution/schemes/scheme.ts";
import { seededRandom } from "../src/ir/random.ts";
import { neuronCount } from "../src/model/neurons.ts";
import { bertSpace } from "../tests/spaces.ts";

const device = Deno.args[0] ?? "simd";
const space = bertSpace({ layers: 12, width: 384, inner: 1536 });
const folder = await Deno.makeTempDir();
const random = seededRandom(1);
const words = (count: number) =>
  Array.from({ length: count }, () => `w${random() % 900}`).join(" ");

/** Runs a command of this project, and returns its seconds. */
async function run(script: string, ...args: string[]): Promise<number> {
  const began = performance.now();
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", new URL(script, import.meta.url).href, ...args],
    stdout: "null",
    stderr: "piped",
  }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return (performance.now() - began) / 1000;
}

/** A scheme whose strongest 1 % are random neurons of the layers from `lowest` on. */
async function writeScheme(name: string, lowest: number) {
  const all = neuronCount(space);
  const below = all * lowest / space.layers;
  const sums = schemeSums(space);
  for (let pair = 0; pair < 2; pair++) {
    addPair(
      sums,
      Float64Array.from({ length: all }, (_, id) => id < below ? 0 : 1 + random() % 1000),
    );
  }
  const scheme = schemeOf(sums, { label: "relevant" });
  await Deno.writeFile(`${folder}/P_${name}.safetensors`, encodeScheme(scheme));
}

const queries = ["q0", "q1"];
const documents = queries.flatMap((query) =>
  Array.from({ length: 21 }, (_, i) => ({ query, id: `${query}d${i}`, relevant: i === 0 }))
);
const jsonLines = (lines: readonly unknown[]) => lines.map((one) => JSON.stringify(one)).join("\n");
await Deno.mkdir(`${folder}/data/qrels`, { recursive: true });
const files = {
  "data/corpus.jsonl": jsonLines(documents.map(({ id }) => ({ _id: id, text: words(87) }))),
  "data/queries.jsonl": jsonLines(queries.map((id) => ({ _id: id, text: words(10) }))),
  "data/qrels/test.tsv": "query-id\tcorpus-id\tscore\n" +
    documents.filter(({ relevant }) => relevant).map(({ query, id }) => `${query}\t${id}\t1\n`)
      .join(""),
  "run.trec": documents.map(({ query, id }, i) => `${query} Q0 ${id} 1 ${100 - i} x\n`).join(""),
};
for (const [name, text] of Object.entries(files)) {
  await Deno.writeTextFile(`${folder}/${name}`, `${text.trimEnd()}\n`);
}
const sizes = [space.layers, space.width, 12, space.inner, 30_522, 1];
await run("random_checkpoint.ts", `${folder}/model`, ...sizes.map(String));

const model = [`--model=${folder}/model`, `--device=${device}`, "--quiet"];
const cases = {
  "all masks from layer 6 on": { lowest: [6], repetitions: 49 },
  "masks from layers 6, 7 … 11 on": { lowest: [6, 7, 8, 9, 10, 11], repetitions: 7 },
  "masks everywhere": { lowest: [0], repetitions: 49 },
};
for (const [name, { lowest, repetitions }] of Object.entries(cases)) {
  for (const layer of lowest) await writeScheme(`l${layer}`, layer);
  const rows = lowest.map((layer) => `P[l${layer}]`);
  let separate = 0;
  for (let mask = 0; mask < 3; mask++) {
    const expression = `random(${rows[mask * 2 % rows.length]}, ${mask})`;
    const set = `--output=${folder}/set.json`;
    await run("../cli.ts", "neurons", expression, "--level=1%", `--schemes=${folder}`, set);
    separate += await run(
      "../cli.ts",
      ...["rerank", ...model, `--dataset=${folder}/data`, `--candidates=${folder}/run.trec`],
      ...[`--ablate=${folder}/set.json`, `--output=${folder}/out.trec`],
    ) / 3;
  }
  const masks = rows.length * (1 + repetitions);
  const together = await run(
    "../cli.ts",
    ...["ablate", ...model, `--datasets=${folder}/data`, `--candidates=${folder}/run.trec`],
    ...[`--schemes=${folder}`, "--levels=1", `--rows=${rows.join(";")}`],
    ...[`--controls=${rows.join(";")}`, `--repetitions=${repetitions}`],
  );
  console.log(
    `${name}: ${masks} runs of rerank ${(masks * separate).toFixed(1)} s (${
      separate.toFixed(2)
    } s each), one of ablate ${together.toFixed(1)} s, ratio ${
      (together / masks / separate).toFixed(2)
    }`,
  );
}
await Deno.remove(folder, { recursive: true });

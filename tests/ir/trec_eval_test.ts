// Measures against trec_eval's own files and against the published numbers of real runs.

import { assertEquals, assertNotEquals } from "@std/assert";
import { readQrels, readRun } from "../../src/formats/trec.ts";
import { formatValue, mean, parseMeasure } from "../../src/ir/measures.ts";
import { sharedTest, stream } from "../formats/files.ts";

async function open(at: URL) {
  return (await Deno.open(at)).readable;
}

/** trec_eval's names of the measures offered here. */
function nameOf(trecEval: string): string | undefined {
  if (trecEval === "ndcg") return "nDCG";
  if (trecEval === "map") return "AP";
  if (trecEval === "recip_rank") return "MRR";
  const [, base, k] = /^(ndcg_cut|map_cut|P|recall)_(\d+)$/.exec(trecEval) ?? [];
  const bases: Record<string, string> = { ndcg_cut: "nDCG", map_cut: "AP", P: "P", recall: "R" };
  return base === undefined ? undefined : `${bases[base]}@${k}`;
}

sharedTest(
  "parseMeasure() names measures that print trec_eval's digits, per topic and overall",
  "conformance/trec_eval/",
  async (at) => {
    const qrels = await readQrels(await open(new URL("qrels.test", at)), "qrels.test");
    const run = await readRun(await open(new URL("results.test", at)), "results.test");
    const expected = await Deno.readTextFile(new URL("out.test.aq", at));
    let compared = 0;
    for (const line of expected.trim().split("\n")) {
      const [trecEval, topic, value] = line.split("\t").map((field) => field.trim());
      const name = nameOf(trecEval);
      if (name === undefined) continue;
      const values = parseMeasure(name).measure(run, qrels);
      const found = topic === "all" ? mean(values) : values.get(topic)!;
      assertEquals(formatValue(found), value, `${name} of ${topic}`);
      compared++;
    }
    // 4 kinds of measure at 9 cutoffs, and 3 over the whole ranking, for 3 topics and overall.
    assertEquals(compared, (4 * 9 + 3) * 4);
  },
);

for (const version of [9, 10] as const) {
  Deno.test(`readRun() and readQrels() follow trec_eval ${version} in what it reads and how scores are equal`, async () => {
    const at = new URL("golden/", import.meta.url);
    // comments are version 10's; tests/ir/golden/make_trec_eval.py made the numbers
    const lines = async (name: string) =>
      (await Deno.readTextFile(new URL(name, at))).split("\n")
        .filter((line) => version === 10 || !line.trim().startsWith("#")).join("\n");
    const options = { trecEval: version };
    const qrels = await readQrels(stream(await lines("versions.qrels")), "qrels", options);
    const run = await readRun(stream(await lines("versions.run")), "run", options);
    const golden = JSON.parse(await Deno.readTextFile(new URL("versions.json", at)));
    for (const [key, value] of Object.entries(golden[version])) {
      const [name, topic] = key.split(" ");
      const values = parseMeasure(name).measure(run, qrels);
      const found = topic === "all" ? mean(values) : values.get(topic)!;
      assertEquals(formatValue(found), value, key);
    }
    assertEquals(Object.keys(golden[version]).length, 5 * 7); // measures; topics and all
    assertNotEquals(golden[9], golden[10]);
  });
}

// ir_measures 0.4.3 (pytrec_eval-terrier 0.5.11): calc_aggregate(measures, qrels, run).
const DL19: readonly [run: string, measure: string, value: string][] = [
  ["bm25", "nDCG@10", "0.5058"],
  ["bm25", "nDCG", "0.4602"],
  ["bm25", "RR@10", "0.8233"],
  ["bm25", "RR(rel=2)@10", "0.7024"],
  ["bm25", "P@10", "0.6186"],
  ["bm25", "P(rel=2)@5", "0.4791"],
  ["bm25", "R@100", "0.4531"],
  ["bm25", "R(rel=2)@50", "0.3832"],
  ["bm25", "AP", "0.2993"],
  ["bm25", "AP(rel=2)@100", "0.2476"],
  ["bm25", "Judged@10", "1.0000"],
  ["bm25", "Judged@100", "0.5249"],
  ["splade", "nDCG@10", "0.7308"],
  ["splade", "nDCG", "0.6139"],
  ["splade", "RR@10", "0.9729"],
  ["splade", "RR(rel=2)@10", "0.9186"],
  ["splade", "P@10", "0.8093"],
  ["splade", "P(rel=2)@5", "0.7116"],
  ["splade", "R@100", "0.5549"],
  ["splade", "R(rel=2)@50", "0.5473"],
  ["splade", "AP", "0.4382"],
  ["splade", "AP(rel=2)@100", "0.4464"],
  ["splade", "Judged@10", "0.9256"],
  ["splade", "Judged@100", "0.5205"],
];

sharedTest(
  "parseMeasure() names measures that agree with ir_measures on two TREC Deep Learning 2019 runs",
  "data/msmarco-dl19/",
  async (at) => {
    const qrels = await readQrels(await open(new URL("qrels/full.trec", at)), "full.trec");
    for (const [name, measure, value] of DL19) {
      const run = await readRun(await open(new URL(`runs/${name}.trec`, at)), name);
      assertEquals(formatValue(mean(parseMeasure(measure).measure(run, qrels))), value, name);
    }
  },
);

/** Cross-encoders with real weights and real collections, on machines that have them beside the project. */

import { assert, assertAlmostEquals, assertEquals, assertLess, assertMatch } from "@std/assert";
import { openSafetensors, openScheme, score, simdOps } from "../../internal.ts";
import { openFolder } from "../../src/deno/folder.ts";
import { openCollection } from "../../src/formats/collection.ts";
import { type Backend, loaderOf, root, withModel } from "../backends.ts";
import { cli, inFolder } from "../cli/run.ts";
import { SHARED, sharedTest } from "../formats/files.ts";
import { distanceOf, type GoldenCase } from "./golden.ts";

const backend: Pick<Backend, "open"> = { open: () => simdOps({ threads: 2 }) };
const pathOf = (url: URL) => decodeURIComponent(url.pathname);
const shared = (path: string) => pathOf(new URL(path, SHARED));

for (const name of ["small-monobert", "minilm-cross-encoder"]) {
  sharedTest(`attribute() agrees with PyTorch on ${name}`, `models/${name}`, async (folder) => {
    const golden = new URL(`tests/golden/real/${name}.json`, root);
    const { cases, pairs }: { cases: GoldenCase[]; pairs: { query: string; passage: string }[] } =
      JSON.parse(await Deno.readTextFile(golden));
    assert(cases.length > 0);
    const file = await openSafetensors(loaderOf("tests/golden/real"), `${name}.safetensors`);
    await withModel(folder, { backend }, async (encoder) => {
      for (const one of cases) {
        const distance = await distanceOf(encoder, { cases, pairs, file }, one);
        assertLess(distance.conductance, 1e-4, one.case);
        assertLess(distance.F, 1e-4, one.case);
      }
    });
  });
}

sharedTest(
  "score() gives PyTorch's logits of 40 judged MS MARCO pairs to 1e-4",
  "models/minilm-cross-encoder",
  async (folder) => {
    const text = await Deno.readTextFile(new URL(`${folder}/reference-scores.tsv`));
    const lines = text.trimEnd().split("\n").slice(1).map((line) => line.split("\t"));
    const collection = await openCollection(openFolder(shared("data/msmarco-dl19")));
    const passages = await collection.passagesOf(lines.map(([, id]) => id));
    const pairs = await Promise.all(lines.map(async ([query, passage]) => ({
      query: (await collection.queryOf(query)).text,
      passage: passages.get(passage)!.text,
    })));
    assertEquals(pairs.length, 40);
    await withModel(folder, { backend }, async (encoder) => {
      const scores = await score(encoder, pairs);
      lines.forEach(([, , , tokens, logit], i) => {
        assertAlmostEquals(scores[i].logits[0], Number(logit), 1e-4);
        const { ids } = encoder.tokenizer.encode(pairs[i].query, pairs[i].passage);
        assertEquals(ids.length, Number(tokens));
      });
    });
  },
);

sharedTest(
  "rerank and measure give small-monobert's nDCG@10 on MS MARCO DL19",
  "models/small-monobert",
  (folder) =>
    inFolder(async (temporary) => {
      const dataset = shared("data/msmarco-dl19");
      const run = `${temporary}/run.trec`;
      const reranked = await cli([
        ...["rerank", "--model", pathOf(folder), "--dataset", dataset, "--output", run],
        ...["--candidates", `${dataset}/runs/bm25.trec`, "--device", "simd", "--quiet"],
      ]);
      assertEquals([reranked.code, reranked.stderr], [0, ""]);
      const { stdout } = await cli(["measure", `${dataset}/qrels/full.trec`, run, "nDCG@10"]);
      assertEquals(Number(stdout.split("\t")[2]).toFixed(3), "0.386");
    }),
);

for (const name of ["msmarco-dl19", "nfcorpus", "cranfield", "medline", "vaswani", "scifact"]) {
  sharedTest(
    `attribute takes relevant and non-relevant pairs of ${name}`,
    `data/${name}`,
    (at) =>
      inFolder(async (folder) => {
        for (const [letter, label] of [["P", "relevant"], ["N", "non-relevant"]]) {
          const { code, stderr } = await cli([
            ...["attribute", "--model", shared("models/small-monobert"), "--dataset", pathOf(at)],
            ...["--label", label, "--output", `${folder}/${letter}`, "--max-pairs", "4"],
            ...["--relevant-from", name === "msmarco-dl19" ? "2" : "1", "--max-length", "64"],
            ...["--rule", "right", "--steps", "4", "--agreement", "off", "--device", "simd"],
            // only these two were judged non-relevant
            ...(letter === "N" && !["msmarco-dl19", "cranfield"].includes(name)
              ? ["--negatives", "bm25", "--index", `${folder}/bm25.sqlite`]
              : []),
          ]);
          assertEquals(code, 0, stderr);
          const wanted =
            `${name} .*: \\d+ ${label} pairs, at most 4 of them.*left out: \\d+ of grades`;
          assertMatch(stderr, new RegExp(wanted));
          assertMatch(stderr, /^4 pairs attributed/m);
          const scheme = await openScheme((file) => Deno.readFile(`${folder}/${file}`), letter);
          assertEquals([scheme.pairs, scheme.metadata.label], [4, label]);
          assert(scheme.mean.some((value) => value !== 0));
        }
      }),
  );
}

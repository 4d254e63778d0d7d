/** Collections, candidates and re-ranking as the library has them, beside what the commands print. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import * as rn from "../../mod.ts";
import { folder } from "../../deno.ts";
import { root } from "../backends.ts";
import { cli } from "../cli/run.ts";

const modelFolder = new URL("fixtures/tiny-cross-encoder", root).pathname;

/** Runs `test` with a copy of a collection, so that its index is built anew, and the bundled model. */
async function withCopy(
  test: (given: { readonly copy: string; readonly model: rn.Model }) => Promise<void>,
): Promise<void> {
  const copy = await Deno.makeTempDir();
  const backend = await rn.openBackend(undefined, { threads: 1 });
  try {
    await Deno.mkdir(`${copy}/qrels`);
    for (const file of ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"]) {
      await Deno.copyFile(new URL(`fixtures/collections/sailing/${file}`, root), `${copy}/${file}`);
    }
    await test({ copy, model: await rn.openModel(folder(modelFolder), backend) });
  } finally {
    backend.close();
    await Deno.remove(copy, { recursive: true });
  }
}

Deno.test("rerank() gives the scores of the command rerank, whole and with neurons zeroed", () =>
  withCopy(async ({ copy, model }) => {
    const collection = await rn.openCollection(folder(copy));
    const neurons = ["2.attention_output.62", "0.query.3", "3.intermediate.7"];
    const set = {
      ...{ format: "neuron-set/1", layers: model.config.layers, neurons },
      units: Object.fromEntries(
        model.config.components.map(({ name, units }) => [name, units]),
      ),
    };
    await Deno.writeTextFile(`${copy}/set.json`, JSON.stringify(set));
    const bm25 = await cli(["bm25", "--dataset", copy, "--depth", "10", "--quiet"]);
    assertEquals(bm25.code, 0, bm25.stderr);
    await Deno.writeTextFile(`${copy}/bm25.trec`, bm25.stdout);
    const found = await collection.candidates({ depth: 10 });
    assertEquals([...rn.formatRun(found, "bm25")].join(""), bm25.stdout);
    for (const without of [[], neurons]) {
      const run = await rn.rerank(model, collection, { depth: 10, without });
      const { code, stdout, stderr } = await cli([
        ...[
          "rerank",
          "--model",
          modelFolder,
          "--dataset",
          copy,
          "--candidates",
          `${copy}/bm25.trec`,
        ],
        ...(without.length > 0 ? ["--ablate", `${copy}/set.json`] : []),
        ...["--device", "simd", "--threads", "1", "--quiet"],
      ]);
      assertEquals(code, 0, stderr);
      assertEquals([...rn.formatRun(run, "relevance-neurons")].join(""), stdout);
    }
    const whole = await rn.rerank(model, collection, { candidates: found });
    const again = await rn.rerank(model, collection, { candidates: found, depth: 1000 });
    assertEquals(whole, again);
    assert(rn.measure(collection.qrels, whole, "nDCG@10") > 0.5);
  }));

Deno.test("candidates() builds one index, however many ask at once", () =>
  withCopy(async ({ copy }) => {
    const runs = await Promise.all([1, 2, 3].map(async () => {
      const collection = await rn.openCollection(folder(copy));
      return await Promise.all([1, 2].map(() => collection.candidates({ depth: 5 })));
    }));
    for (const run of runs.flat()) assertEquals(run, runs[0][0]);
    const left = Array.from(Deno.readDirSync(copy), ({ name }) => name).sort();
    assertEquals(left, ["bm25.sqlite", "corpus.jsonl", "qrels", "queries.jsonl"]);
  }));

Deno.test("pairs() draws so many pairs of a label, with their texts and ids, the same again", () =>
  withCopy(async ({ copy, model }) => {
    const collection = await rn.openCollection(folder(copy));
    const options = { relevantFrom: 2, max: 7 };
    const pairs = await collection.pairs("relevant", options);
    assertEquals(pairs.length, 7);
    assertEquals(new Set(pairs.map(({ queryId }) => queryId)).size, 7); // evenly over queries
    for (const { queryId, passageId, query, label } of pairs) {
      assertEquals(label, "relevant");
      assertEquals(collection.qrels.get(queryId)!.get(passageId), 2);
      assertEquals(collection.queries.get(queryId)!.text, query);
    }
    assertEquals(await collection.pairs("relevant", options), pairs);
    const scheme = await rn.buildScheme(model, pairs, {
      agreement: true,
      rule: rn.rule("right", { steps: 4 }),
    });
    assertEquals(scheme.pairs + scheme.dropped, 7);
    const read = await rn.openScheme(() => Promise.resolve(rn.encodeScheme(scheme)), "scheme");
    assertEquals([read.mean, read.pairs], [scheme.mean, scheme.pairs]);
    const P = rn.selectNeurons("P[sa]", { P_sa: scheme }, { level: 0.01 });
    assertEquals(new Set(P), new Set(rn.topNeurons(scheme, { level: 0.01 })));
    const random = rn.matchedRandomNeurons(scheme.space, P, { seed: 3 });
    const kinds = (names: readonly string[]) =>
      names.map((name) => name.replace(/\.\d+$/, "")).sort();
    assertEquals(kinds(random), kinds(P));
    assert(random.join() !== P.join());
  }));

Deno.test("candidates() says what is missing where a folder cannot be searched", () =>
  withCopy(async ({ copy, model }) => {
    const { openIndex: _, ...plain } = folder(copy);
    const collection = await rn.openCollection(plain);
    await assertRejects(
      () => rn.rerank(model, collection),
      RangeError,
      "or candidates of your own",
    );
  }));

Deno.test("openModel(), score() and attributePair() refuse what openBackend() and openModel() did not make", async () => {
  const backend = { kind: "cpu", adapter: "none", close: () => {} } as const;
  await assertRejects(() => rn.openModel(folder(modelFolder), backend), TypeError, "openBackend()");
  const model = { config: {}, tokenizer: {}, notes: [] } as unknown as rn.Model;
  const pair = { query: "a", passage: "b", label: "relevant" } as const;
  await assertRejects(() => rn.score(model, [pair]), TypeError, "openModel()");
  await assertRejects(() => rn.attributePair(model, pair), TypeError, "openModel()");
});

/** Tokens and scores against PyTorch in float64, for every family and storage format. */

import { assert, assertEquals, assertLess } from "@std/assert";
import { cpuOps, openCrossEncoder, openTokenizer, score } from "../../internal.ts";
import { scoreEncoded } from "../../src/model/cross_encoder.ts";
import { parseConfig } from "../../src/model/config.ts";
import { backends, loaderOf, withModel } from "../backends.ts";
import { encodedOf, models } from "./models.ts";

/**
 * Logits are about 1. float64: a few hundred roundings in up to 12 layers. float32: likewise,
 * 6e-8 each, which LayerNorm may enlarge tenfold.
 */
const tolerances = { cpu: 1e-12, simd: 1e-5, gpu: 1e-5 };

for (const { name, folder, pairs } of models) {
  Deno.test(`openTokenizer() makes PyTorch's tokens, ids and types of ${name}'s pairs`, async () => {
    const load = loaderOf(folder);
    const tokenizer = await openTokenizer(load, parseConfig(await load("config.json")));
    for (const { query, passage, tokens, ids, types } of pairs) {
      const encoded = tokenizer.encode(query, passage);
      assertEquals(encoded.tokens, tokens);
      assertEquals([...encoded.ids], ids);
      assertEquals([...encoded.types], types);
    }
    assert(pairs.length >= 4);
  });
}

for (const backend of backends) {
  const tolerance = tolerances[backend.kind];
  for (const { name, folder, pairs } of models) {
    Deno.test({
      name: `score() agrees with PyTorch on ${name}, ${backend.kind}`,
      ignore: backend.ignore,
      fn: () =>
        withModel(folder, { backend }, async (encoder) => {
          const scores = await score(encoder, pairs);
          pairs.forEach(({ logits, probability }, i) => {
            assertEquals(scores[i].logits.length, logits.length);
            logits.forEach((logit, label) => {
              assertLess(Math.abs(scores[i].logits[label] - logit), tolerance, `pair ${i}`);
            });
            assertLess(Math.abs(scores[i].probability - probability), tolerance, `pair ${i}`);
          });
          assertEquals(await scoreEncoded(encoder, pairs.map(encodedOf)), scores);
        }),
    });
  }

  Deno.test({
    name: `score() gives a pair the same score in any batch and order, ${backend.kind}`,
    ignore: backend.ignore,
    async fn() {
      const { folder, pairs } = models.find(({ name }) => name.startsWith("l3-"))!;
      const scores = async (order: readonly number[], memoryBytes?: number) => {
        let found: number[] = [];
        await withModel(folder, { backend, memoryBytes }, async (encoder) => {
          const given = order.map((i) => pairs[i]);
          found = (await score(encoder, given)).map(({ probability }) => probability);
        });
        return found;
      };
      const inOrder = [...pairs.keys()];
      const together = await scores(inOrder);
      const backwards = (await scores(inOrder.toReversed())).toReversed();
      const alone = await scores(inOrder, 1); // no room: one pair a batch
      const few = await scores(inOrder, 240_000); // 60 tokens in float32, 30 in float64
      // One row's sums do not depend on the others; a backend may add them up by another kernel.
      const same = backend.kind === "cpu" ? 0 : 1e-6;
      for (const other of [backwards, alone, few]) {
        other.forEach((p, i) => assert(Math.abs(p - together[i]) <= same, `pair ${i}`));
      }
    },
  });
}

Deno.test("score() of no pairs is nothing", async () => {
  const encoder = await openCrossEncoder(loaderOf(models[0].folder), cpuOps());
  assertEquals(await score(encoder, []), []);
});

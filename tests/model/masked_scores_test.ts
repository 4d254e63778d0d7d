/** Scores under many masks at once equal those under each mask alone. */

import { assert, assertEquals } from "@std/assert";
import { type CrossEncoder, freeMasks, type Neuron, neuronMasks } from "../../internal.ts";
import { scoreEncoded } from "../../src/model/cross_encoder.ts";
import { scoresUnderMasks } from "../../src/model/masked_scores.ts";
import { neuronCount, neuronOf, parseNeurons } from "../../src/model/neurons.ts";
import { seededRandom } from "../../src/ir/random.ts";
import { backends, withModel } from "../backends.ts";

/** The same model; its operations ask for `passes` passes of few tokens at once. */
function pipelined(encoder: CrossEncoder, passes: number): CrossEncoder {
  const { ops } = encoder;
  return { ...encoder, ops: { ...ops, limits: { ...ops.limits, passes, passTokens: 32 } } };
}

/** Sets that begin in every layer, one of neurons everywhere, and an empty one. */
function someSets(encoder: CrossEncoder): Neuron[][] {
  const random = seededRandom(3);
  const drawn = (from: number) =>
    Array.from(
      { length: 9 },
      () => neuronOf(encoder.config, random() % neuronCount(encoder.config)),
    )
      .filter(({ layer }) => layer >= from);
  return [
    ...Array.from({ length: encoder.config.layers }, (_, layer) => drawn(layer)),
    [],
    drawn(0),
    [{ layer: encoder.config.layers - 1, component: "ff_output", unit: 2 }],
  ];
}

for (const backend of backends) {
  Deno.test({
    name: `scores are the same to the bit, however many batches run side by side, ${backend.kind}`,
    ignore: backend.ignore,
    fn: () =>
      withModel("fixtures/tiny-cross-encoder", { backend }, async (encoder) => {
        const pairs = Array.from({ length: 9 }, (_, i) =>
          encoder.tokenizer.encode("the river", `the old bridge ${"near the jar ".repeat(i)}`));
        const sets = someSets(encoder);
        const found = async (passes: number) => {
          const few = pipelined(encoder, passes);
          return [await scoreEncoded(few, pairs), await scoresUnderMasks(few, pairs, sets)];
        };
        assertEquals(await found(3), await found(1));
      }),
  });
  for (
    const folder of ["fixtures/tiny-cross-encoder", "tests/golden/models/electra-w36-e20-labels1"]
  ) {
    Deno.test({
      name:
        `scoresUnderMasks() equals score() under each mask to the bit, ${folder}, ${backend.kind}`,
      ignore: backend.ignore,
      fn: () =>
        withModel(folder, { backend }, async (encoder) => {
          const pairs = [
            ["river", "the old stone bridge spans the cold river"],
            ["old bridge", "bridge"],
            ["mussels in the jar", "the mussels are in the jar near the copper pan"],
          ].map(([query, passage]) => encoder.tokenizer.encode(query, passage));
          const sets = someSets(encoder);
          const together = await scoresUnderMasks(encoder, pairs, sets);
          assertEquals(together.length, sets.length);
          for (const [s, neurons] of sets.entries()) {
            const masks = neuronMasks(encoder.ops, encoder.config, [neurons]);
            const alone = await scoreEncoded(encoder, pairs, {
              masks: { masks, of: pairs.map(() => 0) },
            });
            freeMasks(encoder.ops, masks);
            assertEquals(together[s], alone);
          }
          const [unpruned] = await scoreEncoded(encoder, pairs);
          const empty = sets.findIndex((neurons) => neurons.length === 0);
          assertEquals(together[empty][0], unpruned);
          assert(together[0][0].logits[0] !== together[empty][0].logits[0]);
        }),
    });
  }
}

const headSets = [
  ["1.head.0.query>passage", "2.head.0.query>passage", "2.head.1.cls>passage"], // one segment that is attended to
  ["1.head.1.query>cls"],
  ["1.head.0", "1.head.1.passage>query"], // several
  ["2.head.1.query>cls", "2.head.0.passage>passage"],
  [],
  ["0.value.3", "1.intermediate.7"], // heads as they are, in layers where others' are masked
];
for (const backend of backends) {
  for (const renormalise of [false, true]) {
    const kind = renormalise ? ", renormalised" : "";
    Deno.test({
      name:
        `scoresUnderMasks() of heads are those of each mask alone to the bit${kind}, ${backend.kind}`,
      ignore: backend.ignore,
      fn: () =>
        withModel("fixtures/tiny-cross-encoder", { backend }, async (encoder) => {
          const sets = headSets.map((names) =>
            names.flatMap((name) => parseNeurons(encoder.config, name))
          );
          const pairs = [
            ["river", "the old stone bridge spans the cold river"],
            ["old bridge", "bridge"],
          ].map(([query, passage]) => encoder.tokenizer.encode(query, passage));
          const options = { renormalise };
          const together = await scoresUnderMasks(encoder, pairs, sets, options);
          for (const [s, set] of sets.entries()) {
            assertEquals([together[s]], await scoresUnderMasks(encoder, pairs, [set], options));
          }
          assertEquals(together[4], await scoreEncoded(encoder, pairs));
          assert(
            together.slice(0, 4).every((scores) =>
              scores[0].logits[1] !== together[4][0].logits[1]
            ),
          );
        }),
    });
  }
}

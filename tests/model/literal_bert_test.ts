/** The recorded graph and its gradient rules give the bits of BERT's passes written out by hand. */

import { assert, assertEquals } from "@std/assert";
import { cpuOps, neuronMasks, openCrossEncoder } from "../../internal.ts";
import { backward } from "../../src/model/backward.ts";
import { uploadPairs, uploadSequences } from "../../src/model/batch.ts";
import { forward, logitsOf } from "../../src/model/forward.ts";
import { keptTensors } from "../../src/model/kept.ts";
import { loaderOf } from "../backends.ts";
import * as literal from "./literal_bert.ts";
import { encodedOf, models } from "./models.ts";

for (const { name, folder, pairs } of models) {
  for (const masked of [false, true]) {
    Deno.test(`graph and hand-written passes are equal to the bit, ${name}${masked ? ", masked" : ""}`, async () => {
      const ops = cpuOps();
      const encoder = await openCrossEncoder(loaderOf(folder), ops);
      const { config, graph, weights } = encoder;
      const paths = pairs.slice(0, 2).map(encodedOf).map((encoded) => ({
        encoded,
        baseline: new Int32Array(encoded.ids.length).fill(config.padding),
      }));
      const tensors = uploadPairs(ops, config, weights, paths);
      const sequences = uploadSequences(ops, graph, tensors, [
        { pair: 0, t: 0.25 },
        { pair: 1, t: 0.75 },
        { pair: 0, t: 1 },
      ]);
      const neurons = config.components.map(({ name }, unit) => ({
        layer: unit % config.layers,
        component: name,
        unit,
      }));
      const zeros = (count: number) => ops.indices(count, 1, new Uint32Array(count));
      const masks = masked
        ? {
          masks: neuronMasks(ops, config, [neurons]),
          ofToken: zeros(sequences.tokens),
          ofSequence: zeros(sequences.count),
        }
        : undefined;
      const pass = { pairs: tensors, sequences, masks };
      const dlogits = ops.floats(
        3,
        config.labels,
        Float64Array.from({ length: 3 * config.labels }, (_, i) => 0.3 - i),
      );

      const capacity = { tokens: sequences.tokens, sequences: 3 };
      const [values, gradients] = [0, 1].map(() => keptTensors(ops, graph, capacity));
      const run = forward(encoder, pass, values);
      backward(encoder, { run, gradients }, dlogits);

      const byHand = literal.literalEncoder(encoder);
      const [y, g] = [0, 1].map(() => literal.literalTensors(encoder, sequences));
      const cache = literal.forward(byHand, y.activations, pass);
      literal.backward(byHand, { activations: y.activations, gradients: g.activations }, dlogits, {
        pass,
        cache,
      });

      assertEquals(await ops.read(logitsOf(encoder, run)), await ops.read(cache.logits));
      assert(graph.kept.length >= 8 * config.layers + 1);
      for (const value of graph.kept) {
        const found = await ops.read(gradients.get(value)!);
        assert(found.some((one) => one !== 0));
        assertEquals(found, await ops.read(g.byValue.get(value)!));
        assertEquals(await ops.read(values.get(value)!), await ops.read(y.byValue.get(value)!));
      }
    });
  }
}

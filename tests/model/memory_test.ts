/** What a pass takes it gives back, so that any number of batches run in the same memory. */

import { assert, assertEquals } from "@std/assert";
import {
  cpuOps,
  freeMasks,
  neuronMasks,
  openCrossEncoder,
  type Ops,
  score,
  scoreUnder,
} from "../../internal.ts";
import type { Tensor } from "../../src/compute/ops.ts";
import { keptActivations, tensorsOf } from "../../src/model/activations.ts";
import { backward } from "../../src/model/backward.ts";
import { freeSequences, uploadPairs, uploadSequences } from "../../src/model/batch.ts";
import { forward, freeForwardCache } from "../../src/model/forward.ts";
import { loaderOf } from "../backends.ts";
import { encodedOf, models } from "./models.ts";

/** Operations, and the tensors that were made by them and not freed. */
function holding(): { readonly ops: Ops; readonly held: ReadonlySet<Tensor> } {
  const ops = cpuOps();
  const held = new Set<Tensor>();
  const keep = (x: Tensor) => (held.add(x), x);
  return {
    held,
    ops: {
      ...ops,
      zeros: (...shape) => keep(ops.zeros(...shape)),
      empty: (...shape) => keep(ops.empty(...shape)),
      floats: (...shape) => keep(ops.floats(...shape)),
      indices: (...shape) => keep(ops.indices(...shape)),
      free(...tensors) {
        for (const tensor of tensors) assert(held.delete(tensor), "freed twice, or a slice");
        ops.free(...tensors);
      },
    },
  };
}

const some = models.filter(({ name }) => /^(l2-w36|electra-w36-e20|roberta)/.test(name));
assertEquals(some.length, 3);

for (const { name, folder, pairs } of some) {
  Deno.test(`score() gives back all that it takes, ${name}`, async () => {
    const { ops, held } = holding();
    const encoder = await openCrossEncoder(loaderOf(folder), ops);
    const before = held.size;
    await score(encoder, pairs);
    assertEquals(held.size, before);
    const masks = neuronMasks(ops, encoder.config, [[{ layer: 0, component: "key", unit: 1 }]]);
    await scoreUnder(encoder, pairs, { masks: { masks, of: pairs.map(() => 0) } });
    freeMasks(ops, masks);
    assertEquals(held.size, before);
  });

  Deno.test(`forward() and backward() keep only what they return, ${name}`, async () => {
    const { ops, held } = holding();
    const encoder = await openCrossEncoder(loaderOf(folder), ops);
    const { config, weights } = encoder;
    const before = held.size;
    const encoded = encodedOf(pairs[0]);
    const tensors = uploadPairs(ops, config, weights, [
      { encoded, baseline: new Int32Array(encoded.ids.length).fill(config.padding) },
    ]);
    const sequences = uploadSequences(ops, tensors, [{ pair: 0, t: 0.5 }, { pair: 0, t: 1 }]);
    const capacity = { tokens: sequences.tokens, sequences: sequences.count };
    const [activations, gradients] = [
      keptActivations(ops, config, capacity),
      keptActivations(ops, config, capacity),
    ];
    const pass = { pairs: tensors, sequences };
    const cache = forward(encoder, activations, pass);
    const dlogits = ops.zeros(sequences.count, config.labels);
    const between = held.size;
    backward(encoder, { activations, gradients }, dlogits, { pass, cache });
    assertEquals(held.size, between);
    freeForwardCache(ops, cache);
    freeSequences(ops, sequences);
    ops.free(dlogits, tensors.words, tensors.tokens);
    ops.free(...tensorsOf(activations), ...tensorsOf(gradients));
    assertEquals(held.size, before);
  });
}

/** What a pass takes it gives back, so that any number of batches run in the same memory. */

import { assert, assertEquals } from "@std/assert";
import {
  attribute,
  cpuOps,
  freeMasks,
  neuronMasks,
  openCrossEncoder,
  type Ops,
  rule,
  score,
  scoreUnder,
} from "../../internal.ts";
import type { Tensor } from "../../src/compute/ops.ts";
import { backward } from "../../src/model/backward.ts";
import { freeSequences, uploadPairs, uploadSequences } from "../../src/model/batch.ts";
import { forward, freeRun } from "../../src/model/forward.ts";
import { keptTensors } from "../../src/model/kept.ts";
import { scoresUnderMasks } from "../../src/model/masked_scores.ts";
import { numbersPerPass } from "../../src/model/memory.ts";
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
    const sequences = uploadSequences(ops, encoder.graph, tensors, [{ pair: 0, t: 0.5 }, {
      pair: 0,
      t: 1,
    }]);
    const capacity = { tokens: sequences.tokens, sequences: sequences.count };
    const [values, gradients] = [0, 1].map(() => keptTensors(ops, encoder.graph, capacity));
    const pass = { pairs: tensors, sequences };
    const run = forward(encoder, pass, values);
    const dlogits = ops.zeros(sequences.count, config.labels);
    const between = held.size;
    backward(encoder, { run, gradients }, dlogits);
    assertEquals(held.size, between);
    freeRun(encoder, run);
    freeSequences(ops, sequences);
    ops.free(dlogits, tensors.words, tensors.tokens);
    ops.free(...values.values(), ...gradients.values());
    assertEquals(held.size, before);
  });
}

for (
  const name of [
    "bert-w30-cls-dot",
    "colbert-pylate-w30",
    "colbert-modernbert-w36",
    "splade-st-w30",
  ]
) {
  Deno.test(`attribute() of two encoders gives back all that it takes, and takes no more than is planned, ${name}`, async () => {
    const { ops, held } = holding();
    const load = loaderOf(`tests/golden/encoders/models/${name}`);
    const encoder = await openCrossEncoder(load, ops);
    const before = held.size;
    const pairs = [{ query: "river bank", passage: "the old town.", label: "relevant" as const }];
    for (const quadrature of [rule("adaptive"), rule("right", { steps: 3 })]) {
      const options = { rule: quadrature, without: ["1.query.3"] };
      await Array.fromAsync(attribute(encoder, pairs, options));
      assertEquals(held.size, before);
    }
    await score(encoder, pairs, { without: ["1.query.3"] });
    const encoded = encoder.tokenizer.encode(pairs[0].query, pairs[0].passage);
    await scoresUnderMasks(encoder, [encoded], [[], [{ layer: 1, component: "query", unit: 3 }]]);
    assertEquals(held.size, before);
    const measured = measuring();
    const other = await openCrossEncoder(load, measured.ops);
    const path = { encoded, baseline: new Int32Array(encoded.ids.length).fill(0) };
    const tensors = uploadPairs(measured.ops, other.config, other.weights, [path]);
    const sequences = uploadSequences(measured.ops, other.graph, tensors, [{ pair: 0, t: 1 }]);
    const pass = { pairs: tensors, sequences };
    const scoring = measured.most(() => freeRun(other, forward(other, pass)));
    const tokens = encoded.ids.length;
    const planned = numbersPerPass(other.graph);
    assert(scoring <= tokens * planned.scoring);
    const [values, gradients] = [0, 1].map(() =>
      keptTensors(measured.ops, other.graph, { tokens, sequences: 1 })
    );
    const both = measured.most(() => {
      const run = forward(other, pass, values);
      const dlogits = measured.ops.floats(1, 1, new Float64Array([1]));
      backward(other, { run, gradients }, dlogits);
      measured.ops.free(dlogits);
      freeRun(other, run);
    });
    assert(both <= tokens * planned.gradients);
    // and not much less where most values have a line a token, as words' weights have not
    if (name.startsWith("colbert")) assert(both > 0.9 * tokens * planned.gradients);
  });
}

for (const { name, folder, pairs } of some) {
  Deno.test(`numbersPerPass() is what a pass of a pair alone holds at most, ${name}`, async () => {
    const { ops, most } = measuring();
    const encoder = await openCrossEncoder(loaderOf(folder), ops);
    const { graph, weights, config } = encoder;
    const encoded = encodedOf(pairs[0]);
    const path = { encoded, baseline: new Int32Array(encoded.ids.length).fill(config.padding) };
    const tensors = uploadPairs(ops, config, weights, [path]);
    const sequences = uploadSequences(ops, graph, tensors, [{ pair: 0, t: 1 }]);
    const { tokens } = sequences;
    const pass = { pairs: tensors, sequences };
    const [values, gradients] = [0, 1].map(() => keptTensors(ops, graph, { tokens, sequences: 1 }));
    const scoring = most(() => freeRun(encoder, forward(encoder, pass)));
    assert(scoring <= tokens * numbersPerPass(graph).scoring);
    const both = most(() => {
      const run = forward(encoder, pass, values);
      const dlogits = ops.floats(1, config.labels, new Float64Array(config.labels).fill(1));
      backward(encoder, { run, gradients }, dlogits);
      ops.free(dlogits);
      freeRun(encoder, run);
    });
    assert(both <= tokens * numbersPerPass(graph).gradients);
    // and not much less: values of a line a sequence are counted as if they had a line a token
    const long = Math.max(...config.components.map(({ units }) => units));
    assert(both >= tokens * (numbersPerPass(graph).gradients - 12 * long), `${both}`);
    ops.close();
  });
}

/** Operations that note how many numbers more than at the start live at most while something runs. */
function measuring() {
  const ops = cpuOps();
  const living = new Map<Tensor, number>();
  let [now, peak] = [0, 0];
  const keep = (x: Tensor) => {
    living.set(x, x.rows * x.width);
    peak = Math.max(peak, now += x.rows * x.width);
    return x;
  };
  const measured: Ops = {
    ...ops,
    zeros: (...shape) => keep(ops.zeros(...shape)),
    empty: (...shape) => keep(ops.empty(...shape)),
    free(...tensors) {
      for (const tensor of tensors) now -= living.get(tensor) ?? 0;
      ops.free(...tensors);
    },
  };
  const most = (run: () => void) => {
    const before = now;
    peak = now;
    run();
    return peak - before;
  };
  return { ops: measured, most };
}

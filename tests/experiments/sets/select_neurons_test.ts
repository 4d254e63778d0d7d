import { assertEquals, assertNotEquals } from "@std/assert";
import { topNeuronIds } from "../../../src/attribution/neuron_sets.ts";
import {
  matchedRandomNeurons,
  selectNeurons,
} from "../../../src/experiments/sets/select_neurons.ts";
import { neuronName, neuronOf } from "../../../src/model/neurons.ts";
import { randomScheme, space } from "../schemes.ts";

Deno.test("selectNeurons() names the strongest neurons of a scheme that stands alone", () => {
  const scheme = randomScheme(1);
  const strongest = [...topNeuronIds(scheme.mean, 5)].sort((a, b) => a - b);
  assertEquals(
    selectNeurons("P[ms]", { P_ms: scheme }, { level: 5 / 52 }),
    strongest.map((id) => neuronName(neuronOf(space, id))),
  );
});

Deno.test("matchedRandomNeurons() draws with seed 0 unless another is given", () => {
  const neurons = ["0.intermediate.1", "0.intermediate.4", "1.value.2"];
  const drawn = matchedRandomNeurons(space, neurons);
  assertEquals(drawn, matchedRandomNeurons(space, neurons, { seed: 0 }));
  assertNotEquals(drawn, matchedRandomNeurons(space, neurons, { seed: 1 }));
});

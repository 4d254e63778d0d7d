/** Ids and names of neurons. */

import { assertEquals, assertThrows } from "@std/assert";
import { neuronCount, neuronId, neuronName, neuronOf, parseNeuron } from "../../internal.ts";
import { firstId } from "../../src/model/neurons.ts";
import { bertSpace, components } from "../spaces.ts";

const space = bertSpace({ layers: 3, width: 4, inner: 7 });
const bertLarge = bertSpace({ layers: 24, width: 1024, inner: 4096 });

Deno.test("neuronCount() is 221,184 for BERT-large, as in the paper", () => {
  assertEquals(neuronCount(bertLarge), 221_184);
  assertEquals(
    neuronCount(bertSpace({ layers: 12, width: 768, inner: 3072 })),
    12 * (5 * 768 + 3072),
  );
});

Deno.test("neuronOf() and neuronId() number every neuron once, layer by layer, component by component", () => {
  const expected = [0, 1, 2].flatMap((layer) =>
    components.flatMap((component) =>
      Array.from(
        { length: component === "intermediate" ? 7 : 4 },
        (_, unit) => ({ layer, component, unit }),
      )
    )
  );
  assertEquals(neuronCount(space), expected.length);
  expected.forEach((neuron, id) => {
    assertEquals(neuronOf(space, id), neuron);
    assertEquals(neuronId(space, neuron), id);
    assertEquals(parseNeuron(space, neuronName(neuron)), neuron);
    if (neuron.unit === 0) assertEquals(firstId(space, neuron.layer, neuron.component), id);
  });
});

Deno.test("neuronOf() refuses ids that the model does not have", () => {
  for (const id of [neuronCount(space), neuronCount(space) + 5, -1, 1.5, NaN]) {
    assertThrows(
      () => neuronOf(space, id),
      RangeError,
      `Cannot name neuron ${id}: expected an id from 0 to ${neuronCount(space) - 1}`,
    );
  }
});

Deno.test("neuronName() is layer.component.unit", () => {
  assertEquals(neuronName({ layer: 7, component: "value", unit: 312 }), "7.value.312");
  assertEquals(neuronName(neuronOf(bertLarge, 221_183)), "23.ff_output.1023");
});

Deno.test("parseNeuron() refuses what is no name, and neurons that the model does not have", () => {
  const others = [
    "",
    "7",
    "7.value",
    "7.valve.3",
    "7.value.-1",
    "7.value.3.1",
    " 7.value.3",
    "7.value.3 ",
  ];
  for (const name of others) {
    assertThrows(
      () => parseNeuron(bertLarge, name),
      SyntaxError,
      `Cannot parse neuron ${
        JSON.stringify(name)
      }: expected layer.component.unit, e.g. 7.value.312`,
    );
  }
  for (const name of ["3.query.0", "0.query.4", "2.intermediate.7"]) {
    assertThrows(
      () => parseNeuron(space, name),
      RangeError,
      `Cannot use neuron ${name}: the model`,
    );
  }
  assertEquals(parseNeuron(space, "2.intermediate.6").unit, 6);
});

import { assertEquals, assertThrows } from "@std/assert";
import {
  checkFits,
  formatNeuronSet,
  parseNeuronSet,
} from "../../../src/experiments/sets/neuron_set.ts";
import { space } from "../schemes.ts";

const set = {
  space: { layers: space.layers, components: space.components },
  ids: Uint32Array.of(0, 17, 51),
  model: "made-up",
  level: 0.06,
  expression: "P[ms]",
  provenance: { version: "0" },
};
Deno.test("formatNeuronSet() names neurons, and parseNeuronSet() reads them back", () => {
  const text = formatNeuronSet(set);
  const file = JSON.parse(text);
  assertEquals(file.neurons, ["0.query.0", "0.intermediate.1", "1.ff_output.3"]);
  assertEquals(file.units.intermediate, 6);
  assertEquals("layersOf" in file, false); // all layers have all components
  assertEquals(parseNeuronSet(text, "set.json"), set);
});

Deno.test("parseNeuronSet() names what is wrong in a file", () => {
  const file = JSON.parse(formatNeuronSet(set));
  const wrong: [Record<string, unknown>, string][] = [
    [{ format: "neuron-set/2" }, 'expected format "neuron-set/1", got "neuron-set/2"'],
    [{ layers: 0 }, "expected layers"],
    [{ units: { ...file.units, key: 0 } }, "expected units.key a number of units, got 0"],
    [{ units: { ...file.units, keys: 4 } }, 'expected units of known components, got "keys"'],
    [{ units: {} }, "expected units of one component at least"],
    [{ layersOf: { key: [2] } }, "expected layersOf.key layers below 2, got [2]"],
    [{ layersOf: { key: [0, 2] } }, "expected layersOf.key layers below 2, got [0,2]"],
    [{ level: 1.01 }, "expected level"],
    [{ neurons: ["0.query.4"] }, "neurons[0]: Cannot use neuron 0.query.4"],
    [{ neurons: ["0.query.0", "0.query.0"] }, "expected neurons[1] that is not there yet"],
    [{ neurons: ["query.0"] }, "neurons[0]: Cannot parse neuron"],
    [{ neurons: 3 }, "expected neurons a list"],
  ];
  for (const [change, message] of wrong) {
    assertThrows(
      () => parseNeuronSet(JSON.stringify({ ...file, ...change }), "set.json"),
      SyntaxError,
      message,
    );
  }
  assertThrows(() => parseNeuronSet("[1]", "set.json"), SyntaxError, "set.json");
});

Deno.test("a set of a model whose layers differ keeps which layers have a component", () => {
  const components = [
    { name: "query", units: 4 },
    { name: "cross_query", units: 2, layers: [1] },
    { name: "ff_output", units: 3 },
  ];
  const own = { ...set, space: { layers: 2, components }, ids: Uint32Array.of(0, 11, 12) };
  const text = formatNeuronSet(own);
  assertEquals(JSON.parse(text).neurons, ["0.query.0", "1.cross_query.0", "1.cross_query.1"]);
  assertEquals(parseNeuronSet(text, "set.json"), own);
});

Deno.test("checkFits() refuses a set of a model of other sizes", () => {
  checkFits(set, space, "set.json");
  assertThrows(() => checkFits(set, { ...space, layers: 3 }, "set.json"), RangeError, "3 layers");
});

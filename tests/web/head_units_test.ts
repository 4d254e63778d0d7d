/** Heads by number and by name, as the page counts and adds them up. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { parseCut, unitsOfCut } from "../../src/experiments/ablation/cuts.ts";
import { SEGMENT_PAIRS, segmentNames, unitOfHead } from "../../src/model/heads.ts";
import { neuronCount, neuronId, parseNeurons } from "../../src/model/neurons.ts";
import { flowsOf, headRows, headTable } from "../../web/page/flows.ts";
import { isZeroed } from "../../web/page/masks.ts";
import { beside } from "../../web/page/numbers.ts";
import { headSpace, idsOf, nameOfHeads, namesOf, unitOf } from "../../web/units.ts";
import { bertSpace } from "../spaces.ts";

const heads = (count: number) => count * SEGMENT_PAIRS;

/** An encoder of 3 layers, and a decoder whose last two layers attend to an encoder's text too. */
const encoder = {
  ...bertSpace({ layers: 3, width: 4, inner: 6 }),
  attention: [{ name: "heads", units: heads(2) }],
};
const decoder = {
  ...encoder,
  layers: 4,
  attention: [
    { name: "heads", units: heads(2) },
    { name: "cross_heads", units: heads(3), layers: [2, 3] },
  ],
};

Deno.test("heads are numbered after all neurons, and found again by their names", () => {
  for (const space of [encoder, decoder]) {
    const neurons = neuronCount(space);
    const all = neuronCount(headSpace(space));
    for (let id = 0; id < neurons + all; id++) {
      assertEquals(idsOf(space, [namesOf(space, [id])]), [id]);
    }
    const [unit] = parseNeurons(space, "2.head.1.query>passage");
    assertEquals(unitOf(space, neurons + neuronId(headSpace(space), unit)), unit);
  }
  assertEquals(all25("1.head.1"), Array.from({ length: SEGMENT_PAIRS }, (_, i) => i));
});

/** The numbers of a head's units, counted from its first. */
function all25(name: string): number[] {
  const ids = idsOf(encoder, [name]);
  return ids.map((id) => id - ids[0]);
}

Deno.test("names with * are the units of cuts", () => {
  const neurons = neuronCount(encoder);
  const cut = (text: string, first: number, last: number) =>
    Array.from(
      unitsOfCut(headSpace(encoder), parseCut(text), { first, last }),
      (id) => neurons + id,
    );
  assertEquals(idsOf(encoder, ["*.head.*.query>passage"]), cut("query>passage", 0, 2));
  assertEquals(idsOf(encoder, ["1.head.*.cls>sep2"]), cut("cls>sep2", 1, 1));
  assertEquals(idsOf(encoder, ["*.head.1.cls>sep2"]).length, 3);
  assertEquals(idsOf(encoder, ["*.head.*"]).length, neuronCount(headSpace(encoder)));
  const none = ["*.cross_head.*", "9.head.*", "*.value.*", "*", "*.head.*.query>world", "1.head.7"];
  assertEquals(idsOf(encoder, none), []);
  // a decoder's two kinds of attention
  const whole = nameOfHeads(decoder, {});
  assertEquals(whole, "*.head.*,*.cross_head.*");
  assertEquals(idsOf(decoder, whole.split(",")).length, neuronCount(headSpace(decoder)));
  assertEquals(idsOf(decoder, ["*.cross_head.*.query>query"]).length, 6);
});

Deno.test("scopes are named as heads are", () => {
  const part = { layer: 2, component: "cross_heads" };
  assertEquals(nameOfHeads(decoder, { part, head: 1 }, "cls>query"), "2.cross_head.1.cls>query");
  assertEquals(nameOfHeads(decoder, { part }), "2.cross_head.*");
  assertEquals(nameOfHeads(encoder, {}, "cls>query"), "*.head.*.cls>query");
});

Deno.test("totals and flows are sums of the heads' units", () => {
  for (const space of [encoder, decoder]) {
    const model = { space, neurons: neuronCount(space) };
    const size = neuronCount(headSpace(space));
    const conductance = Float64Array.from({ length: size }, (_, i) => Math.sin(7 * i + 1));
    const rows = headRows(space, conductance);
    const all = conductance.reduce((sum, value) => sum + value, 0);
    const total = rows.flatMap(({ totals }) => totals).reduce((sum, value) => sum + value, 0);
    assertAlmostEquals(total, all, 1e-12);
    // one head: its 25 units, by attending segment
    const part = { layer: 2, component: "heads" };
    const segments = segmentNames.map((_, segment) => segment);
    const flows = flowsOf(model, { conductance, scope: { part, head: 1 }, segments });
    const row = rows.find(({ layer, component }) => layer === 2 && component === "heads")!;
    assertEquals(flows.length, SEGMENT_PAIRS);
    for (const { from, to, value, ids, name } of flows) {
      const at = row.first + unitOfHead({ head: 1, from, to });
      assertEquals([value, ...ids], [conductance[at], model.neurons + at]);
      assertEquals(name, namesOf(space, ids));
    }
    assertAlmostEquals(flows.reduce((sum, { value }) => sum + value, 0), row.totals[1], 1e-12);
    // the whole model, of the segments that a pair has
    const some = flowsOf(model, { conductance, scope: {}, segments: [1, 3] });
    assertEquals(some.map(({ from, to }) => [from, to]), [[1, 1], [1, 3], [3, 1], [3, 3]]);
    const wanted = conductance.filter((_, i) => i % SEGMENT_PAIRS === 1 * 5 + 3)
      .reduce((sum, value) => sum + value, 0);
    assertAlmostEquals(some[1].value, wanted, 1e-12);
    // what is saved
    const table = headTable(space, conductance);
    assertEquals(table.length, size);
    table.forEach(([layer, component, head, from, to, value], i) => {
      const name = `${layer}.${String(component).replace(/s$/, "")}.${head}.${from}>${to}`;
      assertEquals([name, value], [namesOf(space, [model.neurons + i]), conductance[i]]);
    });
  }
});

Deno.test("units are zeroed where all of them are", () => {
  const factors = new Map([[1, 0], [2, 0], [3, 0.5]]);
  assert(isZeroed(factors, [1, 2]));
  assert(!isZeroed(factors, [1, 3]));
  assert(!isZeroed(factors, [1, 4]));
  assert(!isZeroed(factors, []));
});

Deno.test("numbers have the decimals of the largest beside them", () => {
  assertEquals([1.234, -0.0456, 0.0021, 0].map((v) => beside(v, 1.234)), [
    "+1.23",
    "−0.05",
    "0",
    "0",
  ]);
  assertEquals(beside(-0.00234, 0.0456), "−0.0023");
  assertEquals(beside(123.4, 567), "+123");
  assertEquals(beside(0, 0), "0");
  assertEquals([-4.15e-6, 2.3e-8, 3e-9].map((v) => beside(v, 4.15e-6)), [
    "−4.2e−6",
    "+2.3e−8",
    "0",
  ]);
});

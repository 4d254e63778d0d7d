/** The part of a graph below a unit: which steps run, and what is asked for. */

import { assert, assertEquals } from "@std/assert";
import { absentParts, graphBelow } from "../../src/model/below.ts";
import type { Graph } from "../../src/model/graph.ts";
import { outputsOf } from "../../src/model/steps.ts";
import { widestOf } from "../../src/model/kept.ts";
import { numbersPerPass } from "../../src/model/memory.ts";
import { backends, withModel } from "../backends.ts";

const [cpu] = backends;
const l2 = "tests/golden/models/l2-w36-h3-f50-labels2";
const all = ["query", "key", "value", "attention_output", "intermediate", "ff_output"];

/** Its sites, `layer.component`, in the order of ids. */
const sitesOf = ({ sites }: Graph) =>
  sites.map(({ layer, component }) => `${layer}.${component}`).sort();
const below = (graph: Graph, layer: number, component: string) =>
  graphBelow(
    graph,
    graph.sites.find((site) => site.layer === layer && site.component === component)!,
  );

Deno.test("graphBelow() has the steps and sites that a unit depends on, and no others", () =>
  withModel(l2, { backend: cpu }, ({ graph, config }) => {
    const first = all.map((component) => `0.${component}`);
    const cases: readonly (readonly [number, string, readonly string[]])[] = [
      [0, "value", []],
      [0, "attention_output", first.slice(0, 3)],
      [0, "intermediate", first.slice(0, 4)],
      [1, "key", first], // neither the query nor the value beside it
      [1, "intermediate", [...first, ...all.slice(0, 4).map((component) => `1.${component}`)]],
    ];
    for (const [layer, component, wanted] of cases) {
      const part = below(graph, layer, component);
      assertEquals(sitesOf(part), [...wanted].sort());
      const last = part.steps.at(-1)!;
      assertEquals([last.kind, last.out], ["linear", part.output]);
      assertEquals(outputsOf(last), [part.output]); // gelu of it is not computed
      const names = new Set(wanted);
      assertEquals(
        absentParts(part, config).map(({ layer, component }) => `${layer}.${component}`),
        [0, 1].flatMap((l) => all.map((one) => `${l}.${one}`)).filter((name) => !names.has(name)),
      );
    }
    assertEquals(below(graph, 1, "key").cuts.map(({ name }) => name), [
      ...["embedding", "0.attention", "0.ff"],
    ]);
    assertEquals(below(graph, 1, "intermediate").cuts.at(-1)!.name, "1.attention");
    assertEquals(graph.sites.length, 12); // the whole graph is as it was
    return Promise.resolve();
  }));

Deno.test("graphBelow() counts its output, and the gradient that begins there, as memory", () =>
  withModel(l2, { backend: cpu }, ({ graph }) => {
    const part = below(graph, 0, "intermediate");
    assertEquals(widestOf(part), 50); // wider than all that is kept
    assertEquals(widestOf(below(graph, 1, "key")), 50);
    assert(numbersPerPass(part).gradients >= 2 * 50);
    return Promise.resolve();
  }));

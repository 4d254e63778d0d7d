/** Fig. 1: the output and chosen neurons along the path from the baseline to the input. */

import type { NeuronTrace, PathTrace } from "../../experiments/results/results.ts";
import {
  colours,
  decimal,
  type Figure,
  figureWidth,
  frame,
  heading,
  series,
  type Spec,
} from "./figure.ts";
import { notation } from "../notation.ts";
import { pairLink } from "../text.ts";

/** Fig. 1, one for every traced pair. */
export function traceFigures(traces: readonly PathTrace[]): readonly Figure[] {
  return traces.map((trace, i) => ({
    id: i === 0 ? "figure-1" : `figure-1-${i + 1}`,
    number: i === 0 ? "Figure 1" : "Like Figure 1",
    title: `Along the path of a ${trace.label} pair`,
    caption: [
      `t runs from the baseline (“${trace.baseline}”) to the input; F is the ` +
      `${trace.target}; y is a neuron’s activation. Its conductance is what it adds to F on the way. Query: “${trace.query}”. Passage: “${
        shortened(trace.passage)
      }” `,
      pairLink("Explore this pair.", trace),
    ],
    spec: picture(trace),
    rows: rowsOf(trace),
  }));
}

const width = figureWidth - 80;

function picture(trace: PathTrace): Spec {
  const { t, F, neurons, label, target } = trace;
  const named = neurons.map((neuron) => ({ neuron, name: nameOf(neuron) }));
  const values = (of: (neuron: NeuronTrace) => readonly number[]) =>
    named.flatMap(({ neuron, name }) => of(neuron).map((value, i) => ({ t: t[i], value, name })));
  const line = { type: "line", strokeWidth: 2, strokeJoin: "round" };
  const x = (title: string | null) => ({
    field: "t",
    type: "quantitative",
    scale: { domain: [0, 1], nice: false },
    axis: { title, labels: title !== null, values: [0, .2, .4, .6, .8, 1], format: "~g" },
  });
  const y = (title: string) => ({
    field: "value",
    type: "quantitative",
    scale: { zero: false },
    axis: { ...heading(title), ...decimal, tickCount: 3 },
  });
  const domain = named.map(({ name }) => name);
  const looks = looksOf(neurons);
  const panel = (title: string, data: readonly unknown[], last: boolean) => ({
    width,
    height: 92,
    data: { values: data },
    layer: [
      {
        data: { values: [{ zero: 0 }] },
        mark: { type: "rule", stroke: colours.muted.light, strokeWidth: 1 },
        encoding: { y: { field: "zero", type: "quantitative" } },
      },
      {
        mark: line,
        encoding: {
          x: x(last ? "t" : null),
          y: y(title),
          color: {
            field: "name",
            type: "nominal",
            scale: { domain, range: looks.map(({ colour }) => colour) },
            legend,
          },
          strokeDash: {
            field: "name",
            type: "nominal",
            scale: { domain, range: looks.map(({ dash }) => dash) },
            legend,
          },
        },
      },
    ],
  });
  return frame(
    `Along the path of a ${label} pair`,
    "From the baseline (t = 0) to the input (t = 1)",
    {
      padding: { left: 6, right: 8, top: 8, bottom: 8 },
      spacing: 44,
      bounds: "flush",
      vconcat: [
        {
          width,
          height: 92,
          data: { values: t.map((at, i) => ({ t: at, value: F[i] })) },
          mark: { ...line, stroke: series[0], strokeWidth: 2.5 },
          encoding: { x: x(null), y: y(`F: ${target}`) },
        },
        ...(named.length
          ? [
            panel("Gradient ∂F/∂y, sum over tokens", values(({ gradient }) => gradient), false),
            panel("Activation y, sum over tokens", values(({ activation }) => activation), false),
            panel(
              "Conductance up to t, units of F",
              values(({ conductance }) => conductance),
              true,
            ),
          ]
          : []),
      ],
    },
  );
}

const legend = { title: null, orient: "bottom", columns: 1, symbolType: "stroke", symbolSize: 500 };

const dashes = [[], [6, 3], [2, 3], [8, 3, 2, 3], [4, 4], [10, 4], [1, 2], [12, 3]];

/** A colour for every role, grey for random neurons, a dash for every neuron of it. */
function looksOf(neurons: readonly NeuronTrace[]) {
  const roles = [...new Set(neurons.map(({ role }) => role))].filter((role) => role !== "random");
  return neurons.map(({ role }, i) => {
    const before = neurons.slice(0, i).filter((each) => each.role === role).length;
    return {
      colour: role === "random"
        ? colours.muted.light
        : series[(1 + roles.indexOf(role)) % series.length],
      dash: dashes[before % dashes.length],
    };
  });
}

/** A neuron with why it was chosen: expressions in brackets keep their letters. */
function nameOf({ neuron, role }: NeuronTrace): string {
  return `${neuron}, ${role.replace(/\b[PNF]\[[^\]]*\]/g, (found) => notation(found).unicode)}`;
}

function shortened(passage: string): string {
  return passage.length > 240 ? `${passage.slice(0, 239).trimEnd()}…` : passage;
}

function rowsOf({ t, F, neurons }: PathTrace) {
  return t.flatMap((at, i) =>
    (neurons.length ? neurons : [null]).map((neuron) => ({
      t: at,
      F: F[i],
      neuron: neuron?.neuron ?? null,
      role: neuron?.role ?? null,
      activation: neuron?.activation[i] ?? null,
      gradient: neuron?.gradient[i] ?? null,
      conductance: neuron?.conductance[i] ?? null,
    }))
  );
}

/**
 * What a full replication of the paper costs, at a machine's rate: `deno run -A bench/replication.ts
 * GFLOP/s` takes the rate of "a layer there and back" at BERT-large's shape that
 * bench/kernels_bench.ts prints. Without it, only FLOPs.
 *
 * 14 schemes (8 collections, two of them without a non-relevant one) of 1000 pairs; 6 lists of 200
 * queries with about 42 candidates (two relevant passages, 20 others each) under 181 masks: none, 10
 * rows and 50 random repetitions at 3 levels each. Upper bounds: fewer pairs agree with the model, the
 * last layer runs at [CLS] alone, and masks share the layers below their first.
 */

import { costOf, type Plan } from "./replication_cost.ts";

const plan = {
  schemes: 14,
  pairsPerScheme: 1000,
  lists: 6,
  queries: 200,
  candidates: 42,
  masks: 1 + 3 * (10 + 50),
};
const models = {
  "BERT-large": { layers: 24, width: 1024, inner: 4096 },
  "MiniLM-L12": { layers: 12, width: 384, inner: 1536 },
};
const rules = { "100 steps": 101, "adaptive": 20 };
const given = Deno.args[0];
const rate = Number(given) * 1e9;
if (given !== undefined && !(rate > 0)) {
  throw new RangeError(`Expected GFLOP/s above 0; found ${given}`);
}
const days = (flops: number) => {
  const hours = flops / rate / 3600;
  const short = (value: number) => Number(value.toPrecision(2));
  return hours < 48 ? `${short(hours)} h` : `${short(hours / 24)} days`;
};
const cells = (
  flops: number,
) => [Number((flops / 1e15).toPrecision(3)), ...given ? [days(flops)] : []];
const time = given ? [`at ${given} GFLOP/s`] : [];
const head = [
  ...["model", "tokens", "rule", "evaluations", "PFLOP", ...time],
  ...["ablated forward passes", "PFLOP", ...time],
];
const lines = Object.entries(models).flatMap(([name, sizes]) =>
  [128, 256].flatMap((tokens) =>
    Object.entries(rules).map(([rule, evaluationsPerPair]) => {
      const all: Plan = { ...plan, evaluationsPerPair };
      const cost = costOf(all, { ...sizes, tokens });
      return [
        ...[name, tokens, rule, cost.evaluations, ...cells(cost.attributionFlops)],
        ...[cost.forwards, ...cells(cost.ablationFlops)],
      ];
    })
  )
);
console.log(
  [head, head.map(() => "---"), ...lines].map((line) => `| ${line.join(" | ")} |`).join("\n"),
);

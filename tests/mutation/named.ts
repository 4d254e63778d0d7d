/** Edits that must be noticed: each, or its like, once went by every test; and one of every rule of gradients. */
export const named: readonly {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly tests: readonly string[];
}[] = [
  {
    file: "src/experiments/claims/decide.ts",
    from: 'return low >= bound ? "above"',
    to: 'return high >= bound ? "above"',
    tests: ["tests/experiments/claims/conclusions_test.ts"],
  },
  {
    file: "src/experiments/claims/decide.ts",
    from: 'return value > 0 ? "supports"',
    to: 'return value < 0 ? "supports"',
    tests: ["tests/experiments/claims/conclusions_test.ts"],
  },
  {
    file: "src/experiments/claims/decide.ts",
    from: 'return contradicts > 0 ? "mixed" : "holds";',
    to: 'return contradicts > 0 ? "holds" : "mixed";',
    tests: ["tests/experiments/claims/conclusions_test.ts"],
  },
  {
    file: "src/experiments/overlap/overlap.ts",
    from: "{ low: Math.max(0, interval.low), high: Math.min(100, interval.high) }",
    to: "{ low: 0, high: 0 }",
    tests: ["tests/experiments/overlap/overlap_test.ts"],
  },
  {
    file: "src/experiments/overlap/overlap.ts",
    from: "{ low: Math.max(0, interval.low), high: Math.min(100, interval.high) }",
    to: "{ low: 0, high: 100 }",
    tests: ["tests/experiments/overlap/overlap_test.ts"],
  },
  {
    file: "src/experiments/path/convergence.ts",
    from: "squares += difference ** 2;",
    to: "squares = 1;",
    tests: ["tests/experiments/path/convergence_test.ts"],
  },
  {
    file: "src/experiments/path/convergence.ts",
    from: "sum += Math.abs(difference);",
    to: "sum = 1;",
    tests: ["tests/experiments/path/convergence_test.ts"],
  },
  {
    file: "src/experiments/schemes/certainty.ts",
    from: "probability >= 0.95",
    to: "probability >= 0.05",
    tests: ["tests/experiments/overlap/overlap_test.ts"],
  },
  {
    file: "src/report/figures/overlaps.ts",
    from: "level: levelPercent(point.level),\n      percent: point.percent,",
    to: "level: levelPercent(point.level),\n      percent: point.chance,",
    tests: ["tests/report/figures_test.ts"],
  },
  {
    file: "src/report/figures/ablation.ts",
    from: "points: change.points,",
    to: "points: -change.points,",
    tests: ["tests/report/figures_test.ts"],
  },
  {
    file: "src/model/backward.ts",
    from: "weights.norms.get(step.norm)!, { plus });",
    to: "weights.norms.get(step.norm)!, {});",
    tests: ["tests/model/graph_test.ts"],
  },
  {
    file: "src/model/backward.ts",
    from: "return sums.share(step.y, dout);",
    to: "return sums.share(step.x, dout);",
    tests: ["tests/model/graph_test.ts"],
  },
  {
    file: "src/model/backward.ts",
    from: "gate: gate && of(gate), dgate }",
    to: "gate: gate && of(x), dgate }",
    tests: ["tests/model/graph_test.ts"],
  },
  {
    file: "src/model/backward.ts",
    from: "rotationOf(encoder, run, step, true)",
    to: "rotationOf(encoder, run, step, false)",
    tests: ["tests/model/graph_test.ts"],
  },
  {
    file: "src/model/backward.ts",
    from: "ops.addRows(dx, dout, sequences.taken)",
    to: "ops.takeRows(dx, dout, sequences.taken)",
    tests: ["tests/model/graph_test.ts"],
  },
  {
    file: "src/model/backward.ts",
    from: "weights.linears.get(step.linear)!, { plus, preactivation });",
    to: "weights.linears.get(step.linear)!, { plus });",
    tests: ["tests/model/graph_test.ts"],
  },
  {
    file: "src/model/backward.ts",
    from: "weights.linears.get(step.linear)!, { plus, preactivation });",
    to: "weights.linears.get(step.linear)!, { preactivation });",
    tests: ["tests/model/graph_test.ts"],
  },
  {
    file: "src/model/backward.ts",
    from: "if (mask) ops.mask(dout, mask);",
    to: "if (mask) void mask;",
    tests: ["tests/model/literal_bert_test.ts"],
  },
  {
    file: "src/model/backward.ts",
    from: "{ alone: !masked && graph.readers[x.id] === 1 }",
    to: "{ alone: true }",
    tests: ["tests/model/literal_bert_test.ts"],
  },
  {
    file: "src/model/backward.ts",
    from: "sequences.tokensOfSequence!, sequences.sequenceOfToken",
    to: "sequences.tokensOfSequence!, sequences.taken",
    tests: ["tests/model/graph_test.ts"],
  },
  {
    file: "src/model/backward.ts",
    from: "const gradient = { query, key, value };",
    to: "const gradient = { query, key: value, value: key };",
    tests: ["tests/model/graph_test.ts"],
  },
  {
    file: "src/model/backward.ts",
    from: "ops.addNormBackward(dx, dout, of(x), of(residual), norm)",
    to: "ops.addNormBackward(dx, dout, of(x), of(x), norm)",
    tests: ["tests/model/graph_test.ts"],
  },
  {
    file: "src/model/backward.ts",
    from: "ops.tanhBackward(dx, dout, of(step.out))",
    to: "ops.tanhBackward(dx, dout, dout)",
    tests: ["tests/model/graph_test.ts"],
  },
  {
    file: "src/model/gradient_sums.ts",
    from: "ops.add(dx, before, tensor);",
    to: "ops.add(dx, before, before);",
    tests: ["tests/model/graph_test.ts"],
  },
  {
    file: "src/model/gradient_sums.ts",
    from: "if (dx !== now) copy(dx, now);",
    to: "",
    tests: ["tests/model/graph_test.ts"],
  },
  {
    file: "src/model/graph.ts",
    from: "if (reached.has(output)) {",
    to: "if (reached.has(output) && cuts.length > 1) {",
    tests: ["tests/model/graph_test.ts"],
  },
  {
    file: "src/model/backward.ts",
    from: "ops.similarityBackward(dx, dout, of(step.x), step.similarity);",
    to: 'ops.similarityBackward(dx, dout, of(step.x), "dot");',
    tests: ["tests/attribution/encoders_test.ts"],
  },
  {
    file: "src/attribution/path_store.ts",
    from: "[2 * a.sequence, 2 * b.sequence, 2]",
    to: "[2 * a.sequence, 2 * b.sequence, 1]",
    tests: ["tests/attribution/encoders_test.ts"],
  },
  {
    file: "src/model/mask.ts",
    from: "[mask, mask]",
    to: "[mask, 0]",
    tests: ["tests/attribution/encoders_test.ts"],
  },
  {
    file: "src/attribution/head_sums.ts",
    from: '["rightValue", { left: 0, right }]',
    to: '["leftValue", { left: 0, right }]',
    tests: ["tests/attribution/heads_test.ts"],
  },
  {
    file: "src/attribution/segment_items.ts",
    from: "segments.subarray(place, place + 1)",
    to: "segments.subarray(0, 1)",
    tests: ["tests/attribution/heads_test.ts"],
  },
  {
    file: "src/model/masked_heads.ts",
    from: "from: line % SEGMENTS, to }",
    to: "from: to, to: line % SEGMENTS }",
    tests: ["tests/attribution/heads_test.ts"],
  },
  {
    file: "src/experiments/ablation/cuts.ts",
    from: "if (layer < first || layer > last) continue;",
    to: "if (layer < first || layer >= last) continue;",
    tests: ["tests/experiments/ablation/cuts_test.ts"],
  },
];

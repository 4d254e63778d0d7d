/** Edits that must be noticed: each, or its like, once went by every test. */
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
];

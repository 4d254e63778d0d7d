/** Verdicts under no effect, and under a planted one: how often a claim "holds". */

import { assert } from "@std/assert";
import { conclusions, type Evidence } from "../../../src/experiments/claims/conclusions.ts";
import {
  allAlike,
  baselineEvidence,
  collectionsAlike,
  contrastEvidence,
  controlEvidence,
  convergenceEvidence,
  type Losses,
  overlapEvidence,
  planted,
  unrelated,
} from "./simulations.ts";

/** Simulated studies: many where they are cheap. */
const [RUNS, MANY] = [100, 400];
/** Under no effect a claim may hold by chance this often, under a planted one it must this often. */
const [MOST_BY_CHANCE, LEAST_WHEN_TRUE] = [0.05, 0.8];

/** How often claims hold. */
function holding(
  study: (seed: number) => Evidence,
  ids: readonly string[],
  runs: number,
): Record<string, number> {
  const counts = Object.fromEntries(ids.map((id) => [id, 0]));
  for (let seed = 1; seed <= runs; seed++) {
    for (const { id, verdict } of conclusions(study(seed))) {
      if (id in counts && verdict === "holds") counts[id]++;
    }
  }
  return Object.fromEntries(ids.map((id) => [id, counts[id] / runs]));
}

function assertSeldom(study: (seed: number) => Evidence, ids: readonly string[], runs = RUNS) {
  for (const [id, rate] of Object.entries(holding(study, ids, runs))) {
    assert(rate <= MOST_BY_CHANCE, `${id} holds in ${rate} of studies without its effect`);
  }
}

function assertMostly(study: (seed: number) => Evidence, ids: readonly string[], runs = RUNS) {
  for (const [id, rate] of Object.entries(holding(study, ids, runs))) {
    assert(rate >= LEAST_WHEN_TRUE, `${id} holds in ${rate} of studies with its effect`);
  }
}

const cores = ["core-relevant", "core-non-relevant"];
const domains = ["out-of-domain-relevant", "out-of-domain-non-relevant"];
const places = ["last-layers", "query-key"];

Deno.test("conclusions() finds no core, domain or place in unrelated schemes", () => {
  assertSeldom((seed) => overlapEvidence(unrelated, seed), [...cores, ...domains, ...places]);
});

Deno.test("conclusions() finds P and N disjoint in few studies whose labels are shuffled", () => {
  assertSeldom((seed) => overlapEvidence(allAlike, seed), [
    "disjoint-labels",
    ...domains,
    ...places,
  ]);
});

Deno.test("conclusions() finds no domain where all collections are alike", () => {
  assertSeldom((seed) => overlapEvidence(collectionsAlike, seed), domains);
});

Deno.test("conclusions() finds planted cores, disjoint labels, domains and places", () => {
  const last = planted((layer, component) => layer >= 2 && component === "value");
  const ids = [...cores, "disjoint-labels", ...domains, "last-layers"];
  assertMostly((seed) => overlapEvidence(last, seed), ids);
  const middle = planted((layer, component) => layer === 1 && component === "intermediate");
  assertMostly((seed) => overlapEvidence(middle, seed), ["query-key"]);
});

/** P, N and F of the training collection lose as much, 5 points; so do their controls. */
const alike: Losses = { "P[c]": [0.05, 0], "N[c]": [0.05, 0], "F[c]": [0.05, 0] };

Deno.test("conclusions() finds neither N nor F more harmful where all sets harm alike", () => {
  assertSeldom(
    (seed) => contrastEvidence(alike, seed),
    ["non-relevant-harms-more", "fusion"],
    MANY,
  );
});

Deno.test("conclusions() does not take N's layers for N: what random sets there lose is no harm of N", () => {
  const layers: Losses = { "P[c]": [0.01, 0.01], "N[c]": [0.2, 0.2] };
  assertSeldom((seed) => contrastEvidence(layers, seed), ["non-relevant-harms-more"], MANY);
});

Deno.test("conclusions() finds N and F more harmful where they are", () => {
  const losses: Losses = { "P[c]": [0.02, 0], "N[c]": [0.15, 0], "F[c]": [0.15, 0] };
  assertMostly(
    (seed) => contrastEvidence(losses, seed),
    ["non-relevant-harms-more", "fusion"],
    MANY,
  );
});

Deno.test("conclusions() says that random sets change nothing where they change less than 2 %, not at 2 %", () => {
  assertMostly((seed) => controlEvidence(0, seed), ["random"]);
  assertSeldom((seed) => controlEvidence(0.02, seed), ["random"]);
});

Deno.test("conclusions() finds padding the best baseline where it is, and not where all are alike", () => {
  const left = { pad: 0.1, "pad-query": 0.9, zero: 0.6, "zero-query": 0.7, "pad-content": 0.5 };
  assertMostly((seed) => baselineEvidence(left, seed), ["baseline"], MANY);
  const same = Object.fromEntries(Object.keys(left).map((name) => [name, 0.5]));
  assertSeldom((seed) => baselineEvidence(same, seed), ["baseline"], MANY);
  const near = { ...same, pad: 0, zero: 0 };
  assertSeldom((seed) => baselineEvidence(near, seed), ["baseline"], MANY);
});

Deno.test("conclusions() says that 100 steps are enough at errors of 2 %, not at 5 %", () => {
  assertMostly((seed) => convergenceEvidence(0.02, 0, seed), ["hundred-steps"], MANY);
  assertSeldom((seed) => convergenceEvidence(0.05, 0, seed), ["hundred-steps"], MANY);
  assertSeldom((seed) => convergenceEvidence(0.02, 0.1, seed), ["hundred-steps"], MANY);
});

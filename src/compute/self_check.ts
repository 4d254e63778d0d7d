/** Compares a backend of the contract with an oracle, operation by operation: for tests and `device`. */

import type { Ops, Tensor } from "./ops.ts";
import { batched, batchedOtherwise, unseen } from "./self_check/batches.ts";
import { type CheckCase, COPIED, drawing } from "./self_check/check_case.ts";
import { activated, quotients, sums } from "./self_check/activated.ts";
import { activations, norms, objectives } from "./self_check/curves.ts";
import { groupNorms } from "./self_check/group_norms.ts";
import { maxSims } from "./self_check/max_sims.ts";
import { means } from "./self_check/means.ts";
import { memory } from "./self_check/memory.ts";
import { longProducts, products } from "./self_check/products.ts";
import { checkReads, readShape } from "./self_check/reads.ts";
import { rotations } from "./self_check/rotations.ts";
import { rowWise } from "./self_check/rows.ts";
import { similarities } from "./self_check/similarities.ts";
import { terms } from "./self_check/terms.ts";

/**
 * One operation at one shape. The backend passes where `error` ≤ `bound`. `read` is checked where a
 * backend reads before its runtime says that the device is done: against reads that wait for that.
 */
export interface Check {
  /** The operation's name in {@linkcode Ops}. */
  readonly operation: string;
  /** What it ran on. */
  readonly shape: string;
  /** ‖backend - oracle‖ / ‖oracle‖, the worst of the operation's outputs; Infinity if not a number. */
  readonly error: number;
  /** Largest error that float32 explains. */
  readonly bound: number;
}

/** Options of {@linkcode selfCheck}. */
export interface SelfCheckOptions {
  /** Seed of the inputs; 1 unless given. */
  readonly seed?: number;
  /** Names of the operations to check; all unless given. */
  readonly operations?: readonly string[];
}

/** Runs every operation of `backend` and `oracle` at several odd shapes on the same float32 numbers. */
export async function selfCheck(
  backend: Ops,
  oracle: Ops,
  { seed = 1, operations }: SelfCheckOptions = {},
): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (const { operation, shape, bound, run } of cases(seed, backend.limits.rowAlignment)) {
    if (operations && !operations.includes(operation)) continue;
    const expected = await outputs(oracle, run);
    const found = await outputs(backend, run);
    const error = Math.max(...expected.map((values, i) => relativeError(found[i], values)));
    const ofProducts = /^linear/.test(operation) ? backend.products?.error ?? 0 : 0;
    checks.push({ operation, shape, error, bound: Math.max(bound, ofProducts) });
  }
  if (backend.readAwaited && (!operations || operations.includes("read"))) {
    const error = await checkReads(backend, drawing(seed));
    checks.push({ operation: "read", shape: readShape, error, bound: COPIED });
  }
  return checks;
}

function* cases(seed: number, rowAlignment: number): Generator<CheckCase> {
  const draw = drawing(seed);
  yield* memory(draw, rowAlignment);
  yield* products(draw);
  yield* activations(draw);
  yield* norms(draw);
  yield* rowWise(draw);
  yield* objectives(draw);
  yield* batched(draw);
  yield* sums(draw);
  yield* activated(draw);
  yield* groupNorms(draw);
  yield* rotations(draw);
  yield* means(draw);
  yield* batchedOtherwise(draw);
  yield* similarities(draw);
  yield* maxSims(draw);
  yield* unseen(draw);
  yield* terms(draw);
  yield* quotients(draw);
  yield* longProducts(draw);
}

/** ‖found - expected‖ / ‖expected‖; the plain distance where all is expected to be 0. */
export function relativeError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Infinity;
  let distance = 0;
  let size = 0;
  for (let i = 0; i < expected.length; i++) {
    distance += (found[i] - expected[i]) ** 2;
    size += expected[i] ** 2;
  }
  const error = Math.sqrt(size === 0 ? distance : distance / size);
  return Number.isNaN(error) ? Infinity : error;
}

/** What a case leaves in its outputs; every tensor it made is freed. */
async function outputs(ops: Ops, run: CheckCase["run"]) {
  const made = new Set<Tensor>();
  const keep = (x: Tensor) => (made.add(x), x);
  const results = run({
    ...ops,
    zeros: (...shape) => keep(ops.zeros(...shape)),
    empty: (...shape) => keep(ops.empty(...shape)),
    floats: (...shape) => keep(ops.floats(...shape)),
    weights: (...shape) => keep(ops.weights(...shape)),
    indices: (...shape) => keep(ops.indices(...shape)),
    free(...tensors) {
      for (const tensor of tensors) made.delete(tensor);
      ops.free(...tensors);
    },
  });
  const values = [];
  for (const result of results) values.push(await ops.read(result));
  ops.free(...made);
  return values;
}

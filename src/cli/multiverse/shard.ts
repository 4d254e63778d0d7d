/** One machine's part of a multiverse: every n-th of its different steps, in a folder that all share. */

import type { Shard, StepPlan } from "../../../internal.ts";
import type { Steps } from "../study/steps.ts";

/** Which steps a shard makes, and what became of the others. */
export interface ShardOfSteps {
  /** Steps that make this shard's steps alone; of another's that is not there the hash is "". */
  take(steps: Steps): Steps;
  /** Different steps so far that this shard has made or kept, and others' that are not there. */
  readonly own: ReadonlySet<string>;
  readonly missing: ReadonlySet<string>;
}

/**
 * Deals the different steps out in the order in which universes ask for them, which is the same for
 * every shard.
 */
export function shardOfSteps({ index, of }: Shard): ShardOfSteps {
  const order = new Map<string, number>();
  const own = new Set<string>();
  const missing = new Set<string>();
  const keyOf = ({ name, inputs }: StepPlan) => JSON.stringify([name, inputs]);
  return {
    own,
    missing,
    take: (steps) => ({
      ...steps,
      async run(step, make) {
        const key = keyOf(step);
        const place = order.get(key) ?? order.size;
        order.set(key, place);
        if (place % of === index) {
          own.add(key);
          return await steps.run(step, make);
        }
        if ((await steps.look(step)).state === "kept") return await steps.run(step, make);
        missing.add(key);
        return "";
      },
    }),
  };
}

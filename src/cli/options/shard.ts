/** `--shard`: which part of the pairs a run takes. */

import type { Shard } from "../../../internal.ts";
import { type OptionSpec, UsageError } from "../command.ts";

/** The option. */
export const shardOption: Readonly<Record<string, OptionSpec>> = {
  shard: {
    value: "i/n|auto",
    help:
      "only part i (from 0) of n, for merge; auto asks Slurm's array or Kubernetes' indexed job",
  },
};

/** Where schedulers say which part a task is, and how many there are. */
const schedulers = [
  { index: "SLURM_ARRAY_TASK_ID", of: "SLURM_ARRAY_TASK_COUNT", least: "SLURM_ARRAY_TASK_MIN" },
  { index: "JOB_COMPLETION_INDEX", of: "JOB_COMPLETIONS", least: undefined },
];

/** The shard of `i/n` or `auto`; none where the option is not given. */
export function parseShard(
  text: string | undefined,
  env: (name: string) => string | undefined,
): Shard | undefined {
  if (text === undefined) return undefined;
  if (text !== "auto") return checked(text, `Option --shard cannot be ${JSON.stringify(text)}`);
  for (const { index, of, least } of schedulers) {
    const id = env(index);
    if (id === undefined) continue;
    const from = least === undefined ? "0" : env(least) ?? "0";
    const count = env(of);
    const action = `Option --shard auto cannot read ${index}=${id}, ${of}=${count ?? "(not set)"}`;
    return checked(`${Number(id) - Number(from)}/${count}`, action);
  }
  throw new UsageError(
    `Option --shard auto needs ${
      schedulers.map(({ index, of }) => `${index} and ${of}`).join(", or ")
    }`,
  );
}

function checked(text: string, action: string): Shard {
  const [, index, of] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? [];
  if (index === undefined || Number(index) >= Number(of)) {
    throw new UsageError(`${action}: expected i/n with i from 0 to n - 1, e.g. 0/4`);
  }
  return { index: Number(index), of: Number(of) };
}

// Runs the command line as a user does, in a process of its own.

import { rm } from "node:fs/promises";

const CLI = new URL("../../cli.ts", import.meta.url);

/** What a command left behind. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A started command; its environment is the test's and `env`. */
export function spawn(
  args: readonly string[],
  env: Record<string, string> = {},
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", CLI.href, ...args],
    env: { NO_COLOR: "1", ...env },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs a command to its end. */
export async function cli(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Outcome> {
  return await outcomeOf(spawn(args, env));
}

/** Runs a program to its end. */
export async function outcomeOf(program: Pick<Deno.Command, "output">): Promise<Outcome> {
  const { code, stdout, stderr } = await program.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Arguments, where options of `more` take the place of those of the same name: none may be there twice. */
export function withOptions(args: readonly string[], more: readonly string[]): string[] {
  const named = (word: string) => /^--[\w-]+/.exec(word)?.[0];
  const replaced = new Set(more.map(named).filter((name) => name !== undefined));
  const kept = args.filter((word, i) => {
    const before = args[i - 1] ?? "";
    const isValue = !named(word) && named(before) && !before.includes("=");
    return !replaced.has(named(isValue ? before : word) ?? "");
  });
  return [...kept, ...more];
}

/** Removes a folder. Programs that end may still write there: tried again, so that no test's own error is hidden. */
async function removed(folder: string): Promise<void> {
  for (let tries = 1;; tries++) {
    try {
      return await rm(folder, { recursive: true, force: true }); // Deno's takes no maxRetries
    } catch (error) {
      if (tries === 20) throw error;
      await new Promise((again) => setTimeout(again, 100));
    }
  }
}

/** Runs `test` in an empty folder, removed afterwards. */
export async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await removed(folder);
  }
}

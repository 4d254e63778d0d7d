/** The front door: finds the command, runs it, and turns failures into one sentence and an exit code. */

import manifest from "../../deno.json" with { type: "json" };
import { type Command, helpOf, readArguments, UsageError } from "./command.ts";
import { commands } from "./commands.ts";
import { reasonOf } from "../deno/files.ts";

/** Runs the command line and returns its exit code: 0 done, 1 failed, 2 wrong usage. */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  try {
    if (name === undefined || name === "--help" || name === "help") {
      console.log(overview());
      return name === undefined ? 2 : 0;
    }
    if (name === "--version") {
      console.log(manifest.version);
      return 0;
    }
    const command = commands[name];
    if (!command || !Object.hasOwn(commands, name)) {
      throw new UsageError(`Unknown command ${JSON.stringify(name)}: see --help`);
    }
    await runCommand(name, command, rest);
    return 0;
  } catch (error) {
    console.error(`error: ${sentence(error)}`);
    if (args.includes("--debug")) console.error(error);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function runCommand(name: string, command: Command, words: readonly string[]): Promise<void> {
  const args = readArguments(command, words);
  if (args.has("help")) console.log(helpOf(name, command));
  else await command.run(args);
}

function overview(): string {
  const names = Object.keys(commands);
  const width = Math.max(...names.map((name) => name.length));
  return [
    `${
      manifest.name.split("/").at(-1)
    } ${manifest.version}: which neurons of a cross-encoder decide relevance`,
    "",
    "  deno run -A cli.ts COMMAND [options]",
    "",
    ...names.map((name) => `  ${name.padEnd(width)}  ${commands[name].summary}`),
    "",
    "COMMAND --help tells a command's options.",
  ].join("\n");
}

/** An error's message as one line. */
function sentence(error: unknown): string {
  const told = error instanceof Error ? error.message : String(error);
  // console.log hands on what the system says; whoever writes a file names it
  const message = error instanceof Error && /^[^:]*\(os error \d+\)$/.test(told)
    ? `Cannot write standard output: ${reasonOf(error)}`
    : told;
  return message.replaceAll(/\s*\n\s*/g, " ").trim();
}

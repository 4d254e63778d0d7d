/** The front door: finds the command, runs it, and turns failures into one sentence and an exit code. */

import manifest from "../../deno.json" with { type: "json" };
import { type Command, helpOf, readArguments, UsageError } from "./command.ts";
import { checkFiles } from "./check_files.ts";
import { commands } from "./commands.ts";
import { isOutputClosed, print } from "../deno/files.ts";
import { write } from "./run/progress.ts";

/** The exit code of what SIGPIPE ends: 128 and its number. */
const PIPE_CLOSED = 141;

/** Runs the command line and returns its exit code: 0 done, 1 failed, 2 wrong usage. */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  try {
    if (name === undefined || isHelp(name)) {
      await print(rest.length > 0 ? helpOf(...found(rest[0])) : overview());
      return name === undefined ? 2 : 0;
    }
    if (name === "--version") {
      await print(manifest.version);
      return 0;
    }
    await runCommand(found(name), rest);
    return 0;
  } catch (error) {
    if (isOutputClosed(error)) return PIPE_CLOSED; // as other tools before `| head -1`
    write(`error: ${sentence(error)}\n`);
    if (args.includes("--debug")) write(`${Deno.inspect(error, { colors: false })}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function isHelp(word: string): boolean {
  return word === "help" || word === "--help" || word === "-h";
}

/** A command by its name. */
function found(name: string): readonly [string, Command] {
  if (Object.hasOwn(commands, name)) return [name, commands[name]];
  throw new UsageError(`Unknown command ${JSON.stringify(name)}: see --help`);
}

async function runCommand(
  [name, command]: readonly [string, Command],
  words: readonly string[],
): Promise<void> {
  const args = readArguments(command, words);
  if (args.has("help")) return await print(helpOf(name, command));
  await checkFiles(command, args);
  await command.run(args);
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
    "COMMAND --help, or help COMMAND, tells a command's options.",
  ].join("\n");
}

/** An error's message as one line. */
function sentence(error: unknown): string {
  const told = error instanceof Error ? error.message : String(error);
  return told.replaceAll(/\s*\n\s*/g, " ").trim();
}

/** What a command is, and how its arguments are read. */

import { parseArgs } from "node:util";

/** An option `--name`, or `--name VALUE`. */
export interface OptionSpec {
  /** What stands for its value in the help; none for a flag. */
  readonly value?: string;
  /** What the help says of it. */
  readonly help: string;
  /** The values it may have. */
  readonly choices?: readonly string[];
  /** Its value where it is not given. */
  readonly fallback?: string;
  /** The files that its value names; none unless given. */
  readonly file?: FileRole;
  /** When it would do nothing. */
  readonly idle?: Idle;
}

/** When an option would do nothing, beside the others as they are. */
export interface Idle {
  /** Why it would do nothing; undefined where it does something. */
  readonly when: (args: Arguments) => string | undefined;
  /** Whether the result is what whoever gave it wants all the same: then a note will do. */
  readonly harmless?: boolean;
}

/** What a value has to do with files: no file may be read and written, or written twice. */
export interface FileRole {
  readonly use: "read" | "written" | "appended";
  /** Whether it must be a file that can be read again, or replaced: no FIFO, no device. */
  readonly plain?: boolean;
  /** The paths that a value names; the value itself unless given. */
  readonly paths?: (value: string) => readonly string[];
  /** Where these are folders: whether a file of one, by its path below it, is read or written. */
  readonly holds?: (path: string) => boolean;
  /** Whether it may be in a folder of that folder. */
  readonly deep?: boolean;
  /** What else is read or written beside a file: what is put behind its path. */
  readonly beside?: (args: Arguments) => readonly string[];
}

/** A command of the command line. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** Positional arguments as the help shows them, e.g. `QRELS RUN MEASURE…`. */
  readonly positional?: string;
  /** How many positional arguments it takes: at least, at most; none unless given. */
  readonly arity?: readonly [number, number];
  /** The files that positional arguments name; the last role is that of all further ones. */
  readonly files?: readonly (FileRole | undefined)[];
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Text below the options in the help. */
  readonly notes?: string;
  /** Does it; results go to stdout, all else to stderr. */
  run(args: Arguments): Promise<void>;
}

/** Arguments that a command cannot mean: exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** A command's arguments, read. */
export interface Arguments {
  readonly positional: readonly string[];
  /** Whether a flag is set, or an option given. */
  has(name: string): boolean;
  /** An option's text, its fallback, or undefined. */
  get(name: string): string | undefined;
  /** An option's text; a usage error where there is none. */
  text(name: string): string;
  /** An option's number within bounds; undefined where it is not given. */
  number(name: string, bounds: Bounds): number | undefined;
  /** An option's integer within bounds; undefined where it is not given. */
  integer(name: string, bounds: Bounds): number | undefined;
}

/** Bounds of a number, both included. */
export interface Bounds {
  readonly least: number;
  readonly most?: number;
}

/** Options that every command has. */
export const commonOptions: Readonly<Record<string, OptionSpec>> = {
  quiet: { help: "no progress" },
  debug: { help: "show where an error came from" },
  help: { help: "show this" },
};

/** Reads `args` as the arguments of `command`. */
export function readArguments(command: Command, args: readonly string[]): Arguments {
  const options = { ...command.options, ...commonOptions };
  const { values: parsed, positional } = splitWords(options, args);
  const [least, most] = command.arity ?? [0, 0];
  if (!parsed.has("help")) {
    if (positional.length < least) {
      throw new UsageError(`Expected ${command.positional}, got ${positional.length} arguments`);
    }
    if (positional.length > most) {
      throw new UsageError(`Unexpected argument ${JSON.stringify(positional[most])}`);
    }
  }
  for (const [name, value] of parsed) {
    const { choices } = options[name];
    if (choices && !choices.includes(value)) {
      throw new UsageError(
        `Option --${name} cannot be ${JSON.stringify(value)}: expected ${choices.join(", ")}`,
      );
    }
  }
  const get = (name: string) => parsed.get(name) ?? options[name]?.fallback;
  const number = (name: string, { least, most = Infinity }: Bounds, wanted = "a number") => {
    const text = get(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text.trim() === "" || !(value >= least && value <= most)) {
      const range = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
      throw new UsageError(
        `Option --${name} cannot be ${JSON.stringify(text)}: expected ${wanted} ${range}`,
      );
    }
    return value;
  };
  const read: Arguments = {
    positional,
    has: (name) => parsed.has(name),
    get,
    text(name) {
      const value = get(name);
      if (value === undefined) {
        throw new UsageError(`Option --${name} ${options[name].value} is missing`);
      }
      return value;
    },
    number,
    integer(name, bounds) {
      const value = number(name, bounds, "an integer");
      if (value === undefined || Number.isInteger(value)) return value;
      throw new UsageError(`Option --${name} cannot be ${value}: expected an integer`);
    },
  };
  if (!parsed.has("help")) refuseIdle(options, read);
  return read;
}

/** The options among the words, each once, with their values ("" for flags), and the other words. */
function splitWords(
  options: Readonly<Record<string, OptionSpec>>,
  words: readonly string[],
): { readonly values: ReadonlyMap<string, string>; readonly positional: readonly string[] } {
  const known = (name: string) => Object.hasOwn(options, name);
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(
      Object.entries(options).map(([name, { value }]) => [
        name,
        { type: value ? "string" : "boolean", ...(name === "help" ? { short: "h" } : {}) },
      ]),
    ),
    ...{ strict: false, allowPositionals: true, tokens: true },
  });
  const values = new Map<string, string>();
  const positional: string[] = [];
  for (const token of tokens ?? []) {
    if (token.kind === "positional") positional.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    if (!known(name)) {
      const hint = Object.keys(options).find((other) => other.startsWith(name));
      throw new UsageError(
        `Unknown option ${rawName}${hint ? `: did you mean --${hint}?` : ", see --help"}`,
      );
    }
    if (values.has(name)) throw new UsageError(`Option --${name} is given twice`);
    // a value may begin with a dash, but the name of another option is none
    const swallowed = !token.inlineValue && /^--\w/.test(value ?? "") &&
      known(value!.slice(2).split("=")[0]);
    if (options[name].value ? !value || swallowed : value !== undefined) {
      throw new UsageError(
        `Option --${name} ${
          options[name].value ? "needs a value" : `takes no value, got ${value}`
        }`,
      );
    }
    values.set(name, value ?? "");
  }
  return { values, positional };
}

/** What is said of an option that does nothing. */
export function withoutEffect(name: string, reason: string): string {
  return `Option --${name} has no effect: ${reason}`;
}

/** Refuses, or notes, options that would do nothing beside the others. */
function refuseIdle(options: Readonly<Record<string, OptionSpec>>, args: Arguments): void {
  for (const [name, { idle }] of Object.entries(options)) {
    if (!idle || !args.has(name)) continue;
    const reason = idle.when(args);
    if (reason === undefined) continue;
    const told = withoutEffect(name, reason);
    if (!idle.harmless) throw new UsageError(told);
    if (!args.has("quiet")) console.error(`note: ${told}`);
  }
}

/** The help of one command. */
export function helpOf(name: string, command: Command): string {
  const rows = Object.entries({ ...command.options, ...commonOptions }).map(([option, spec]) => {
    const left = `--${option}${spec.value ? ` ${spec.value}` : ""}`;
    const choices = spec.choices ? ` (${spec.choices.join(", ")})` : "";
    const fallback = spec.fallback ? `; default ${spec.fallback}` : "";
    return [left, `${spec.help}${choices}${fallback}`];
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  return [
    `${name}: ${command.summary}`,
    "",
    `  deno run -A cli.ts ${name}${command.positional ? ` ${command.positional}` : ""} [options]`,
    "",
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
    ...(command.notes ? ["", command.notes] : []),
  ].join("\n");
}

/** What a command is, and how its arguments are read. */

import { parseArgs } from "../packages/parse_args.ts";

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
}

/** A command of the command line. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** Positional arguments as the help shows them, e.g. `QRELS RUN MEASURE…`. */
  readonly positional?: string;
  /** How many positional arguments it takes: at least, at most; none unless given. */
  readonly arity?: readonly [number, number];
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
  const names = Object.keys(options);
  const strings = names.filter((name) => options[name].value);
  const unknown = (flag: string) => {
    const hint = names.find((name) => name.startsWith(flag.replace(/^-+/, "").split("=")[0]));
    throw new UsageError(
      `Unknown option ${flag.split("=")[0]}${hint ? `: did you mean --${hint}?` : ", see --help"}`,
    );
  };
  const parsed = parseArgs([...args], {
    string: [...strings, "_"],
    boolean: names.filter((name) => !options[name].value),
    unknown: (flag: string, key?: string) => key === undefined ? true : unknown(flag),
  }) as Record<string, string | boolean | undefined> & { _: (string | number)[] };
  const positional = parsed._.map(String);
  const [least, most] = command.arity ?? [0, 0];
  if (parsed.help !== true) {
    if (positional.length < least) {
      throw new UsageError(`Expected ${command.positional}, got ${positional.length} arguments`);
    }
    if (positional.length > most) {
      throw new UsageError(`Unexpected argument ${JSON.stringify(positional[most])}`);
    }
  }
  for (const name of strings) {
    const value = parsed[name];
    const { choices } = options[name];
    if (value === "") throw new UsageError(`Option --${name} needs a value`);
    if (value !== undefined && choices && !choices.includes(String(value))) {
      throw new UsageError(
        `Option --${name} cannot be ${JSON.stringify(value)}: expected ${choices.join(", ")}`,
      );
    }
  }
  const get = (name: string) => {
    const value = parsed[name];
    return typeof value === "string" ? value : options[name].fallback;
  };
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
  return {
    positional,
    has: (name) => parsed[name] !== undefined && parsed[name] !== false,
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

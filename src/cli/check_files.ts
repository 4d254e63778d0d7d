/** Before a command begins: no file may be read and written, or written twice, by whatever names. */

import { type Place, placeOf, unlessAbsent } from "../deno/place.ts";
import { named } from "../deno/system_errors.ts";
import { checkWritable, isStream } from "../deno/write.ts";
import {
  type Arguments,
  type Command,
  commonOptions,
  type FileRole,
  UsageError,
} from "./command.ts";

/** A path that a command is given, and what it is for. */
export interface FileUse {
  /** As it is called, e.g. `Option --output`. */
  readonly by: string;
  readonly path: string;
  readonly role: FileRole;
  /** What is put behind the path: a file that is read or written beside it. */
  readonly behind?: string;
}

/** Refuses arguments that name one file for two things, and outputs that cannot be written. */
export async function checkFiles(command: Command, args: Arguments): Promise<void> {
  const uses = fileUses(command, args);
  const [first, second] = uses.filter(({ path, role }) => path === "-" && role.use === "read");
  if (second) {
    throw new UsageError(
      `Standard input can be read once only: ${first.by} and ${second.by} are both -`,
    );
  }
  await refuseClashes(uses);
  for (const { by, path, role, behind } of uses) {
    if (role.use !== "written" || role.holds || behind !== undefined) continue;
    if (role.plain && isStream(path)) {
      throw new UsageError(
        `${by} cannot be ${path}: expected a file, found ${placeOf(path).what}`,
      );
    }
    await checkWritable(path);
  }
}

/** Throws a usage error that names two uses of one file, of which one writes it. */
export async function refuseClashes(uses: readonly FileUse[]): Promise<void> {
  const places = await Promise.all(uses.filter(({ path }) => path !== "-").map(placeOfUse));
  const inputs = places.filter(({ role }) => role.use === "read");
  const outputs = places.filter(({ role }) => role.use !== "read");
  const standing = outputs.some(({ kind }) => kind !== "nothing"); // what is not there has one name
  for (const place of standing ? places : []) place.members.push(...membersOf(place));
  for (const [i, output] of outputs.entries()) {
    for (const other of [...inputs, ...outputs.slice(0, i)]) {
      if (!clash(output, other)) continue;
      const written = output.behind === undefined
        ? ""
        : `${output.path}${output.behind}, written beside it, is what `;
      const what = other.role.use === "read" ? "reads" : "writes too";
      const link = output.behind === undefined ? `that is what ${other.by}` : other.by;
      const beside = other.behind === undefined ? "" : ` beside ${other.path}`;
      throw new UsageError(
        `${output.by} cannot be ${output.path}: ${written}${link} ${what}${beside}`,
      );
    }
  }
}

/** What the arguments name, in their order; streams as well as files. */
function fileUses(command: Command, args: Arguments): FileUse[] {
  const uses: FileUse[] = [];
  const add = (by: string, value: string, role: FileRole) => {
    if (value === "-" && role.use !== "read") {
      throw new UsageError(
        `${by} cannot be -: expected a file; standard output is where a table goes without it, and ./- a file of that name`,
      );
    }
    for (const path of value === "-" ? [value] : role.paths?.(value) ?? [value]) {
      uses.push({ by, path, role });
      if (path === "-") continue;
      const { holds: _, ...beside } = role;
      for (const behind of role.beside?.(args) ?? []) uses.push({ by, path, role: beside, behind });
    }
  };
  const names = (command.positional ?? "").split(" ").map((name) => name.replace("…", ""));
  for (const [i, value] of args.positional.entries()) {
    const at = Math.min(i, (command.files?.length ?? 0) - 1);
    const role = command.files?.[at];
    if (role) add(`Argument ${names[at]}`, value, role);
  }
  for (const [name, { file }] of Object.entries({ ...command.options, ...commonOptions })) {
    const value = args.get(name);
    if (file && value !== undefined) add(`Option --${name}`, value, file);
  }
  return uses;
}

/** One thing, by any of its names. */
interface Identified {
  readonly real: string;
  readonly id?: string;
}

/** A use with where its path leads. */
interface UsedPlace extends FileUse, Identified {
  readonly kind: Place["kind"];
  readonly what: string;
  /** Files of a folder that are read or written. */
  readonly members: Identified[];
}

async function placeOfUse(use: FileUse): Promise<UsedPlace> {
  const path = `${use.path}${use.behind ?? ""}`;
  const what = use.role.use === "read" ? "read" : "write";
  const { kind, what: found, path: real, id } = await named(what, path, () => placeOf(path));
  return { ...use, kind, what: found, real, id, members: [] };
}

/** The files of a folder that its use includes; what cannot be looked at is left to its reader. */
function membersOf({ path, real, kind, role }: UsedPlace): Identified[] {
  if (kind !== "folder" || !role.holds) return [];
  const members: Identified[] = [];
  const visit = (below: string) => {
    for (const { name } of Deno.readDirSync(`${path}/${below}`)) {
      const info = unlessAbsent(() => Deno.statSync(`${path}/${below}${name}`));
      if (info?.isDirectory && role.deep) visit(`${below}${name}/`);
      if (!info?.isFile || !role.holds!(`${below}${name}`)) continue;
      const id = info.ino ? `${info.dev}:${info.ino}` : undefined;
      members.push({ real: `${real}/${below}${name}`, id });
    }
  };
  visit("");
  return members;
}

function clash(a: UsedPlace, b: UsedPlace): boolean {
  if (a.role.holds && b.role.holds) {
    return a.members.some((one) => b.members.some((other) => same(one, other)));
  }
  if (a.role.holds || b.role.holds) return same(a, b) || holds(a, b) || holds(b, a);
  // a device takes what it is given; what reads from one FIFO or open file and writes to it waits for itself
  return same(a, b) && a.what !== "a character device";
}

/** Whether a folder's use includes a file. */
function holds({ role, real, members }: UsedPlace, file: UsedPlace): boolean {
  if (!role.holds || file.role.holds) return false;
  const below = real.endsWith("/") ? real : `${real}/`;
  return members.some((one) => same(one, file)) ||
    file.real.startsWith(below) && role.holds(file.real.slice(below.length));
}

function same(a: Identified, b: Identified): boolean {
  return a.real === b.real || a.id !== undefined && a.id === b.id;
}

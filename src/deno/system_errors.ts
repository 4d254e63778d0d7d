/** Why the system refused something, in words: the one table of its reasons. */

/** Reasons by the names of Deno's errors. */
const byName: Readonly<Record<string, string>> = {
  NotFound: "no such file or folder",
  PermissionDenied: "permission denied",
  NotCapable: "this program was not permitted to (see deno run --allow-read, --allow-write)",
  IsADirectory: "it is a folder",
  NotADirectory: "it is no folder",
  BrokenPipe: "nobody reads it any more",
  FilesystemLoop: "its links lead in a circle",
};

/** Reasons by what messages say; numbers are those of Linux: errno(3). */
const byMessage: readonly (readonly [RegExp, string])[] = [
  [/\(os error (28|122|27)\)|database or disk is full/, "no space is left"], // ENOSPC, EDQUOT, EFBIG; SQLITE_FULL
  [/\(os error 21\)/, byName.IsADirectory],
  [/\(os error 30\)/, "it is on a file system that is read-only"],
  [/\(os error 36\)/, "its name is too long"],
  [/\(os error 40\)/, byName.FilesystemLoop],
];

/** Why a file could not be used, in words. */
export function reasonOf({ name, message }: Error): string {
  return byMessage.find(([pattern]) => pattern.test(message))?.[1] ?? byName[name] ?? message;
}

/** Whether an error is the system's own, so that its message names no file. */
export function isSystemError(error: unknown): error is Error {
  return error instanceof Error &&
    (error.name in byName || byMessage.some(([pattern]) => pattern.test(error.message)));
}

/** Runs `action`; an error becomes a sentence that begins with `what` and `path`. */
export async function named<T>(
  what: string,
  path: string,
  action: () => Promise<T> | T,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw sentenceOf(what, path, error);
  }
}

/** The same at once, for what cannot wait. */
export function namedSync<T>(what: string, path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw sentenceOf(what, path, error);
  }
}

function sentenceOf(what: string, path: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return new Error(`Cannot ${what} ${path}: ${reasonOf(error)}`, { cause: error });
}

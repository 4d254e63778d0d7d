// Paths of inputs and outputs: plain, absent, links to each other and in circles, hard links, folders, FIFOs.

import { refuseClashes } from "../../src/cli/check_files.ts";
import { UsageError } from "../../src/cli/command.ts";
import { checkWritable, writeFile } from "../../src/deno/write.ts";
import type { Draw } from "./mutate.ts";
import type { FuzzTarget } from "./targets.ts";

const NAMES = ["a", "b", "c", "sub/a", "sub/b"];

/** Another name of a path, which leads to the same place. */
function disguised(path: string, { pick }: Draw): string {
  const [, folder, name] = /^(.*)\/([^/]*)$/.exec(path)!;
  return pick([
    path,
    `${folder}/./${name}`,
    `${folder}//${name}`,
    `${folder}/../${folder.split("/").at(-1)}/${name}`,
  ]);
}

/** Puts something at a path. */
function plant(folder: string, name: string, draw: Draw): void {
  const path = `${folder}/${name}`;
  const up = "../".repeat(name.split("/").length - 1);
  const other = draw.pick(NAMES);
  const plants = [
    () => Deno.writeTextFileSync(path, `text of ${name}`),
    () => Deno.writeTextFileSync(path, `text of ${name}`),
    () => Deno.symlinkSync(`${up || "./"}${other}`, path),
    () => Deno.symlinkSync(`${folder}/${other}`, path),
    () => Deno.linkSync(`${folder}/original`, path),
    () => Deno.mkdirSync(path),
    () => {
      const { success } = new Deno.Command("mkfifo", { args: [path] }).outputSync();
      if (!success) Deno.writeTextFileSync(path, "no FIFO on this system");
    },
    () => {},
  ];
  // a FIFO takes a process to make, and a folder is refused: rarely
  const rare = draw.below(20);
  (rare < 2 ? plants[5 + rare] : draw.pick(plants.toSpliced(5, 2)))();
}

/** What a path gives its reader; undefined where nothing, or what is no file. */
function contentOf(path: string): string | undefined {
  try {
    return Deno.statSync(path).isFile ? Deno.readTextFileSync(path) : undefined;
  } catch {
    return undefined;
  }
}

/** What each name is: link, FIFO, folder or file. */
const kindOf = (path: string) => {
  try {
    const { isSymlink, isFifo, isDirectory } = Deno.lstatSync(path);
    return JSON.stringify([isSymlink, isFifo, isDirectory]);
  } catch {
    return "nothing";
  }
};

/**
 * Two inputs and two outputs are refused, or written: then inputs read as before, both outputs have
 * what was written to them, and whatever was a link or a FIFO still is.
 */
export const pathsTarget: FuzzTarget = {
  name: "paths of inputs and outputs",
  cases: 400, // files are written, and synced
  async read(draw) {
    const folder = Deno.makeTempDirSync();
    try {
      Deno.mkdirSync(`${folder}/sub`);
      Deno.writeTextFileSync(`${folder}/original`, "text of all hard links");
      for (const name of NAMES) plant(folder, name, draw);
      const names = draw.below(4) === 0
        ? Array.from({ length: 4 }, () => draw.pick(NAMES))
        : NAMES.toSpliced(draw.below(NAMES.length), 1); // four that differ
      const paths = names.map((name) => disguised(`${folder}/${name}`, draw));
      const [inputs, outputs] = [paths.slice(0, 2), paths.slice(2)];
      try {
        await refuseClashes([
          ...inputs.map((path) => ({ by: "input", path, role: { use: "read" as const } })),
          ...outputs.map((path) => ({ by: "output", path, role: { use: "written" as const } })),
        ]);
        for (const path of outputs) await checkWritable(path);
      } catch (error) {
        if (error instanceof UsageError) {
          throw new RangeError(`Cannot take the paths: ${error.message}`);
        }
        if ((error as Error).message.startsWith("Cannot ")) {
          throw new RangeError((error as Error).message);
        }
        throw error;
      }
      const before = inputs.map(contentOf);
      const kinds = NAMES.map((name) => kindOf(`${folder}/${name}`));
      const files = outputs.filter((path) => {
        try {
          return !Deno.statSync(path).isFifo; // nobody reads it here
        } catch {
          return true;
        }
      });
      for (const [i, path] of files.entries()) await writeFile(path, `output ${i}`);
      const wrong = [
        ...inputs.filter((path, i) => contentOf(path) !== before[i] && before[i] !== undefined)
          .map((path) => `${path} was an input`),
        ...files.filter((path, i) => contentOf(path) !== `output ${i}`)
          .map((path) => `${path} was not written`),
        ...NAMES.filter((name, i) =>
          kinds[i] !== "nothing" && kindOf(`${folder}/${name}`) !== kinds[i]
        ).map((name) => `${name} is no longer what it was`),
        ...[...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".partial"))
          .map(({ name }) => `${name} was left`),
      ];
      if (wrong.length > 0) throw new Error(wrong.join("; "));
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
};

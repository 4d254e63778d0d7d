/**
 * Do the tests notice? Edits lines of the source one at a time, in a copy, and runs the test files
 * that should fail: `deno run -A tests/mutation/mutate.ts [--sample N] [--seed N] [--list] [FILE…]`.
 *
 * Without FILE, every file of `targets`. `--sample N`: N edits a file, drawn with the seed; all unless
 * given. `--list`: the named edits of `named.ts` alone, each of which must be noticed (exit code 1
 * otherwise). Prints the edits that nobody noticed, then a table.
 */

import { parseArgs } from "node:util";
import { sample, seededRandom } from "../../src/ir/random.ts";
import { describe, type Edit, edited, editsOf } from "./edits.ts";
import { named } from "./named.ts";
import { targets } from "./targets.ts";

const root = new URL("../../", import.meta.url).pathname;
const { values: args, positionals: files } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    list: { type: "boolean" },
    sample: { type: "string" },
    seed: { type: "string" },
    workers: { type: "string" },
  },
});

interface Work {
  readonly file: string;
  readonly tests: readonly string[];
  readonly source: string;
  readonly edit: Edit;
}

/** Milliseconds after which tests that an edit makes hang count as failed. */
const PATIENCE = 300_000;

async function workOf(file: string, tests: readonly string[]): Promise<Work[]> {
  const source = await Deno.readTextFile(root + file);
  const edits = editsOf(source);
  const count = Math.min(edits.length, Number(args.sample ?? Infinity));
  const chosen = new Set(sample(edits, count, seededRandom(Number(args.seed ?? 0))));
  return edits.filter((edit) => chosen.has(edit))
    .map((edit) => ({ file, tests, source, edit }));
}

async function namedWork(): Promise<Work[]> {
  return await Promise.all(named.map(async ({ file, from, to, tests }) => {
    const source = await Deno.readTextFile(root + file);
    const at = source.indexOf(from);
    if (at < 0 || source.indexOf(from, at + 1) >= 0) {
      throw new Error(`Cannot edit ${file}: expected ${JSON.stringify(from)} once`);
    }
    return { file, tests, source, edit: { at, length: from.length, to } };
  }));
}

/** A copy of what tests need, in which one file at a time is edited. */
async function copyOfTree(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "mutation-" });
  const { success } = await new Deno.Command("cp", {
    args: ["-r", ...["src", "shaders", "tests", "fixtures", "studies"], folder],
    cwd: root,
  }).output();
  if (!success) throw new Error(`Cannot copy the tree to ${folder}`);
  for await (const { name, isFile } of Deno.readDir(root)) {
    if (isFile && !name.startsWith(".")) await Deno.copyFile(root + name, `${folder}/${name}`);
  }
  return folder;
}

/** Whether test files fail in a folder; those that hang do after `patience` milliseconds. */
async function fails(
  folder: string,
  tests: readonly string[],
  patience?: number,
): Promise<boolean> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", "--quiet", "--fail-fast", ...tests],
    cwd: folder,
    env: { WITHOUT_GPU: "1" }, // no edit is of the GPU's own code, and a software GPU is slow
    stdout: "null",
    stderr: "null",
  }).spawn();
  const timer = patience === undefined
    ? undefined
    : setTimeout(() => child.kill("SIGKILL"), patience);
  const { success } = await child.status;
  clearTimeout(timer); // one that runs would keep this program from ending
  return !success;
}

const unknown = files.filter((file) => !(file in targets));
if (unknown.length > 0) {
  throw new Error(`Cannot edit ${unknown.join(", ")}: targets.ts names no tests of it`);
}
const work = args.list ? await namedWork() : (await Promise.all(
  Object.entries(targets)
    .filter(([file]) => files.length === 0 || files.includes(file))
    .map(([file, tests]) => workOf(file, tests)),
)).flat();

const unedited = await copyOfTree();
try {
  for (const test of new Set(work.flatMap(({ tests }) => tests))) {
    if (await fails(unedited, [test])) {
      throw new Error(`${test} fails without an edit: what it notices means nothing`);
    }
  }
} finally {
  await Deno.remove(unedited, { recursive: true });
}

const noticed = new Map<string, { edits: number; noticed: number }>();
const survivors: string[] = [];
const queue = [...work];

async function worker(): Promise<void> {
  const folder = await copyOfTree();
  try {
    for (let one = queue.shift(); one; one = queue.shift()) {
      const { file, tests, source, edit } = one;
      const path = `${folder}/${file}`;
      await Deno.writeTextFile(path, edited(source, edit));
      const killed = await fails(folder, tests, PATIENCE);
      await Deno.writeTextFile(path, source);
      const count = noticed.get(file) ?? { edits: 0, noticed: 0 };
      noticed.set(file, {
        edits: count.edits + 1,
        noticed: count.noticed + (killed ? 1 : 0),
      });
      if (!killed) {
        survivors.push(describe(file, source, edit));
        console.log(`not noticed: ${survivors.at(-1)}`);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const workers = Number(args.workers ?? Math.min(2, navigator.hardwareConcurrency));
await Promise.all(Array.from({ length: workers }, worker));
for (const [file, { edits, noticed: n }] of [...noticed].sort()) {
  console.log(`${String(n).padStart(4)} of ${String(edits).padStart(4)}  ${file}`);
}
const total = [...noticed.values()];
const sum = (key: "edits" | "noticed") => total.reduce((all, one) => all + one[key], 0);
console.log(`${sum("noticed")} of ${sum("edits")} edits noticed`);
if (args.list && survivors.length > 0) Deno.exit(1);

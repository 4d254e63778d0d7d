/** The page's files, bundled for browsers. */

import { named } from "./files.ts";

/** A file of the page: its name below the page's address, its bytes, its type. */
export interface PageFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

/** Types by the endings of names. */
const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json; charset=utf-8",
  tsv: "text/plain; charset=utf-8",
  md: "text/plain; charset=utf-8",
  txt: "text/plain; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
};

/** The type that a file is served as. */
export function typeOf(name: string): string {
  return types[/\.([^.]+)$/.exec(name)?.[1] ?? ""] ?? "application/octet-stream";
}

const web = new URL("../../web/", import.meta.url);

/** Scripts that a page begins with; others are loaded when they are wanted. */
const entries = ["page.js", "worker.js"];

/**
 * Bundles the page. `split`: what is seldom wanted are files of their own; a page in one file has them
 * inside.
 *
 * @throws {Error} where `deno bundle` fails: at its first run it fetches its bundler from npm.
 */
export async function bundlePage(
  { split = true }: { readonly split?: boolean } = {},
): Promise<readonly PageFile[]> {
  const folder = await Deno.makeTempDir({ prefix: "page-" });
  try {
    const bundle = async (...args: readonly string[]) => {
      const { success, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["bundle", "--quiet", "--platform", "browser", "--minify", ...args],
        env: { NO_COLOR: "1" },
        stdout: "null",
        stderr: "piped",
      }).output();
      if (success) return;
      const lines = new TextDecoder().decode(stderr).split("\n").filter((line) => line.trim());
      const first = Math.max(0, lines.findIndex((line) => /error/i.test(line))); // a backtrace follows
      const told = lines.slice(first, first + 3).join(" ");
      throw new Error(`Cannot bundle the page: ${told}`);
    };
    const page = new URL("page.tsx", web).href;
    const worker = new URL("worker/worker.ts", web).href;
    await Promise.all(
      [["page", page], ["worker", worker]].map(([part, entry]) =>
        split
          ? bundle("--code-splitting", "--outdir", `${folder}/${part}`, entry)
          : bundle("-o", `${folder}/${part}/${part}.js`, entry)
      ),
    );
    const files: PageFile[] = [];
    for (const part of ["page", "worker"]) {
      for await (const { name } of Deno.readDir(`${folder}/${part}`)) {
        const bytes = await Deno.readFile(`${folder}/${part}/${name}`);
        files.push({ name, bytes, type: typeOf(name) });
      }
    }
    for (const name of ["index.html", "style.css"]) {
      const bytes = await named("read", name, () => Deno.readFile(new URL(name, web)));
      files.push({ name, bytes, type: typeOf(name) });
    }
    const missing = entries.find((entry) => !files.some(({ name }) => name === entry));
    if (missing) throw new Error(`Cannot bundle the page: expected ${missing}, got none`);
    return files;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The page as files of its own: a folder for any static host, or one HTML file with all inside. */

import { neededFiles } from "../../formats/hub.ts";
import { hubHosts } from "../../deno/page_policy.ts";
import type { PageFile } from "../../deno/page_files.ts";
import { sha256Base64 } from "../../deno/hash.ts";
import type { PageFacts } from "../../formats/page_facts.ts";

/** What a page carries. */
export interface SiteContent {
  readonly files: readonly PageFile[];
  /** explore.json. */
  readonly facts: PageFacts;
  /** The model's files by name. */
  readonly model: ReadonlyMap<string, Uint8Array>;
}

/** A host that sends no headers: the page itself says what it may do. */
function withPolicy(html: string, policy: readonly string[]): string {
  const meta = `<meta http-equiv="Content-Security-Policy" content="${policy.join("; ")}">`;
  return html.replace('<meta name="viewport"', `${meta}\n    <meta name="viewport"`);
}

const shared = ["default-src 'none'", "img-src 'self' data: blob:", "base-uri 'none'"];

/** The folder's files by name. */
export function siteFiles({ files, facts, model }: SiteContent): Map<string, Uint8Array> {
  const policy = [
    ...shared,
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self' blob:",
    "style-src 'self'",
    `connect-src 'self' ${hubHosts}`,
    "form-action 'none'",
  ];
  const encoder = new TextEncoder();
  const all = new Map<string, Uint8Array>();
  for (const [name, bytes] of model) all.set(`model/${name}`, bytes);
  all.set("explore.json", encoder.encode(`${JSON.stringify(facts)}\n`));
  for (const { name, bytes } of files) {
    if (name !== "index.html") all.set(name, bytes);
  }
  const html = new TextDecoder().decode(files.find(({ name }) => name === "index.html")!.bytes);
  all.set("index.html", encoder.encode(withPolicy(html, policy)));
  return all;
}

/** The page in one file; `files` must be bundled without parts that are loaded later. */
export function singleFile({ files, facts, model }: SiteContent): string {
  const text = (name: string) =>
    new TextDecoder().decode(files.find((file) => file.name === name)!.bytes);
  const json = (value: unknown) => JSON.stringify(value).replaceAll("<", "\\u003c");
  const block = (id: string, value: unknown) =>
    `<script type="application/json" id="embedded-${id}">${json(value)}</script>`;
  // neither may end the element, and both mean the same in strings and regular expressions
  const script = text("page.js").replaceAll(/<\/(script)/gi, "<\\/$1").replaceAll("<!--", "<\\!--");
  const policy = [
    ...shared,
    `script-src 'sha256-${sha256Base64(script)}' 'wasm-unsafe-eval'`,
    "worker-src blob:",
    "style-src 'unsafe-inline'",
    `connect-src blob: data: ${hubHosts}`,
    "form-action 'none'",
  ];
  const base64 = Object.fromEntries(
    Array.from(model, ([name, bytes]) => [name, bytes.toBase64()]),
  );
  const parts = {
    '<link rel="stylesheet" href="style.css">': `<style>${text("style.css")}</style>`,
    '<script type="module" src="page.js"></script>': [
      block("worker", text("worker.js")),
      block("boot", facts),
      block("model", base64),
      `<script type="module">${script}</script>`,
    ].join("\n    "),
  };
  let html = withPolicy(text("index.html"), policy);
  for (const [from, to] of Object.entries(parts)) {
    const at = html.indexOf(from);
    if (at < 0) throw new Error(`Cannot write the page in one file: expected ${from} in it`);
    html = html.slice(0, at) + to + html.slice(at + from.length);
  }
  return html;
}

/** The names of a model's files that a page needs, of all in its folder. */
export function modelFiles(names: readonly string[]): string[] {
  const hash = { kind: "sha256", hex: "" } as const;
  return neededFiles(names.map((path) => ({ path, size: 0, hash }))).map(({ path }) => path);
}

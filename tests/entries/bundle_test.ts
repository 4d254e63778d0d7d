/** The entry `.` bundled for browsers: what is in it, and the same bits in Node and in Chromium. */

import { assert, assertEquals, assertLess } from "@std/assert";
import { attributePair } from "../../src/attribution/attribute_pair.ts";
import { simdOps } from "../../src/compute/simd/simd_ops.ts";
import { root, withModel } from "../backends.ts";
import { inFolder } from "../cli/run.ts";

/** Largest size of the bundle, minified and gzipped: what a page downloads before the model. */
const LARGEST = 190_000;

const pair = {
  query: "how to toast with the steak",
  passage: "Sugar knight From the blade and a steak her Drill in a cheese with the toast.",
  label: "relevant",
} as const;

/** Attributes the pair; `rn` and `load` are there, `told` takes the conductances as text. */
const program = `
const backend = await rn.openBackend(undefined);
const model = await rn.openModel(load, backend);
const one = await rn.attributePair(model, ${JSON.stringify(pair)});
await told(JSON.stringify([backend.adapter, ...one.conductance]));
backend.close();
`;

/** What the same instructions give here: older runtimes lack relaxed SIMD, which fuses operations. */
async function expected(adapter: string): Promise<number[]> {
  const instructions = adapter.includes("relaxed") ? "relaxed" : "plain";
  let found: number[] = [];
  await withModel(
    "fixtures/tiny-cross-encoder",
    { backend: { open: () => simdOps({ threads: 1, instructions }) } },
    async (model) => void (found = [...(await attributePair(model, pair)).conductance]),
  );
  return found;
}

async function bundle(folder: string): Promise<string> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--platform",
      "browser",
      "--minify",
      "-o",
      `${folder}/rn.js`,
      "mod.ts",
    ],
    cwd: root,
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return await Deno.readTextFile(`${folder}/rn.js`);
}

/** Whether a program of the machine can be run; `REQUIRE_<NAME>=1` makes its absence an error. */
async function has(name: string): Promise<boolean> {
  const found = await new Deno.Command(name, { args: ["--version"] }).output()
    .then(({ code }) => code === 0, () => false);
  if (!found && Deno.env.get(`REQUIRE_${name.toUpperCase()}`) === "1") {
    throw new Error(`No ${name} was found, which REQUIRE_${name.toUpperCase()}=1 asks for`);
  }
  return found;
}
const hasNode = await has("node");
const hasChromium = await has("chromium");

Deno.test("the bundle of mod.ts imports nothing, names no Deno, and is small", () =>
  inFolder(async (folder) => {
    const text = await bundle(folder);
    assert(!/\bDeno\b/.test(text), "it names Deno");
    assert(!/\bimport\s*[("{*]|(?<!["'])\bfrom\s*["']/.test(text), "it imports another module");
    const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
    const { size } = await new Response(packed).blob();
    assertLess(size, LARGEST);
  }));

Deno.test({
  name: `the bundle of mod.ts gives the same bits in Node${hasNode ? "" : " [skipped: no node]"}`,
  ignore: !hasNode,
  fn: () =>
    inFolder(async (folder) => {
      await bundle(folder);
      await Deno.writeTextFile(
        `${folder}/main.mjs`,
        `import { readFile } from "node:fs/promises";
import * as rn from "./rn.js";
const load = (name) => readFile(process.argv[2] + name);
const told = (text) => console.log(text);
${program}`,
      );
      const { code, stdout, stderr } = await new Deno.Command("node", {
        args: ["main.mjs", new URL("fixtures/tiny-cross-encoder/", root).pathname],
        cwd: folder,
      }).output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
      const [adapter, ...found] = JSON.parse(new TextDecoder().decode(stdout));
      assertEquals(found, await expected(adapter));
    }),
});

for (const isolated of [true, false]) {
  const where = `Chromium, ${isolated ? "cross-origin isolated" : "not isolated"}`;
  Deno.test({
    name: `the bundle of mod.ts gives the same bits in ${where}${
      hasChromium ? "" : " [skipped: no chromium]"
    }`,
    ignore: !hasChromium,
    fn: () =>
      inFolder(async (folder) => {
        await bundle(folder);
        const { promise, resolve, reject } = Promise.withResolvers<string>();
        const page = `<!doctype html><script type="module">
import * as rn from "./rn.js";
const tell = (path, body) => fetch(path, { method: "POST", body });
const told = (text) => tell("/told", text);
const { load } = rn.fetchFolder(new URL("/model/", location.href));
try { ${program} } catch (error) { await tell("/failed", String(error.stack ?? error)); }
</script>`;
        await using server = Deno.serve(
          { port: 0, hostname: "127.0.0.1", onListen() {} },
          async (request) => {
            const { pathname } = new URL(request.url);
            if (pathname === "/told") resolve(await request.text());
            if (pathname === "/failed") reject(new Error(await request.text()));
            if (request.method === "POST") return new Response("");
            const headers = new Headers(
              isolated
                ? {
                  "cross-origin-opener-policy": "same-origin",
                  "cross-origin-embedder-policy": "require-corp",
                }
                : {},
            );
            try {
              if (pathname === "/") {
                headers.set("content-type", "text/html");
                return new Response(page, { headers });
              }
              headers.set(
                "content-type",
                pathname.endsWith(".js") ? "text/javascript" : "text/plain",
              );
              const file = pathname === "/rn.js"
                ? `${folder}/rn.js`
                : new URL(pathname.replace("/model/", "fixtures/tiny-cross-encoder/"), root);
              return new Response(await Deno.readFile(file), { headers });
            } catch {
              return new Response("", { status: 404, headers });
            }
          },
        );
        const browser = new Deno.Command("chromium", {
          args: [
            ...[
              "--headless=new",
              "--no-sandbox",
              "--disable-gpu",
              `--user-data-dir=${folder}/profile`,
            ],
            `http://127.0.0.1:${server.addr.port}/`,
          ],
          stdout: "null",
          stderr: "null",
        }).spawn();
        const timer = setTimeout(() => reject(new Error("Chromium told nothing for 90 s")), 90_000);
        try {
          const [adapter, ...found] = JSON.parse(await promise);
          assertEquals(found, await expected(adapter));
          if (!isolated) assert(adapter.endsWith(", 1 thread"), adapter);
        } finally {
          clearTimeout(timer);
          browser.kill("SIGKILL");
          await browser.status;
        }
      }),
  });
}

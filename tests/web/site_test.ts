/** The page from a static host without special headers, and from one file on disk. */

import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { cli, inFolder } from "../cli/run.ts";
import { attributed, openPage, pageTest, statusOf } from "./browser.ts";

const pair = {
  query: "how to veal with the honey",
  passage: "Steak jar Our lard in a Durban with the cake.",
  label: "non-relevant",
};

/** A host that sends files and no headers but their types. */
async function hosted(folder: string, test: (address: string) => Promise<void>): Promise<void> {
  const types: Record<string, string> = {
    html: "text/html",
    js: "text/javascript",
    css: "text/css",
    json: "application/json",
  };
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (ask) => {
      const path = new URL(ask.url).pathname.replace(/^\/below\//, "").replace(/^$/, "index.html");
      const bytes = await Deno.readFile(`${folder}/${path}`).catch(() => undefined);
      const type = types[path.split(".").at(-1)!] ?? "application/octet-stream";
      return bytes
        ? new Response(bytes, { headers: { "content-type": type } })
        : new Response("none", { status: 404 });
    },
  );
  await test(`http://127.0.0.1:${server.addr.port}/below/`);
}

/** Bytes after gzip. */
async function packed(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(stream).arrayBuffer()).byteLength;
}

pageTest(
  "site works from any static host, computes what explore does, and is small",
  (test) =>
    inFolder(async (folder) => {
      const site = `${folder}/site`;
      const { code, stdout, stderr } = await cli(["site", "--output", site]);
      assertEquals([code, stdout], [0, `${site}/index.html\n`], stderr);
      // its scripts: what the page begins with, and the worker
      const begins = async (script: string) => {
        const text = await Deno.readTextFile(`${site}/${script}`);
        const names = text.matchAll(/from"\.\/([\w.-]+\.js)"/g).map(([, name]) => name);
        let bytes = 0;
        for (const name of new Set([script, ...names])) {
          bytes += await packed(await Deno.readFile(`${site}/${name}`));
        }
        return bytes;
      };
      assertLess(await begins("page.js"), 40_000);
      assertLess(await begins("worker.js"), 120_000);
      const worker = await Deno.readTextFile(`${site}/worker.js`);
      assert(!/vega|resvg/i.test(worker));

      const { address } = await test.serve();
      const served = await test.page();
      await openPage(served, address, pair);
      const expected = await attributed(served);
      await hosted(site, async (address) => {
        const page = await test.page();
        await openPage(page, address, pair);
        assert(!await page.evaluate("crossOriginIsolated"));
        assertEquals(await attributed(page), expected); // one thread, the same bits
      });

      // a later page takes the place of an older one; another folder is left alone
      await Deno.writeTextFile(`${site}/chunk-OLD.js`, "");
      assertEquals((await cli(["site", "--output", site])).code, 0);
      assert(!await Deno.stat(`${site}/chunk-OLD.js`).then(() => true, () => false));
      await Deno.writeTextFile(`${folder}/mine.txt`, "mine");
      const refused = await cli(["site", "--output", folder]);
      assertEquals(refused.code, 1);
      assertMatch(refused.stderr, /expected an empty folder or an older page, found/);
    }),
);

pageTest(
  "site --single-file opens from disk, asks nobody, and computes the same",
  (test) =>
    inFolder(async (folder) => {
      const file = `${folder}/page.html`;
      const { code, stdout, stderr } = await cli(["site", "--single-file", "--output", file]);
      assertEquals([code, stdout], [0, `${file}\n`], stderr);
      const page = await test.page();
      const asked: string[] = [];
      page.on("request", (request) => asked.push(request.url()));
      await openPage(page, `file://${file}`, pair);
      const found = await attributed(page);
      await page.getByRole("combobox", { name: "Component" }).waitFor(); // views are inside
      assert(asked.every((url) => /^(file|blob|data):/.test(url)), asked.join(" "));
      const { address } = await test.serve();
      const served = await test.page();
      await openPage(served, address, pair);
      assertEquals(await attributed(served), found);
    }),
);

pageTest(
  "a repository of the Hub is opened from its files, which the browser keeps",
  async (test) => {
    const { address } = await test.serve();
    const page = await test.page({ expected: /404/ });
    const model = new URL("../../fixtures/tiny-cross-encoder/", import.meta.url);
    let asked = 0;
    await page.route("https://huggingface.co/**", async (route) => {
      asked++;
      const name = new URL(route.request().url()).pathname.replace("/some/model/resolve/main/", "");
      const path = decodeURIComponent(new URL(name, model).pathname);
      const headers = { "access-control-allow-origin": "*" };
      const there = await Deno.stat(path).then(() => true, () => false);
      await route.fulfill(there ? { status: 200, headers, path } : { status: 404, headers });
    });
    await openPage(page, address, pair);
    const bundled = await attributed(page);
    const open = async () => {
      await page.getByText("Model", { exact: true }).click();
      await page.getByRole("textbox", { name: "A repository of the Hugging Face Hub" })
        .fill("some/model");
      await page.getByRole("button", { name: "Open", exact: true }).click();
      await statusOf(page, /^some\/model is open/);
      await page.getByText("Model", { exact: true }).click();
    };
    await open();
    assertEquals((await attributed(page)).conductance, bundled.conductance);
    assert(asked > 3);
    const before = asked;
    await page.reload();
    await statusOf(page, /evaluations/);
    await open();
    assertLess(asked - before, before); // the weights came from the browser
  },
);

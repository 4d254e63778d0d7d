/** Folders behind an address. */

import { assertEquals, assertRejects } from "@std/assert";
import { fetchFolder } from "../../src/formats/fetch_folder.ts";
import { loadOptional } from "../../src/formats/load.ts";

/** A server of one file, `model.bin`, that counts requests. */
async function withServer(
  test: (address: string, requests: string[]) => Promise<void>,
): Promise<void> {
  const requests: string[] = [];
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    requests.push(`${pathname} ${request.headers.get("authorization") ?? ""}`.trim());
    if (pathname === "/m/model.bin") return new Response(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7));
    return new Response("", { status: pathname === "/m/broken" ? 500 : 404 });
  });
  await test(`http://127.0.0.1:${server.addr.port}/m`, requests);
}

Deno.test("fetchFolder() fetches a file once, whole, and serves ranges of it", () =>
  withServer(async (address, requests) => {
    const told: unknown[] = [];
    const folder = fetchFolder(address, {
      onProgress: (...news) => void told.push(news),
      headers: { authorization: "Bearer x" },
    });
    const [middle, end] = await Promise.all([
      folder.load("model.bin", { start: 2, end: 4 }),
      folder.load("model.bin", { start: 6, end: 100 }),
    ]);
    assertEquals([[...middle], [...end]], [[2, 3], [6, 7]]);
    assertEquals((await folder.load("model.bin")).length, 8);
    assertEquals(requests, ["/m/model.bin Bearer x"]);
    assertEquals(told, [["model.bin", 8, 8]]);
    folder.forget();
    await folder.load("model.bin");
    assertEquals(requests.length, 2);
  }));

Deno.test("fetchFolder() takes a missing file as absent, names any other failure, and tries again", () =>
  withServer(async (address, requests) => {
    const { load } = fetchFolder(address);
    assertEquals(await loadOptional(load, "tokenizer.json"), undefined);
    await assertRejects(() => load("broken"), Error, "/m/broken: expected 200, got 500");
    await assertRejects(() => load("broken"), Error, "expected 200, got 500");
    assertEquals(requests.length, 3);
    const gone = fetchFolder("http://127.0.0.1:1/");
    await assertRejects(() => gone.load("x"), Error, "Cannot fetch http://127.0.0.1:1/x");
  }));

Deno.test("fetchFolder() keeps files in a cache between visits", () =>
  withServer(async (address, requests) => {
    const kept = new Map<string, Response>();
    const cache = {
      match: (url: RequestInfo | URL) => Promise.resolve(kept.get(String(url))?.clone()),
      put: (url: RequestInfo | URL, response: Response) =>
        Promise.resolve(void kept.set(String(url), response)),
    };
    const first = await fetchFolder(address, { cache }).load("model.bin");
    const second = await fetchFolder(address, { cache }).load("model.bin");
    assertEquals(second, first);
    assertEquals(requests.length, 1);
  }));

Deno.test("fetchFolder() ends when it is told to", () =>
  withServer(async (address) => {
    const { load } = fetchFolder(address, { signal: AbortSignal.abort(new Error("enough")) });
    await assertRejects(() => load("model.bin"), Error, "enough");
  }));

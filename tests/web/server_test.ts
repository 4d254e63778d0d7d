/** The page's server gives what it was told to and nothing else, to nobody else. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { root } from "../backends.ts";
import { cli, inFolder, spawn } from "../cli/run.ts";

const tiny = decodeURIComponent(new URL("fixtures/tiny-cross-encoder", root).pathname);

/** Runs `test` against `explore` with arguments. */
async function served(
  args: readonly string[],
  test: (address: URL, process: Deno.ChildProcess, stderr: Promise<string>) => Promise<void>,
): Promise<void> {
  const process = spawn(["explore", "--port", "0", ...args]);
  const stdout = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const stderr = new Response(process.stderr).text();
  let told = "";
  try {
    const { value } = await stdout.read();
    told = value ?? "";
    assertMatch(told, /^http:\/\/127\.0\.0\.1:\d+\/\n$/, `${told}`);
    await test(new URL(told.trim()), process, stderr);
  } finally {
    try {
      process.kill("SIGTERM");
    } catch {
      // it ended by itself
    }
    for (;;) {
      const { value, done } = await stdout.read();
      if (done) break;
      told += value;
    }
    await process.status;
    await stderr;
  }
  assertEquals(told.split("\n").length, 2, "nothing but the address on standard output");
}

/** The answer to a request that no client would send: its path goes as it is. */
async function raw(address: URL, path: string, host = address.host, method = "GET") {
  using connection = await Deno.connect({
    hostname: address.hostname,
    port: Number(address.port),
  });
  const request = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  const text = await new Response(connection.readable).text();
  return { status: Number(text.split(" ")[1]), text };
}

Deno.test("explore serves a model's files whole, by range and by head", () =>
  served([], async (address) => {
    const file = new URL("model/config.json", address);
    const bytes = await Deno.readFile(`${tiny}/config.json`);
    const whole = await fetch(file);
    assertEquals(new Uint8Array(await whole.arrayBuffer()), bytes);
    assertEquals(whole.headers.get("content-type"), "application/json; charset=utf-8");
    assertEquals(whole.headers.get("accept-ranges"), "bytes");
    for (
      const [range, start, end] of [
        ["bytes=0-3", 0, 4],
        ["bytes=5-", 5, bytes.length],
        ["bytes=-7", bytes.length - 7, bytes.length],
        [`bytes=10-${bytes.length + 99}`, 10, bytes.length],
      ] as const
    ) {
      const part = await fetch(file, { headers: { range } });
      assertEquals(part.status, 206);
      assertEquals(
        part.headers.get("content-range"),
        `bytes ${start}-${end - 1}/${bytes.length}`,
      );
      assertEquals(new Uint8Array(await part.arrayBuffer()), bytes.slice(start, end));
    }
    const beyond = await fetch(file, { headers: { range: `bytes=${bytes.length}-` } });
    assertEquals([beyond.status, await beyond.text()], [416, ""]);
    assertEquals(beyond.headers.get("content-range"), `bytes */${bytes.length}`);
    const several = await fetch(file, { headers: { range: "bytes=0-1,4-5" } });
    assertEquals([several.status, (await several.arrayBuffer()).byteLength], [200, bytes.length]);
    const head = await fetch(file, { method: "HEAD" });
    assertEquals([head.headers.get("content-length"), await head.text()], [
      String(bytes.length),
      "",
    ]);
  }));

Deno.test("explore isolates its page and lets no foreign script run", () =>
  served([], async (address) => {
    const { headers, body } = await fetch(address);
    await body?.cancel();
    assertEquals(headers.get("cross-origin-opener-policy"), "same-origin");
    assertEquals(headers.get("cross-origin-embedder-policy"), "require-corp");
    assertEquals(headers.get("cross-origin-resource-policy"), "same-origin");
    assertEquals(headers.get("x-content-type-options"), "nosniff");
    const policy = headers.get("content-security-policy")!;
    assertMatch(policy, /default-src 'none'/);
    assertMatch(policy, /script-src 'self' 'wasm-unsafe-eval';/);
    assert(!/unsafe-inline|unsafe-eval'.*unsafe-eval|\*;/.test(policy), policy);
  }));

Deno.test("explore serves nothing outside its folders, and no folders", () =>
  inFolder((folder) => {
    return Deno.mkdir(`${folder}/model/sub`, { recursive: true }).then(async () => {
      for await (const { name } of Deno.readDir(tiny)) {
        await Deno.copyFile(`${tiny}/${name}`, `${folder}/model/${name}`);
      }
      await Deno.writeTextFile(`${folder}/secret.txt`, "secret");
      await Deno.writeTextFile(`${folder}/model/.hidden`, "secret");
      await Deno.symlink(`${folder}/secret.txt`, `${folder}/model/link.txt`);
      await Deno.symlink(folder, `${folder}/model/up`);
      await Deno.symlink(`${folder}/model/config.json`, `${folder}/model/inside.json`);
      await served(["--model", `${folder}/model`], async (address) => {
        for (
          const path of [
            "/model/../secret.txt",
            "/model/%2e%2e/secret.txt",
            "/model/..%2fsecret.txt",
            "/model/sub/../../secret.txt",
            "/model/..\\secret.txt",
            "/model/%00",
            "/model//etc/passwd",
            "//etc/passwd",
            "/etc/passwd",
            "/model/link.txt",
            "/model/up/secret.txt",
            "/model/.hidden",
            "/model/sub",
            "/model/",
            "/model",
            "/deno.json",
            "/%",
          ]
        ) {
          const { status, text } = await raw(address, path);
          assert(status === 404 || status === 400, `${path}: ${status}`);
          assert(!text.includes("secret\n") && !text.endsWith("secret"), path);
        }
        assertEquals((await raw(address, "/model/inside.json")).status, 200); // a link inside
      });
    });
  }));

Deno.test("explore answers only requests for its own address, and only to read", () =>
  served([], async (address) => {
    assertEquals((await raw(address, "/", "evil.example")).status, 403);
    assertEquals((await raw(address, "/", `evil.example:${address.port}`)).status, 403);
    assertEquals((await raw(address, "/", `127.0.0.1:1`)).status, 403);
    assertEquals((await raw(address, "/", `localhost:${address.port}`)).status, 200);
    for (const method of ["POST", "PUT", "DELETE"]) {
      assertEquals((await raw(address, "/model/config.json", address.host, method)).status, 405);
    }
    // nobody else can reach it
    const others = Deno.networkInterfaces()
      .filter(({ family, address }) => family === "IPv4" && !address.startsWith("127."));
    for (const { address: hostname } of others) {
      const reached = await Deno.connect({ hostname, port: Number(address.port) })
        .then((connection) => (connection.close(), true), () => false);
      assert(!reached, hostname);
    }
  }));

Deno.test("explore ends with 130 and 143 at signals", async () => {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    await served([], async (address, process, stderr) => {
      assertEquals((await fetch(address)).status, 200);
      process.kill(signal);
      assertEquals((await process.status).code, code);
      assertMatch(await stderr, new RegExp(`stopped by ${signal}: the page is served no longer`));
    });
  }
});

Deno.test("explore says what is wrong with its arguments in a sentence", () =>
  inFolder(async (folder) => {
    const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
    const { port } = listener.addr as Deno.NetAddr;
    await Deno.writeTextFile(`${folder}/results.json`, `{"format": "study-results/1"}`);
    await Deno.mkdir(`${folder}/linked`);
    await Deno.symlink(`${tiny}/config.json`, `${folder}/linked/config.json`);
    for (
      const [args, code, message] of [
        [["--port", "70000"], 2, /^error: Option --port cannot be "70000": expected an integer/],
        [["--port", String(port)], 1, /^error: Cannot listen on 127\.0\.0\.1, port \d+: /],
        [["--model", "no-such"], 1, /^error: Cannot find model "no-such": /],
        [["--model", `${folder}/linked`], 1, /^error: Cannot serve model linked: expected config/],
        [["--study", `${folder}/none`], 1, /^error: Cannot read .*results\.json: no such file/],
        [
          ["--study", folder],
          1,
          /expected results of format "study-results\/2", got "study-results\/1"/,
        ],
        [["--pairs", `${folder}/none`], 1, /^error: Cannot read .*none: no such file/],
      ] as const
    ) {
      const free = args[0] === "--port" ? [] : ["--port", "0"];
      const found = await cli(["explore", ...free, ...args]);
      assertEquals([found.code, found.stdout], [code, ""], found.stderr);
      assertMatch(found.stderr, message);
    }
    listener.close();
  }));

Deno.test("explore serves a model of the Hub's cache, whose files are links", () =>
  inFolder(async (cache) => {
    const home = `${cache}/models--a--b`;
    const commit = "0123456789012345678901234567890123456789";
    await Deno.mkdir(`${home}/snapshots/${commit}`, { recursive: true });
    await Deno.mkdir(`${home}/blobs`);
    await Deno.mkdir(`${home}/refs`);
    await Deno.writeTextFile(`${home}/refs/main`, commit);
    for await (const { name } of Deno.readDir(tiny)) {
      await Deno.copyFile(`${tiny}/${name}`, `${home}/blobs/${name}`);
      await Deno.symlink(`../../blobs/${name}`, `${home}/snapshots/${commit}/${name}`);
    }
    await served(["--model", `${home}/snapshots/${commit}`], async (address) => {
      assertEquals((await fetch(new URL("model/config.json", address))).status, 200);
      assertEquals((await raw(address, "/model/../../refs/main")).status, 404);
    });
  }));

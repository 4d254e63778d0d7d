import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { cacheFolder, downloadModel, hubOf, modelFolder } from "../../src/deno/hub_cache.ts";
import { COMMIT, hash, type HubServer, type Repository, serveHub } from "./hub_server.ts";

const text = (content: string) => new TextEncoder().encode(content);
const weights = Uint8Array.from({ length: 100_000 }, (_, i) => (i * i) >> 3);

const REPOSITORY: Repository = {
  files: {
    "config.json": text(`{"model_type":"bert"}`),
    "vocab.txt": text("[PAD]\n"),
    "pytorch_model.bin": weights,
    "tf_model.h5": text("not needed"),
    "README.md": text("not needed"),
  },
  large: ["pytorch_model.bin", "tf_model.h5"],
};

/** Runs `test` with a server of the repository and an empty cache. */
async function withHub(
  test: (server: HubServer, cache: string) => Promise<void>,
  repository: Repository = REPOSITORY,
  token?: string,
) {
  const cache = await Deno.makeTempDir();
  try {
    await using server = serveHub(repository, token);
    await test(server, cache);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

const download = (server: HubServer, cache: string) =>
  downloadModel({ hub: server.hub, cache }, "owner/model");

const SNAPSHOT = `models--owner--model/snapshots/${COMMIT}`;

Deno.test("downloadModel() lays out the cache as all Hugging Face tools do, with what is needed only", async () => {
  await withHub(async (server, cache) => {
    const folder = await download(server, cache);
    assertEquals(folder, `${cache}/${SNAPSHOT}`);
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(names, ["config.json", "pytorch_model.bin", "vocab.txt"]);
    assertEquals(
      Deno.readLinkSync(`${folder}/pytorch_model.bin`),
      `../../blobs/${hash("sha256", weights)}`,
    );
    assertEquals(
      Deno.readLinkSync(`${folder}/config.json`),
      `../../blobs/${hash("git-sha1", REPOSITORY.files["config.json"])}`,
    );
    assertEquals(Deno.readFileSync(`${folder}/pytorch_model.bin`), weights);
    assertEquals(Deno.readTextFileSync(`${cache}/models--owner--model/refs/main`), COMMIT);
    const blobs = [...Deno.readDirSync(`${cache}/models--owner--model/blobs`)];
    assertEquals(blobs.length, 3);
  });
});

Deno.test("downloadModel() of a cached revision asks the network for nothing, unless told to refresh", async () => {
  await withHub(async (server, cache) => {
    const folder = await download(server, cache);
    server.log.length = 0;
    assertEquals(await download(server, cache), folder);
    const { hub } = server;
    assertEquals(await downloadModel({ hub, cache }, "owner/model", { revision: COMMIT }), folder);
    assertEquals(server.log, []);
    await downloadModel({ hub, cache }, "owner/model", { refresh: true });
    assertEquals(server.log, ["/api/models/owner/model/revision/main"]);
  });
});

Deno.test("downloadModel() takes up a broken connection where it broke", async () => {
  await withHub(async (server, cache) => {
    server.moods.push("serve", "serve", "serve", { breakAfter: 30_000 }, { breakAfter: 20_000 });
    await download(server, cache);
    assertEquals(server.log.filter((line) => line.startsWith("pytorch")), [
      "pytorch_model.bin bytes=0-",
      "pytorch_model.bin bytes=30000-",
      "pytorch_model.bin bytes=50000-",
    ]);
  });
});

Deno.test("downloadModel() gives up a connection that stalls, and asks for the rest anew", async () => {
  await withHub(async (server, cache) => {
    server.moods.push("serve", "serve", "serve", { stallAfter: 40_000 });
    const hub = { ...server.hub, patience: 200 };
    const folder = await downloadModel({ hub, cache }, "owner/model");
    assertEquals(server.log.at(-1), "pytorch_model.bin bytes=40000-");
    assertEquals(Deno.readFileSync(`${folder}/pytorch_model.bin`), weights);
  });
});

Deno.test("downloadModel() goes on where a killed run stopped", async () => {
  await withHub(async (server, cache) => {
    const blobs = `${cache}/models--owner--model/blobs`;
    Deno.mkdirSync(blobs, { recursive: true });
    Deno.writeFileSync(`${blobs}/${hash("sha256", weights)}.incomplete`, weights.slice(0, 70_000));
    const heard: [string, number, number][] = [];
    const progress = (file: string, done: number, size: number) => heard.push([file, done, size]);
    await downloadModel({ hub: server.hub, cache }, "owner/model", { progress });
    assertEquals(server.log.at(-1), "pytorch_model.bin bytes=70000-");
    assertEquals(heard.at(-1), ["pytorch_model.bin", 100_000, 100_000]);
  });
});

Deno.test("downloadModel() starts over where what a killed run left is of another file", async () => {
  await withHub(async (server, cache) => {
    const blobs = `${cache}/models--owner--model/blobs`;
    Deno.mkdirSync(blobs, { recursive: true });
    Deno.writeFileSync(`${blobs}/${hash("sha256", weights)}.incomplete`, text("other bytes"));
    const folder = await download(server, cache);
    assertEquals(Deno.readFileSync(`${folder}/pytorch_model.bin`), weights);
  });
});

Deno.test("downloadModel() copes with a server that ignores ranges", async () => {
  await withHub(async (server, cache) => {
    server.moods.push("serve", "serve", "serve", { breakAfter: 30_000 }, "rangeless");
    const folder = await download(server, cache);
    assertEquals(Deno.readFileSync(`${folder}/pytorch_model.bin`), weights);
  });
});

Deno.test("downloadModel() refuses wrong bytes, keeps none of them, and leaves no ref", async () => {
  await withHub(async (server, cache) => {
    server.moods.push("serve", "serve", "serve", "wrong");
    const error = await assertRejects(() => download(server, cache), Error, "pytorch_model.bin");
    assertEquals(
      error.message.includes(`expected bytes of sha256 ${hash("sha256", weights)}`),
      true,
    );
    const blobs = [...Deno.readDirSync(`${cache}/models--owner--model/blobs`)];
    assertEquals(blobs.length, 2);
    assertThrows(() => modelFolder("owner/model", cache), RangeError, "found neither");
    await download(server, cache);
    assertEquals(modelFolder("owner/model", cache), `${cache}/${SNAPSHOT}`);
  });
});

Deno.test("downloadModel() refuses more bytes than there should be", async () => {
  await withHub(async (server, cache) => {
    server.moods.push("serve", "long");
    await assertRejects(() => download(server, cache), Error, "expected 21 bytes, got more");
  });
});

Deno.test("downloadModel() waits and tries again at 429, as long as asked, and at 5xx, ever longer", async () => {
  await withHub(async (server, cache) => {
    server.moods.push(
      { status: 503 },
      { status: 502 },
      { status: 429, headers: { "retry-after": "7" } },
    );
    await download(server, cache);
    assertEquals(server.waits, [500, 1000, 7000]);
  });
});

Deno.test("downloadModel() gives up after six tries that bring nothing", async () => {
  await withHub(async (server, cache) => {
    server.moods.push(...Array.from({ length: 6 }, () => ({ status: 500 })));
    await assertRejects(() => download(server, cache), Error, "in 6 tries, got status 500");
    assertEquals(server.waits.length, 5);
  });
});

Deno.test("downloadModel() gives up where there is no server", async () => {
  const cache = await Deno.makeTempDir();
  const hub = {
    ...hubOf(() => undefined),
    endpoint: "http://127.0.0.1:1",
    wait: () => Promise.resolve(),
  };
  await assertRejects(
    () => downloadModel({ hub, cache }, "owner/model"),
    Error,
    `repository "owner/model"`,
  );
  await Deno.remove(cache, { recursive: true });
});

Deno.test("downloadModel() says what a private repository needs, and sends the token to the hub only", async () => {
  const closed = { ...REPOSITORY, token: "secret" };
  await withHub(async (server, cache) => {
    await assertRejects(() => download(server, cache), Error, "got status 401; set HF_TOKEN");
  }, closed);
  await withHub(
    async (server, cache) => {
      await assertRejects(() => download(server, cache), Error, "HF_TOKEN gives no access");
    },
    closed,
    "other",
  );
  await withHub(
    async (server, cache) => {
      await download(server, cache);
      assertEquals(server.leaked, [null]);
    },
    closed,
    "secret",
  );
});

Deno.test("downloadModel() says which repository is not there", async () => {
  await withHub(async (server, cache) => {
    const { hub } = server;
    await assertRejects(
      () => downloadModel({ hub, cache }, "owner/absent"),
      Error,
      `"owner/absent" at "main"`,
    );
    await assertRejects(() => downloadModel({ hub, cache }, "owner/absent"), Error, "status 404");
  });
});

Deno.test("downloadModel() refuses names and paths that lead out of the cache", async () => {
  for (const path of ["../config.json", "/etc/passwd", "a/../../b", "a\\b", "C:x", "a//b", ""]) {
    const files = { ...REPOSITORY.files, [path]: text("x") };
    await withHub(async (server, cache) => {
      await assertRejects(() => download(server, cache), SyntaxError, JSON.stringify(path));
    }, { ...REPOSITORY, files });
  }
  await withHub(async ({ hub }, cache) => {
    for (const name of ["../x", "a/../b", "a/b/c", "", "/a", "a--b", ".a/b"]) {
      await assertRejects(() => downloadModel({ hub, cache }, name), SyntaxError, `"${name}"`);
    }
    const revision = "../../x";
    await assertRejects(
      () => downloadModel({ hub, cache }, "a/b", { revision }),
      SyntaxError,
      revision,
    );
  });
});

Deno.test("downloadModel() refuses a repository without weights it can read", async () => {
  const { "pytorch_model.bin": _, ...files } = REPOSITORY.files;
  await withHub(async (server, cache) => {
    await assertRejects(() => download(server, cache), RangeError, "expected model.safetensors or");
  }, { ...REPOSITORY, files });
});

Deno.test("downloadModel() prefers safetensors, sharded ones too, to PyTorch's own files", async () => {
  const files = {
    ...REPOSITORY.files,
    "model.safetensors.index.json": text(`{"weight_map":{"a":"model-00001-of-00001.safetensors"}}`),
    "model-00001-of-00001.safetensors": text("shard"),
  };
  await withHub(async (server, cache) => {
    const folder = await download(server, cache);
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assertEquals(names.includes("pytorch_model.bin"), false);
    assertEquals(modelFolder("owner/model", cache), folder);
    Deno.removeSync(`${folder}/model-00001-of-00001.safetensors`);
    assertThrows(() => modelFolder("owner/model", cache), RangeError, "found neither");
  }, { ...REPOSITORY, files });
});

Deno.test("modelFolder() takes a folder as it is", async () => {
  const folder = await Deno.makeTempDir();
  Deno.writeTextFileSync(`${folder}/config.json`, "{}");
  assertEquals(modelFolder(folder, "absent"), folder);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("cacheFolder() is HF_HUB_CACHE, else below HF_HOME, else below the home folder", () => {
  const folder = (variables: Record<string, string>) => cacheFolder((name) => variables[name]);
  assertEquals(folder({ HF_HUB_CACHE: "a", HF_HOME: "b", HOME: "h" }), "a");
  assertEquals(folder({ HF_HOME: "b", HOME: "h" }), "b/hub");
  assertEquals(folder({ XDG_CACHE_HOME: "c", HOME: "h" }), "c/huggingface/hub");
  assertEquals(folder({ HOME: "h" }), "h/.cache/huggingface/hub");
});

import { assertEquals, assertStringIncludes } from "@std/assert";
import { COMMIT, serveHub } from "../../deno/hub_server.ts";
import { cli, inFolder } from "../run.ts";

const text = (content: string) => new TextEncoder().encode(content);
const REPOSITORY = {
  files: {
    "config.json": text("{}"),
    "vocab.txt": text("[PAD]\n"),
    "pytorch_model.bin": text("weights"),
  },
  large: ["pytorch_model.bin"],
};

Deno.test("download prints the snapshot's folder, below HF_HOME, from HF_ENDPOINT, with HF_TOKEN", async () => {
  await inFolder(async (folder) => {
    await using server = serveHub({ ...REPOSITORY, token: "secret" });
    const env = {
      HF_HOME: folder,
      HF_HUB_CACHE: "",
      HF_ENDPOINT: `${server.hub.endpoint}/`,
      HF_TOKEN: "secret",
    };
    const { code, stdout, stderr } = await cli(["download", "owner/model"], env);
    assertEquals(code, 0, stderr);
    assertEquals(stdout, `${folder}/hub/models--owner--model/snapshots/${COMMIT}\n`);
    assertStringIncludes(stderr, "pytorch_model.bin: 7 bytes");
    const offline = { ...env, HF_ENDPOINT: "http://127.0.0.1:1" };
    assertEquals((await cli(["download", "owner/model"], offline)).stdout, stdout);
  });
});

Deno.test("download fails in one sentence: code 1 without access, 2 without a name", async () => {
  await inFolder(async (folder) => {
    await using server = serveHub({ ...REPOSITORY, token: "secret" });
    const env = { HF_HUB_CACHE: folder, HF_ENDPOINT: server.hub.endpoint, HF_TOKEN: "" };
    const { code, stdout, stderr } = await cli(["download", "owner/model"], env);
    assertEquals([code, stdout, stderr.trim().split("\n").length], [1, "", 1]);
    assertStringIncludes(stderr, "got status 401; set HF_TOKEN");
  });
  assertEquals((await cli(["download"])).code, 2);
});

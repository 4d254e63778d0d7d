import { assertEquals, assertStringIncludes } from "@std/assert";
import { openPyTorch } from "../../../src/formats/pytorch.ts";
import { openSafetensors } from "../../../src/formats/safetensors.ts";
import { folder } from "../../formats/files.ts";
import { cli, inFolder } from "../run.ts";

const GOLDEN = new URL("../../formats/golden/", import.meta.url);

for (const name of ["state.zip.bin", "state.legacy.bin"]) {
  Deno.test(`convert writes ${name} as safetensors and leaves nothing else behind`, async () => {
    await inFolder(async (at) => {
      const out = `${at}/model.safetensors`;
      const { code, stdout } = await cli(["convert", new URL(name, GOLDEN).pathname, out]);
      assertEquals([code, stdout], [0, ""]);
      assertEquals([...Deno.readDirSync(at)].map(({ name }) => name), ["model.safetensors"]);
      const from = await openPyTorch(folder(GOLDEN), name);
      const to = await openSafetensors(folder(new URL(`file://${at}/`)), "model.safetensors");
      assertEquals(to.metadata, { format: "pt" });
      assertEquals(to.entries.size, from.entries.size);
      for (const tensor of from.entries.keys()) {
        assertEquals(await to.bytes(tensor), await from.bytes(tensor), tensor);
      }
    });
  });
}

Deno.test("convert refuses a pickle that asks for os.system, runs nothing and writes nothing", async () => {
  await inFolder(async (at) => {
    const evil = new URL("evil.legacy.bin", GOLDEN).pathname;
    const { code, stderr } = await cli(["convert", evil, `${at}/out.safetensors`]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "asks for posix.system");
    assertEquals([...Deno.readDirSync(at)], []);
  });
});

Deno.test("convert says which file is absent, and needs two", async () => {
  const absent = await cli(["convert", "absent.bin", "out.safetensors"]);
  assertEquals([absent.code, absent.stderr], [1, "error: Cannot read absent.bin: no such file\n"]);
  assertEquals((await cli(["convert", "in.bin"])).code, 2);
});

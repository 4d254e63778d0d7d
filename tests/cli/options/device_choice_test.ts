/** Which GPU a run gets: Vulkan's own variables decide, as docs/cluster.md says. */

import { assertEquals, assertMatch } from "@std/assert";
import { hasGpu, root } from "../../backends.ts";
import { cli, inFolder } from "../run.ts";

const model = decodeURIComponent(new URL("fixtures/tiny-cross-encoder", root).pathname);

Deno.test({
  name: "VK_DRIVER_FILES hides adapters from a run",
  ignore: !hasGpu || Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/pairs`, "a\tb\n");
      const score = (device: string, env: Record<string, string>) =>
        cli(["score", "--model", model, "--pairs", `${folder}/pairs`, "--device", device], env);
      const hidden = { VK_DRIVER_FILES: "/dev/null", VK_ICD_FILENAMES: "/dev/null" };
      const none = await score("gpu", hidden);
      assertEquals(none.code, 1);
      assertMatch(none.stderr, /Cannot use --device gpu: no WebGPU adapter was found/);
      assertEquals((await score("auto", hidden)).code, 0);
    }),
});

/** Dawn in place of Deno's WebGPU, on SwiftShader, the Vulkan of Debian's Chromium that needs no GPU. */

import { assert, assertEquals, assertLess, assertMatch, assertStringIncludes } from "@std/assert";
import { openScheme } from "../../internal.ts";
import { relativeDistance } from "../attribution/golden.ts";
import { loaderOf } from "../backends.ts";
import { inFolder, outcomeOf } from "./run.ts";

const icd = "/usr/lib/chromium/vk_swiftshader_icd.json";
const isThere = await Deno.stat(icd).then(({ isFile }) => isFile, () => false);
if (!isThere) {
  const absent = `No SwiftShader at ${icd}: tests of Dawn are ignored (apt install chromium)`;
  if (Deno.env.get("REQUIRE_CHROMIUM") === "1") throw new Error(absent);
  console.warn(absent);
}
/** Whether npm gives the package; the tests' names say so where it does not. */
const isFetched = isThere && (await new Deno.Command(Deno.execPath(), {
  args: ["cache", "--no-lock", "--quiet", "npm:webgpu@0.6.2"],
}).output()).success;

/** The command line with Dawn, which must not come into deno.lock: all that is there is fetched for everyone. */
async function withDawn(args: readonly string[], flags: readonly string[] = []) {
  return await outcomeOf(
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-lock", "--quiet", ...flags, "cli.ts", ...args],
      env: { NO_COLOR: "1", VK_ICD_FILENAMES: icd },
    }),
  );
}

function dawnTest(name: string, fn: () => Promise<void>): void {
  const needs = isThere ? "the npm package webgpu" : "SwiftShader";
  Deno.test({ name: isFetched ? name : `${name} (needs ${needs})`, ignore: !isFetched, fn });
}

dawnTest("device --device dawn checks every kernel against float64", async () => {
  const { code, stdout, stderr } = await withDawn(["device", "--device=dawn"]);
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /SwiftShader.*, Dawn/);
  const checks = stdout.split("\n").filter((line) => /^(ok|FAILED)\b/.test(line));
  assert(checks.length > 25);
  assertEquals(checks.filter((line) => !line.startsWith("ok")), []);
});

dawnTest(
  "attribute on Dawn gives float64's conductances, and says what computed them",
  async () => {
    await inFolder(async (folder) => {
      const lines = (await Deno.readTextFile("fixtures/pairs.tsv")).split("\n").slice(0, 3);
      await Deno.writeTextFile(`${folder}/pairs.tsv`, `${lines.join("\n")}\n`);
      const schemes = [];
      for (const device of ["dawn", "cpu"]) {
        const { code, stderr } = await withDawn([
          ...["attribute", "--model=fixtures/tiny-cross-encoder", `--pairs=${folder}/pairs.tsv`],
          ...[
            "--agreement=off",
            "--rule=trapezoid",
            "--steps=4",
            "--units=linears,heads",
            "--quiet",
          ],
          ...[`--device=${device}`, `--output=${folder}/${device}.safetensors`],
        ]);
        assertEquals(code, 0, stderr);
        schemes.push(
          await openScheme(loaderOf(new URL(`file://${folder}/`)), `${device}.safetensors`),
        );
      }
      const [dawn, float64] = schemes;
      assertStringIncludes(dawn.metadata.adapter, "Dawn");
      assertLess(relativeDistance(dawn.mean, float64.mean), 1e-4);
    });
  },
);

Deno.test("a Dawn that cannot be loaded is told in one sentence, with the way to get it", async () => {
  const { code, stderr } = await withDawn(["device", "--device=dawn"], ["--deny-ffi"]);
  assertEquals(code, 1, stderr);
  assertStringIncludes(stderr, "Cannot use Dawn: expected the package webgpu, which `deno cache");
  assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
});

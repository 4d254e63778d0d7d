/** `rerank`: which candidates it takes, and which neurons. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { formatNeuronSet } from "../../../internal.ts";
import { sha256OfFile } from "../../../src/deno/hash.ts";
import { root } from "../../backends.ts";
import { cli, inFolder } from "../run.ts";
import { bertSpace } from "../../spaces.ts";

const path = (name: string) => decodeURIComponent(new URL(name, root).pathname);
const model = path("fixtures/tiny-cross-encoder");
const computer = ["--device", "simd", "--threads", "1", "--quiet"];
const rerank = (folder: string, ...more: string[]) =>
  cli([
    ...["rerank", "--model", model, "--dataset", path("fixtures/collections/cooking")],
    ...["--candidates", `${folder}/run`, ...computer, ...more],
  ]);

Deno.test("rerank --depth takes equal scores by document id, descending, whatever the file's order", () =>
  inFolder(async (folder) => {
    for (const order of [["c1", "c9", "c10", "c2"], ["c10", "c2", "c9", "c1"]]) {
      const lines = order.map((id) => `q0 Q0 ${id} 1 ${id === "c1" ? 2 : 1} x\n`);
      await Deno.writeTextFile(`${folder}/run`, lines.join(""));
      const { code, stdout, stderr } = await rerank(folder, "--depth", "3");
      assertEquals(code, 0, stderr);
      const taken = stdout.trimEnd().split("\n").map((line) => line.split(" ")[2]);
      assertEquals(taken.sort(), ["c1", "c2", "c9"]); // trec_eval: c9, c2, c10
    }
  }));

Deno.test("rerank, trace and ablate refuse neurons of a model with other weights, unless they are told to take them", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/run`, "q0 Q0 c1 1 1 x\n");
    await Deno.writeTextFile(`${folder}/pairs`, "a\tb\t1\n");
    const own = await sha256OfFile(`${model}/model.safetensors`);
    const set = {
      space: bertSpace({ layers: 4, width: 128, inner: 256 }),
      ids: Uint32Array.of(5),
      model: "",
    };
    const write = (model_sha256: string | undefined) =>
      Deno.writeTextFile(
        `${folder}/set`,
        formatNeuronSet({ ...set, level: 0.1, expression: "", provenance: { model_sha256 } }),
      );
    const trace = (...more: string[]) =>
      cli([
        ...["trace", "--model", model, "--pairs", `${folder}/pairs`, "--neurons", `${folder}/set`],
        ...["--steps", "2", ...computer, ...more],
      ]);
    const zeroed = (...more: string[]) => rerank(folder, "--ablate", `${folder}/set`, ...more);
    for (const run of [zeroed, trace]) {
      await write("ab".repeat(32));
      const other = await run();
      assertEquals(other.code, 1);
      assertMatch(
        other.stderr,
        new RegExp(`Cannot use neuron set .*/set on .*: expected .* ${own}, got those of abab`),
      );
      const insisted = await run("--any-model");
      assertEquals(insisted.code, 0, insisted.stderr);
      await write(own);
      const fits = await run();
      assertEquals([fits.code, fits.stdout], [0, insisted.stdout], fits.stderr);
      await write(undefined);
      assertEquals((await run()).code, 0);
    }
  }));

Deno.test("rerank --ablate says where a set does not tell its model", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/run`, "q0 Q0 c1 1 1 x\n");
    const space = bertSpace({ layers: 4, width: 128, inner: 256 });
    const about = { model: "", level: 0.1, expression: "", provenance: {} };
    const text = formatNeuronSet({ space, ids: Uint32Array.of(5), ...about });
    await Deno.writeTextFile(`${folder}/set`, text);
    const { code, stderr } = await cli([
      ...["rerank", "--model", model, "--dataset", path("fixtures/collections/cooking")],
      ...["--candidates", `${folder}/run`, "--ablate", `${folder}/set`, "--device", "simd"],
    ]);
    assertEquals(code, 0);
    assertStringIncludes(stderr, "does not say which model it is of");
  }));

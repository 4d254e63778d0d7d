/** The commands of docs/permissions.md, with no more permissions than it gives them. */

import { assertEquals, assertMatch } from "@std/assert";
import { hasGpu, root } from "../backends.ts";
import { inFolder } from "./run.ts";

const path = (name: string) => decodeURIComponent(new URL(name, root).pathname);
const model = path("fixtures/tiny-cross-encoder");
const dataset = path("fixtures/collections/cooking");
const pairs = path("fixtures/pairs.tsv");
const sys = "--allow-sys=systemMemoryInfo";

/** Runs the command line with these permissions; nothing may be asked for. */
async function run(permissions: readonly string[], args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...permissions, path("cli.ts"), ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("attribute works without network, and with reading and writing limited", () =>
  inFolder(async (folder) => {
    const few = ["--rule", "right", "--steps", "2", "--max-pairs", "3"];
    const attribute = [
      ...["attribute", "--model", model, "--pairs", pairs, "--output", `${folder}/S`, ...few],
      ...["--log", `${folder}/log`, "--metrics", `${folder}/prom`, "--per-pair", `${folder}/each`],
    ];
    const files = [`--allow-read=${model},${pairs},${folder}`, `--allow-write=${folder}`];
    const simd = await run([...files, sys], [...attribute, "--device", "simd"]);
    assertEquals([simd.code, simd.stdout], [0, ""], simd.stderr);
    const told = await run(files, [...attribute, "--device", "simd", "--memory", "500M"]);
    assertEquals(told.code, 0, told.stderr); // then it need not ask how much memory there is
    const wrong = await run([`--allow-read=${model},${pairs}`], [...attribute, "--device", "simd"]);
    assertEquals(wrong.code, 1);
    assertMatch(wrong.stderr, /^error: Cannot .*not permitted to \(see deno run --allow-read/);
  }));

Deno.test({
  name: "attribute needs three environment variables more on a GPU",
  ignore: !hasGpu,
  fn: () =>
    inFolder(async (folder) => {
      const { code, stderr } = await run(
        [
          `--allow-read=${model},${pairs},${folder}`,
          `--allow-write=${folder}`,
          sys,
          "--allow-env=DENO_WEBGPU_BACKEND,XDG_RUNTIME_DIR,TMPDIR",
        ],
        [
          ...["attribute", "--model", model, "--pairs", pairs, "--output", `${folder}/S`],
          ...["--rule", "right", "--steps", "2", "--max-pairs", "2", "--device", "gpu"],
        ],
      );
      assertEquals(code, 0, stderr);
    }),
});

Deno.test("the other commands work with the permissions that docs/permissions.md gives them", () =>
  inFolder(async (folder) => {
    const read = `--allow-read=${path("fixtures")},${folder}`;
    const write = `--allow-write=${folder}`;
    const simd = ["--device", "simd"];
    const few = ["--rule", "right", "--steps", "1", "--max-pairs", "2"];
    const shard = (i: number) => [
      ...["attribute", "--model", model, "--pairs", pairs, "--output", `${folder}/${i}`],
      ...["--shard", `${i}/2`, ...few, ...simd],
    ];
    const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
      [[read], ["tokenize", "--model", model, "--pairs", pairs]],
      [[read, sys], ["score", "--model", model, "--pairs", pairs, ...simd]],
      [[read, write, sys], shard(0)],
      [[read, write, sys], shard(1)],
      [[read, sys], [
        ...["describe", "--model", model, "--pairs", pairs, "--neurons", "0.key.1,3.value.2"],
        ...["--axioms", "none", ...few, ...simd],
      ]],
      [[read, write], ["merge", `${folder}/both`, `${folder}/0`, `${folder}/1`]],
      [[read], ["--version"]],
      [[read], ["attribute", "--help"]],
      [[read, write], ["bm25", "--dataset", dataset, "--index", `${folder}/index`]],
    ];
    for (const [permissions, args] of cases) {
      const { code, stderr, stdout } = await run(permissions, args);
      assertEquals(code, 0, `${args.join(" ")}: ${stderr}`);
      if (args[0] === "bm25") await Deno.writeTextFile(`${folder}/run`, stdout);
    }
    const candidates = ["--dataset", dataset, "--candidates", `${folder}/run`, "--depth", "2"];
    const rerank = await run([read, sys], ["rerank", "--model", model, ...candidates, ...simd]);
    assertEquals(rerank.code, 0, rerank.stderr);
    const kept = ["--output", `${folder}/reranked`]; // a journal lies beside it meanwhile
    const written = await run(
      [read, write, sys],
      ["rerank", "--model", model, ...candidates, ...simd, ...kept],
    );
    assertEquals(written.code, 0, written.stderr);
    const qrels = `${dataset}/qrels/test.tsv`;
    const measure = await run([read], ["measure", qrels, `${folder}/run`, "nDCG@10"]);
    assertEquals(measure.code, 0, measure.stderr);
  }));

Deno.test("site reads, writes below the temporary folder and its own, and starts deno bundle", () =>
  inFolder(async (folder) => {
    const few = ["--allow-read", `--allow-write=/tmp,${folder}`, `--allow-run=${Deno.execPath()}`];
    const { code, stdout, stderr } = await run(few, ["site", "--output", `${folder}/site`]);
    assertEquals([code, stdout], [0, `${folder}/site/index.html\n`], stderr);
  }));

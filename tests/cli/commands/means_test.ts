/** `means`, and what `rerank` and `ablate` do with it, with other pairs' values and with factors. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { formatNeuronSet, openMeans } from "../../../internal.ts";
import { addPair, schemeOf, schemeSums } from "../../../src/attribution/schemes/scheme.ts";
import { encodeScheme } from "../../../src/attribution/schemes/scheme_file.ts";
import { sha256OfFile } from "../../../src/deno/hash.ts";
import { neuronCount } from "../../../src/model/neurons.ts";
import { root } from "../../backends.ts";
import { randomVector } from "../../experiments/schemes.ts";
import { bertSpace } from "../../spaces.ts";
import { cli, inFolder } from "../run.ts";

const path = (name: string) => decodeURIComponent(new URL(name, root).pathname);
const model = path("fixtures/tiny-cross-encoder");
const cooking = path("fixtures/collections/cooking");
const space = bertSpace({ layers: 4, width: 128, inner: 256 });
const computer = ["--model", model, "--device", "simd", "--threads", "1"];

/** A run, a neuron set, schemes and means in a folder. */
async function prepare(folder: string): Promise<void> {
  const [q0, q1] = [["c1", "c9", "c10", "c2"], ["c3", "c4", "c9"]];
  const lines = [q0, q1].flatMap((documents, q) =>
    documents.map((id, i) => `q${q} Q0 ${id} 1 ${9 - i} x\n`)
  );
  await Deno.writeTextFile(`${folder}/run`, lines.join(""));
  const model_sha256 = await sha256OfFile(`${model}/model.safetensors`);
  const ids = Uint32Array.from({ length: 300 }, (_, k) => 11 * k);
  await Deno.writeTextFile(
    `${folder}/set`,
    formatNeuronSet({
      space,
      ids,
      model,
      level: 0.1,
      expression: "",
      provenance: { model_sha256 },
    }),
  );
  const sums = schemeSums(space);
  addPair(sums, randomVector(3, neuronCount(space)));
  const scheme = encodeScheme(schemeOf(sums, { label: "relevant", model_sha256 }));
  await Deno.writeFile(`${folder}/P_c.safetensors`, scheme);
  await Deno.writeTextFile(`${folder}/pairs`, "river\tthe old bridge\tx\njar\ta copper pan\n");
  const made = await cli([
    ...["means", ...computer, "--pairs", `${folder}/pairs`, "--output", `${folder}/means`],
  ]);
  assertEquals([made.code, made.stdout], [0, ""], made.stderr);
  assertStringIncludes(made.stderr, "tokens of 2 pairs");
}

Deno.test("means are of the pairs that are named, and rerank sets neurons to them, resamples and scales them", () =>
  inFolder(async (folder) => {
    await prepare(folder);
    const means = await openMeans((name) => Deno.readFile(`${folder}/${name}`), "means");
    assertEquals(means.metadata.model_sha256, await sha256OfFile(`${model}/model.safetensors`));
    assertEquals(means.metadata.dataset, `${folder}/pairs`);
    assertEquals(means.pairs, 2);
    const first = await cli([
      ...["means", ...computer, "--pairs", `${folder}/pairs`, "--max-pairs", "1"],
      ...["--output", `${folder}/first`],
    ]);
    assertEquals(first.code, 0, first.stderr);
    assertEquals(
      (await openMeans((name) => Deno.readFile(`${folder}/${name}`), "first")).pairs,
      1,
    );
    const rerank = async (...more: string[]) => {
      const { code, stdout, stderr } = await cli([
        ...["rerank", ...computer, "--quiet", "--dataset", cooking],
        ...["--candidates", `${folder}/run`, "--ablate", `${folder}/set`, ...more],
      ]);
      assertEquals(code, 0, stderr);
      return stdout;
    };
    const zero = await rerank();
    assertEquals(await rerank("--ablation", "zero"), zero);
    assertEquals(await rerank("--scale", "0"), zero);
    const mean = ["--ablation", "mean", "--means"];
    const others = [
      await rerank("--scale", "2"),
      await rerank(...mean, `${folder}/means`),
      await rerank(...mean, `${folder}/first`),
      await rerank("--ablation", "resample"),
      await rerank("--ablation", "resample", "--seed", "1"),
      await rerank("--ablation", "resample", "--reference", `${folder}/pairs`),
    ];
    assertEquals(new Set([zero, ...others]).size, 7);
    assertEquals(await rerank("--ablation", "resample", "--seed", "0"), others[3]);
  }));

Deno.test("ablate prints one method's rows beneath another's, zero's as they are alone", () =>
  inFolder(async (folder) => {
    await prepare(folder);
    const ablate = (...more: string[]) =>
      cli([
        ...["ablate", ...computer, "--datasets", cooking, "--schemes", folder, "--quiet"],
        ...["--candidates", `${folder}/run`, "--rows", "P[c]", "--levels", "30"],
        ...["--repetitions", "2", "--other-repetitions", "2", "--relevant-from", "2", ...more],
      ]);
    const zero = await ablate();
    assertEquals(zero.code, 0, zero.stderr);
    const all = await ablate(
      ...["--ablation", "zero,mean,resample", "--means", `${folder}/means`],
    );
    assertEquals(all.code, 0, all.stderr);
    const lines = all.stdout.trimEnd().split("\n");
    assertEquals(lines.map((line) => line.split("\t").slice(0, 2).join(" ")), [
      "ablation expression",
      ...["zero", "mean", "resample"].flatMap((
        method,
      ) => [`${method} P[c]`, `${method} random(P[c])`]),
    ]);
    assertEquals(
      all.stdout.split("\n").slice(0, 3).map((line) => line.split("\t").slice(1).join("\t")),
      zero.stdout.split("\n").slice(0, 3),
    );
    const scaled = await ablate("--scale", "-1");
    assertStringIncludes(scaled.stdout, "\nscale -1\tP[c]\t30\t");
  }));

Deno.test("ablations that cannot be are refused in one sentence", () =>
  inFolder(async (folder) => {
    await prepare(folder);
    const other = bertSpace({ layers: 2, width: 8, inner: 9 });
    const small = schemeSums(other);
    addPair(small, randomVector(3, neuronCount(other)));
    await Deno.writeFile(`${folder}/scheme`, encodeScheme(schemeOf(small, {})));
    const rerank = (...more: string[]) => [
      ...["rerank", ...computer, "--quiet", "--dataset", cooking],
      ...["--candidates", `${folder}/run`, "--ablate", `${folder}/set`, ...more],
    ];
    const mean = ["--ablation", "mean", "--means"];
    const means = (...more: string[]) => ["means", ...computer, ...more];
    const cases: readonly (readonly [readonly string[], 1 | 2, string])[] = [
      [rerank("--ablation", "median"), 2, 'Option --ablation cannot be "median": expected one of'],
      [rerank("--ablation", "zero,mean"), 2, "expected one of zero, mean, resample"],
      [rerank("--ablation", "mean"), 2, "Option --means FILE is missing"],
      [rerank("--means", `${folder}/means`), 2, "no neuron is ablated with --ablation mean"],
      [
        rerank("--reference", `${folder}/pairs`),
        2,
        "no neuron is ablated with --ablation resample",
      ],
      [rerank(...mean, `${folder}/means`, "--scale", "2"), 2, "no neuron is zeroed"],
      [rerank("--scale", "much"), 2, "Option --scale cannot be"],
      [rerank("--seed", "1"), 2, "nothing is drawn without resampling"],
      [rerank(...mean, `${folder}/scheme`), 1, "expected format mean-activations/1, got"],
      [rerank(...mean, `${folder}/none`), 1, `Cannot read ${folder}/none: no such file`],
      [means("--pairs", `${folder}/pairs`), 2, "Option --output FILE is missing"],
      [means("--output", `${folder}/m`), 2, "Expected either --dataset FOLDER or --pairs FILE"],
      [
        means("--output", `${folder}/m`, "--pairs", `${folder}/set`),
        1,
        "expected query<TAB>passage",
      ],
    ];
    for (const [args, code, message] of cases) {
      const found = await cli(args);
      assertEquals([found.code, found.stdout], [code, ""], `${args.join(" ")}: ${found.stderr}`);
      assertStringIncludes(found.stderr, message);
      assertEquals(found.stderr.trimEnd().split("\n").length, 1, found.stderr);
    }
    const bytes = await Deno.readFile(`${folder}/means`);
    const hash = new TextEncoder().encode(await sha256OfFile(`${model}/model.safetensors`));
    const at = bytes.findIndex((_, i) => hash.every((byte, k) => bytes[i + k] === byte));
    assert(at > 0);
    bytes[at] ^= 1; // of another model
    await Deno.writeFile(`${folder}/means`, bytes);
    const refused = await cli(rerank(...mean, `${folder}/means`));
    assertEquals(refused.code, 1);
    assertStringIncludes(refused.stderr, "Cannot use mean activations");
    const taken = await cli(rerank(...mean, `${folder}/means`, "--any-model"));
    assertEquals(taken.code, 0, taken.stderr);
  }));

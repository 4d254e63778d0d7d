import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { schemeOf, schemeSums } from "../../../src/attribution/schemes/scheme.ts";
import { encodeScheme } from "../../../src/attribution/schemes/scheme_file.ts";
import { addPair } from "../../../src/attribution/schemes/scheme.ts";
import { formatNeuronSet } from "../../../src/experiments/sets/neuron_set.ts";
import { neuronCount } from "../../../src/model/neurons.ts";
import { randomVector } from "../../experiments/schemes.ts";
import { cli, inFolder } from "../run.ts";
import { bertSpace } from "../../spaces.ts";

const model = new URL("../../../fixtures/tiny-cross-encoder", import.meta.url).pathname;
const dataset = new URL("../../../fixtures/collections/sailing", import.meta.url).pathname;
const space = bertSpace({ layers: 4, width: 128, inner: 256 });

/** A run of three queries with relevant and other passages. */
async function writeRun(folder: string): Promise<string> {
  const qrels = await Deno.readTextFile(`${dataset}/qrels/test.tsv`);
  const lines = qrels.trimEnd().split("\n").slice(1).map((line) => line.split("\t"))
    .filter(([query]) => ["q0", "q1", "q2"].includes(query));
  const text = lines.map(([query, document], i) => `${query} Q0 ${document} 1 ${100 - i} x\n`);
  await Deno.writeTextFile(`${folder}/run.trec`, text.join(""));
  return `${folder}/run.trec`;
}

async function writeScheme(path: string, seed: number, metadata: Record<string, string>) {
  const sums = schemeSums(space);
  for (let pair = 0; pair < 3; pair++) {
    addPair(sums, randomVector(seed + pair, neuronCount(space)));
  }
  await Deno.writeFile(path, encodeScheme(schemeOf(sums, metadata)));
}

Deno.test("ablate prints Table 4, and its unpruned nDCG@10 is that of rerank and measure", async () => {
  await inFolder(async (folder) => {
    const run = await writeRun(folder);
    await writeScheme(`${folder}/P_ms.safetensors`, 1, { label: "relevant" });
    await writeScheme(`${folder}/N_ms.safetensors`, 7, { label: "non-relevant" });
    const common = [`--model=${model}`, "--device=simd", "--threads=1", "--quiet"];
    const { code, stdout, stderr } = await cli([
      "ablate",
      ...common,
      `--datasets=${dataset}`,
      `--schemes=${folder}`,
      `--candidates=${run}`,
      "--rows=P[ms]; N[ms] - N[ms]",
      "--levels=60",
      "--repetitions=2",
      "--controls=P[ms]",
      "--relevant-from=2",
      `--per-query=${folder}`,
    ]);
    assertEquals(code, 0, stderr);
    const rows = stdout.trimEnd().split("\n").map((line) => line.split("\t"));
    assertEquals(rows.map((row) => row.slice(0, 6).join(" ")), [
      "expression level_percent neurons repetitions collection queries",
      "P[ms] 60 2150 1 sailing 3",
      "N[ms] - N[ms] 60 0 1 sailing 3",
      "random(P[ms]) 60 2150 2 sailing 3",
    ]);
    assertEquals(rows[2].slice(8, 10), ["0", "0"]); // an empty set changes nothing
    assert(Number(rows[1][7]) < Number(rows[1][6]), "zeroing most neurons costs nothing");
    const table = await Deno.readTextFile(`${folder}/0-sailing.tsv`);
    assertEquals(table.split("\n").length, 1 + 3 * 3 + 1);

    const set = JSON.stringify(
      JSON.parse(
        (await cli(["neurons", "P[ms]", "--level=60%", `--schemes=${folder}`, "--quiet"]))
          .stdout,
      ),
    );
    await Deno.writeTextFile(`${folder}/set.json`, set);
    for (const [option, column] of [[[], 6], [[`--ablate=${folder}/set.json`], 7]] as const) {
      const reranked = await cli([
        "rerank",
        ...common,
        `--dataset=${dataset}`,
        `--candidates=${run}`,
        ...option,
      ]);
      assertEquals(reranked.code, 0, reranked.stderr);
      await Deno.writeTextFile(`${folder}/reranked.trec`, reranked.stdout);
      const measured = await cli([
        "measure",
        `${dataset}/qrels/test.tsv`,
        `${folder}/reranked.trec`,
        "nDCG@10",
        "--json",
      ]);
      const { mean } = JSON.parse(measured.stdout)["nDCG@10"];
      assertEquals(Number(mean.toPrecision(12)), Number(rows[1][column]));
    }
  });
});

Deno.test("ablate and rerank refuse sets of other models, typos, and queries without candidates", async () => {
  await inFolder(async (folder) => {
    const run = await writeRun(folder);
    await writeScheme(`${folder}/P_ms.safetensors`, 1, { label: "relevant", model_sha256: "0" });
    await Deno.writeTextFile(`${folder}/empty.trec`, "q0 Q0 s1 1 1 x\n");
    const small = bertSpace({ layers: 2, width: 4, inner: 6 });
    await Deno.writeTextFile(
      `${folder}/small.json`,
      formatNeuronSet({
        space: small,
        ids: Uint32Array.of(1),
        model: "",
        level: 0.1,
        expression: "",
        provenance: {},
      }),
    );
    const ablate = (...args: string[]) =>
      cli([
        "ablate",
        `--model=${model}`,
        `--datasets=${dataset}`,
        `--schemes=${folder}`,
        "--device=simd",
        "--threads=1",
        "--quiet",
        ...args,
      ]);
    const [other, typo, level] = await Promise.all([
      ablate(`--candidates=${run}`),
      ablate("--rows=P[ms"),
      ablate("--levels=0"),
    ]);
    assertEquals([other.code, typo.code, level.code], [1, 2, 2]);
    assertStringIncludes(other.stderr, "expected neurons of a model with weights");
    assertStringIncludes(typo.stderr, "column 5");
    await writeScheme(`${folder}/P_ms.safetensors`, 1, { label: "relevant" });
    const [none, unfit] = await Promise.all([
      ablate(`--candidates=${folder}/empty.trec`, "--repetitions=1"),
      cli([
        "rerank",
        `--model=${model}`,
        `--dataset=${dataset}`,
        `--candidates=${run}`,
        `--ablate=${folder}/small.json`,
        "--device=simd",
        "--threads=1",
        "--quiet",
      ]),
    ]);
    assertEquals([none.code, unfit.code], [1, 1]);
    assertStringIncludes(none.stderr, "expected two or more queries with candidates");
    assertStringIncludes(unfit.stderr, "expected a model of 2 layers");
  });
});

Deno.test("ablate notes a number of repetitions that no control takes", async () => {
  await inFolder(async (folder) => {
    const run = await writeRun(folder);
    await writeScheme(`${folder}/P_ms.safetensors`, 1, { label: "relevant" });
    await writeScheme(`${folder}/N_ms.safetensors`, 7, { label: "non-relevant" });
    const idle = {
      "P[ms]": ["--repetitions has no effect: no control is of N[ms]"],
      "N[ms]": ["--other-repetitions has no effect: every control is of N[ms]"],
      "N[ms]; P[ms]": [],
    };
    for (const [controls, notes] of Object.entries(idle)) {
      const { code, stderr } = await cli([
        ...["ablate", `--model=${model}`, "--device=simd", "--threads=1"],
        ...[`--datasets=${dataset}`, `--schemes=${folder}`, `--candidates=${run}`],
        ...["--rows=N[ms]; P[ms]", "--levels=1", `--controls=${controls}`, "--relevant-from=2"],
        ...["--repetitions=2", "--other-repetitions=2"],
      ]);
      assertEquals(code, 0, stderr);
      assertEquals(
        stderr.split("\n").filter((line) => line.includes("no effect")),
        notes.map((note) => `note: Option ${note}`),
      );
    }
  });
});

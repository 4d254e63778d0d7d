/** `demo`: the bundled cross-encoder's relevance neurons, then the whole study of them. */

import {
  buildScheme,
  componentsOf,
  type CrossEncoder,
  encodeScheme,
  type LabelledPair,
  neuronName,
  neuronOf,
  openCrossEncoder,
  parseStudy,
  parseTextPairs,
  readSchemeMetadata,
  type Scheme,
  schemeOf,
  sizeAtLevel,
  topNeuronIds,
} from "../../../internal.ts";
import { percent } from "../run/scheme_report.ts";
import type { Arguments, Command } from "../command.ts";
import { computeOptions, openOps } from "../options/backend.ts";
import { folderLoader, makeFolder, print, readText, writeFile } from "../../deno/files.ts";
import { startProgress } from "../run/progress.ts";
import { fixturesFolder } from "../fixtures.ts";
import { runStudy } from "../study/run_study.ts";
import { studyFiles } from "../study/uses.ts";

/** The command. */
export const demo: Command = {
  summary: "the whole study on the bundled tiny cross-encoder; needs nothing but the checkout",
  options: {
    output: {
      value: "FOLDER",
      help: "where everything goes",
      fallback: "demo",
      file: studyFiles,
    },
    ...computeOptions,
  },
  async run(args) {
    const output = args.text("output");
    await makeFolder(output);
    const fixtures = await fixturesFolder(`${output}/fixtures`);
    await strongestNeurons(args, { output, fixtures });
    const file = `${fixtures}/study.json`;
    if (args.get("device") === "cpu") {
      // float64 on one core takes some ten times as long as WebAssembly
      await print(
        `\nThe study is left out on --device cpu; to run it: cli.ts study ${file} --device cpu`,
      );
      return;
    }
    await print("\nNow the whole paper on the bundled collections:");
    const { page } = await runStudy(parseStudy(await readText(file), file), {
      open: (memoryBytes) => openOps(args, memoryBytes),
      quiet: args.has("quiet"),
      strict: false,
      ...{ file, output },
    });
    await print(`\nreport: ${page}`);
  },
};

/** Attributes the bundled pairs and prints the strongest neurons of either label. */
async function strongestNeurons(
  args: Arguments,
  { output, fixtures }: { readonly output: string; readonly fixtures: string },
): Promise<void> {
  const name = `${fixtures}/pairs.tsv`;
  const pairs = parseTextPairs(await readText(name), { name, labelled: true });
  const ops = await openOps(args);
  try {
    const encoder = await openCrossEncoder(
      await folderLoader(`${fixtures}/tiny-cross-encoder`),
      ops,
    );
    await print(`computing on ${ops.kind}: ${ops.adapter}`);
    const sets: Uint32Array[] = [];
    for (const [letter, label] of [["P", "relevant"], ["N", "non-relevant"]] as const) {
      const own = pairs.filter((pair) => pair.label === label);
      const scheme = await schemeOfLabel(encoder, own, args.has("quiet"));
      const file = `${output}/${letter}_pairs.safetensors`;
      await writeFile(file, encodeScheme(scheme));
      sets.push(topNeuronIds(scheme.mean, sizeAtLevel(encoder.config, 0.01)));
      await describe(encoder, scheme, { letter, file });
    }
    const shared = sets[0].filter((id) => sets[1].includes(id)).length;
    await print(
      `\nP and N at 1 % (${
        sets[0].length
      } neurons each) share ${shared}; by chance they would share ${
        (sets[0].length * 0.01).toFixed(1)
      }`,
    );
  } finally {
    ops.close();
  }
}

async function schemeOfLabel(
  encoder: CrossEncoder,
  pairs: readonly LabelledPair[],
  quiet: boolean,
): Promise<Scheme> {
  const progress = startProgress(pairs.length, { things: "pairs", quiet });
  const built = await buildScheme(encoder, pairs, {
    agreement: true,
    origin: { dataset: "fixtures/pairs.tsv", model: "fixtures/tiny-cross-encoder" },
    onPair: (_, { done }) => progress.update(done),
  });
  progress.end();
  return schemeOf(built.sums, built.metadata);
}

async function describe(
  { config }: CrossEncoder,
  { mean, metadata, pairs }: Scheme,
  { letter, file }: { readonly letter: string; readonly file: string },
): Promise<void> {
  const { label, dropped, evaluations, completeness } = readSchemeMetadata(metadata);
  await print(
    `\n${letter}, ${label}: ${pairs} pairs (${dropped} dropped: the model disagrees), ${
      evaluations!.toFixed(1)
    } evaluations a pair, worst gap of completeness ${
      percent(completeness!.worst)
    }\n  scheme: ${file}`,
  );
  const top = topNeuronIds(mean, sizeAtLevel(config, 0.01));
  await print("  strongest neurons (layer.component.unit, mean conductance):");
  for (const id of top.subarray(0, 10)) {
    await print(`    ${neuronName(neuronOf(config, id)).padEnd(26)} ${mean[id].toFixed(4)}`);
  }
  await print(`  where the top 1 % (${top.length} neurons) are:`);
  const components = componentsOf(config);
  await print(`    layer ${components.map((name) => name.padStart(17)).join("")}`);
  const members = Array.from(top, (id) => neuronOf(config, id));
  for (let layer = 0; layer < config.layers; layer++) {
    const counts = components.map((component) =>
      members.filter((one) => one.layer === layer && one.component === component).length
    );
    await print(
      `    ${String(layer).padEnd(6)}${counts.map((n) => String(n).padStart(17)).join("")}`,
    );
  }
}

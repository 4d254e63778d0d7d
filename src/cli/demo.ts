/** `demo`: the bundled cross-encoder's relevance neurons. */

import {
  buildScheme,
  type CrossEncoder,
  encodeScheme,
  type LabelledPair,
  largest,
  neuronName,
  neuronOf,
  openCrossEncoder,
  parseTextPairs,
  type Scheme,
  schemeOf,
  sizeAtLevel,
} from "../../mod.ts";
import { percent } from "./attribute.ts";
import type { Command } from "./command.ts";
import { computeOptions, openOps } from "./compute.ts";
import { folderLoader, makeFolder, readText, writeFile } from "./files.ts";
import { startProgress } from "./progress.ts";
import { components } from "../../mod.ts";

/** The command. */
export const demo: Command = {
  summary: "attribute the bundled tiny cross-encoder; needs nothing but the checkout",
  options: {
    output: { value: "FOLDER", help: "where the schemes go", fallback: "demo" },
    ...computeOptions,
  },
  async run(input) {
    const fixtures = new URL("../../fixtures/", import.meta.url);
    const path = (name: string) => decodeURIComponent(new URL(name, fixtures).pathname);
    const name = path("pairs.tsv");
    const pairs = parseTextPairs(await readText(name), { name, labelled: true });
    const output = input.text("output");
    await makeFolder(output);
    const ops = await openOps(input);
    try {
      const load = await folderLoader(path("tiny-cross-encoder"));
      const encoder = await openCrossEncoder(load, ops);
      console.log(`computing on ${ops.kind}: ${ops.adapter}`);
      const sets: Uint32Array[] = [];
      for (const [letter, label] of [["P", 1], ["N", 0]] as const) {
        const quiet = input.has("quiet");
        const scheme = await schemeOfLabel(
          encoder,
          pairs.filter((pair) => pair.label === label),
          quiet,
        );
        const file = `${output}/${letter}_fixture.safetensors`;
        await writeFile(file, encodeScheme(scheme));
        sets.push(largest(scheme.mean, sizeAtLevel(encoder.config, 0.01)));
        describe(encoder, scheme, { letter, file });
      }
      const shared = sets[0].filter((id) => sets[1].includes(id)).length;
      console.log(
        `\nP and N at 1 % (${
          sets[0].length
        } neurons each) share ${shared}; by chance they would share ${
          (sets[0].length * 0.01).toFixed(1)
        }`,
      );
    } finally {
      ops.close();
    }
  },
};

async function schemeOfLabel(
  encoder: CrossEncoder,
  pairs: readonly LabelledPair[],
  quiet: boolean,
): Promise<Scheme> {
  const progress = startProgress(pairs.length, { things: "pairs", quiet });
  const built = await buildScheme(encoder, pairs, {
    agreement: true,
    onPair: (_, { done }) => progress.update(done),
  });
  progress.end();
  return schemeOf(built.sums, {
    ...built.metadata,
    dataset: "fixtures/pairs.tsv",
    model: "fixtures/tiny-cross-encoder",
  });
}

function describe(
  { config }: CrossEncoder,
  { mean, metadata, pairs }: Scheme,
  { letter, file }: { readonly letter: string; readonly file: string },
): void {
  const { worst } = JSON.parse(metadata.completeness);
  console.log(
    `\n${letter}, ${metadata.label}: ${pairs} pairs (${metadata.dropped} dropped: the model disagrees), ${
      Number(metadata.evaluations).toFixed(1)
    } evaluations a pair, worst gap of completeness ${percent(worst)}\n  scheme: ${file}`,
  );
  const top = largest(mean, sizeAtLevel(config, 0.01));
  console.log("  strongest neurons (layer.component.unit, mean conductance):");
  for (const id of top.subarray(0, 10)) {
    console.log(`    ${neuronName(neuronOf(config, id)).padEnd(26)} ${mean[id].toFixed(4)}`);
  }
  console.log(`  where the top 1 % (${top.length} neurons) are:`);
  console.log(`    layer ${components.map((name) => name.padStart(17)).join("")}`);
  const members = Array.from(top, (id) => neuronOf(config, id));
  for (let layer = 0; layer < config.layers; layer++) {
    const counts = components.map((component) =>
      members.filter((one) => one.layer === layer && one.component === component).length
    );
    console.log(
      `    ${String(layer).padEnd(6)}${counts.map((n) => String(n).padStart(17)).join("")}`,
    );
  }
}

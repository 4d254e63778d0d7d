// The bundled cross-encoder, its pairs, and what PyTorch makes of them.

import { cpuOps } from "../../src/compute/cpu/cpu_ops.ts";
import { parseTextPairs } from "../../src/formats/text_pairs.ts";
import { type CrossEncoder, openCrossEncoder } from "../../src/model/cross_encoder.ts";

/** The checkout's root. */
export const root = new URL("../../", import.meta.url);

/** Loads a file of the bundled model. */
export const load = (name: string) =>
  Deno.readFile(new URL(`fixtures/tiny-cross-encoder/${name}`, root));

/** The 60 labelled pairs of the fixture. */
export const pairs = parseTextPairs(
  await Deno.readTextFile(new URL("fixtures/pairs.tsv", root)),
  { name: "pairs.tsv", labelled: true },
);

/** What golden/make_golden.py wrote. */
export const golden = JSON.parse(
  await Deno.readTextFile(new URL("golden/experiments.json", import.meta.url)),
);

/** Runs `test` with the bundled model in float64. */
export async function withFixture(test: (encoder: CrossEncoder) => Promise<void>): Promise<void> {
  const ops = cpuOps();
  try {
    await test(await openCrossEncoder(load, ops));
  } finally {
    ops.close();
  }
}

/** `ablate --cut`: what it does to rankings that no head attends from one segment to another. */

import { checkCuts, cutsTsv, type CutSweep, sweepCuts, windowsOf } from "../../../internal.ts";
import type { Arguments, OptionSpec } from "../command.ts";
import { deviceOpener, openDevices } from "../run/devices.ts";
import { writeOutput } from "../../deno/files.ts";
import { candidatesIdentity, modelIdentity, optionsIdentity } from "../run/identity.ts";
import { journalBeside, removeJournal } from "../run/journal_file.ts";
import { resumable } from "../run/resumable.ts";
import { openRunLog } from "../run/run_log.ts";
import { cutOptions, readCuts, readLayers } from "../options/cuts.ts";
import { sheetOptions, writeSheet } from "../options/drawing.ts";
import { encodeOptions, modelHashes } from "../options/model.ts";
import { openValidations, readValidation } from "../options/validation.ts";

const withoutCut = cutOptions.layers.idle;

/** Options of `ablate` that only cuts have. */
export const sweepOptions: Readonly<Record<string, OptionSpec>> = {
  ...cutOptions,
  cut: {
    ...cutOptions.cut,
    value: "CUTS",
    help: "in place of neurons, attention that no head has, from one segment to another: " +
      "query>passage, several at once with commas, one after another with semicolons",
  },
  window: {
    value: "N",
    help: "cut N layers at a time, every window within --layers; all at once unless given",
    idle: withoutCut,
  },
  ...Object.fromEntries(
    Object.entries(sheetOptions).map(([name, spec]) => [name, { ...spec, idle: withoutCut }]),
  ),
};

/** Cuts attention on every collection; prints a line a cut, window and collection. */
export async function ablateCuts(args: Arguments): Promise<void> {
  const encoding = encodeOptions(args);
  args.text("model");
  const validation = readValidation(args);
  const cuts = readCuts(args);
  const seed = args.integer("seed", { least: 0, most: 2 ** 52 })!;
  const output = args.get("output");
  const quiet = args.has("quiet");
  using log = await openRunLog(args);
  const devices = await openDevices(deviceOpener(args));
  try {
    const { encoder } = devices;
    const layers = readLayers(args, encoder.config);
    const count = layers.last - layers.first + 1;
    const size = args.integer("window", { least: 1, most: count }) ?? count;
    const windows = windowsOf(layers, size);
    checkCuts(cuts, encoder.tokenizer);
    const hashes = await modelHashes(args.text("model"));
    const identity = await modelIdentity(args, { hashes, ops: encoder.ops });
    const sweeps: CutSweep[] = [];
    const journals: string[] = [];
    let i = 0;
    for await (
      const { path, name, qrels, candidates } of openValidations(args, encoder, {
        ...validation,
        ...{ seed, encoding },
      })
    ) {
      const journal = journalBeside(output, `.${i++}.journal`);
      if (journal !== undefined) journals.push(journal);
      const collection = sweeps.some((one) => one.collection === name) ? path : name;
      sweeps.push(
        await resumable({
          ...{ devices, journal, quiet, log },
          outputs: output === undefined ? [] : [output],
          ...{ of: candidates.length, things: `candidates of ${path}` },
          identity: {
            command: "ablate",
            ...identity,
            ...optionsIdentity(args, ["max-length", "segments", "cut", "layers", "window"]),
            ...candidatesIdentity(candidates),
            renormalise: args.has("renormalise") ? "on" : "off",
          },
          restart: args.has("restart"),
          work: (model, chunks) =>
            sweepCuts(model, { candidates, qrels, collection }, {
              ...{ cuts, windows, renormalise: args.has("renormalise") },
              ...chunks,
            }),
        }),
      );
    }
    await writeSheet(args, { cuts: sweeps });
    await writeOutput(output, cutsTsv(sweeps));
    for (const journal of journals) await removeJournal(journal);
  } finally {
    devices.close();
  }
}

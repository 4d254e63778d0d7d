/** `overlap`: how much the strongest neurons of schemes have in common (Figs. 2 and 3). */

import { overlapCurves, overlapStudy, overlapTsv } from "../../../internal.ts";
import { type Command, UsageError } from "../command.ts";
import { writeOutput } from "../../deno/files.ts";
import { levelsOption, listOption, refuseUnknown } from "../options/lists.ts";
import { sheetOptions, writeSheet } from "../options/drawing.ts";
import { collectionsOf, openSchemeFolder, schemeOptions } from "../options/schemes.ts";

/** Levels of a curve unless others are asked for, in per cent. */
const LEVELS = "0.01,0.02,0.05,0.1,0.2,0.5,1,2,3,5,7,10,15,20,30,50,70,100";

/** The command. */
export const overlapCommand: Command = {
  summary: "how many neurons schemes have in common at every level, as TSV (Figs. 2, 3)",
  options: {
    schemes: schemeOptions.schemes,
    units: schemeOptions.units,
    "in-domain": {
      value: "X,Y",
      help: "collections that the model was trained on: in A, not in O",
      fallback: "ms",
    },
    without: { value: "X,Y", help: "also curves without these collections, e.g. r,nf" },
    levels: { value: "X,Y", help: "levels in per cent", fallback: LEVELS },
    draws: {
      value: "N",
      help: "draws of queries for the 95 % intervals, 0 for none",
      fallback: "200",
    },
    seed: { value: "N", help: "of all that is drawn", fallback: "0" },
    output: {
      value: "FILE",
      help: "the table; standard output unless given",
      file: { use: "written" },
    },
    ...sheetOptions,
  },
  notes: "Every pair of collections; all of them (A), and those out of domain (O); P with N.\n" +
    "percent = 100 · shared / size of one set; null_low … null_high: what random sets share that are\n" +
    "as large in every layer and component; p_at_most, p_at_least: how probable it is that such sets\n" +
    "share no more, no less than P with N (exact); low … high: 95 % interval over queries (empty for\n" +
    "schemes without sums by query).",
  async run(args) {
    const seed = args.integer("seed", { least: 0 })!;
    const schemeDraws = args.integer("draws", { least: 0, most: 100_000 })!;
    const levels = levelsOption(args, "levels");
    const folder = await openSchemeFolder(args);
    const output = args.get("output");
    const collections = collectionsOf(folder.names, listOption(args, "in-domain", ","));
    const known = collections.map(({ abbreviation }) => abbreviation);
    for (const name of ["in-domain", "without"]) refuseUnknown(args, name, known);
    const without = listOption(args, "without", ",");
    const curves = overlapCurves(collections, without);
    if (curves.length === 0) {
      throw new RangeError(`Cannot compare schemes: expected two or more, got ${known[0]} alone`);
    }
    for (const name of ["svg", "png"]) {
      if (!args.has(name) || known.length > 1) continue;
      throw new UsageError(
        `Option --${name} draws what collections share: expected two or more, got ${
          known[0]
        } alone`,
      );
    }
    const schemes = await folder.open(new Set(curves.flatMap((curve) => curve.schemes)));
    const study = overlapStudy(curves, schemes, { levels, schemeDraws, seed });
    await writeSheet(args, { overlaps: study, leftOut: without });
    await writeOutput(output, overlapTsv(study));
    if (!args.has("quiet")) {
      console.error(`Null band: ${study.methods.nullBand}.`);
      if (schemeDraws > 1) console.error(`Interval: ${study.methods.interval}.`);
    }
  },
};

/** `--svg` and `--png`: what a command found as a picture. */

import { type DrawnResults, drawSheet } from "../../../internal.ts";
import type { Arguments, OptionSpec } from "../command.ts";
import { writeFile } from "../../deno/files.ts";

/** Options of every command that draws. */
export const sheetOptions: Readonly<Record<string, OptionSpec>> = {
  svg: {
    value: "FILE",
    help: "also the figures, as one SVG picture",
    file: { use: "written" },
  },
  png: { value: "FILE", help: "the same as a PNG", file: { use: "written" } },
};

/** Writes the pictures that were asked for. */
export async function writeSheet(args: Arguments, results: Partial<DrawnResults>): Promise<void> {
  const [svg, png] = [args.get("svg"), args.get("png")];
  if (svg === undefined && png === undefined) return;
  const sheet = await drawSheet(results);
  if (svg !== undefined) await writeFile(svg, sheet.svg);
  if (png !== undefined) await writeFile(png, await sheet.png());
}

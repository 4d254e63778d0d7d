/** `--svg` and `--png`: what a command found as a picture. */

import { type DrawnResults, drawSheet } from "../../../internal.ts";
import type { Arguments, OptionSpec } from "../command.ts";
import { checkWritable, writeFile } from "../../deno/files.ts";

/** Options of every command that draws. */
export const sheetOptions: Readonly<Record<string, OptionSpec>> = {
  svg: { value: "FILE", help: "also the figures, as one SVG picture" },
  png: { value: "FILE", help: "the same as a PNG" },
};

/** Fails now rather than later if a picture could not be written. */
export async function checkSheet(args: Arguments): Promise<void> {
  for (const name of Object.keys(sheetOptions)) {
    const file = args.get(name);
    if (file !== undefined) await checkWritable(file);
  }
}

/** Writes the pictures that were asked for. */
export async function writeSheet(args: Arguments, results: Partial<DrawnResults>): Promise<void> {
  const [svg, png] = [args.get("svg"), args.get("png")];
  if (svg === undefined && png === undefined) return;
  const sheet = await drawSheet(results);
  if (svg !== undefined) await writeFile(svg, sheet.svg);
  if (png !== undefined) await writeFile(png, await sheet.png());
}

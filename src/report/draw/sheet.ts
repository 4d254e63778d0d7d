/** Several figures as one picture, in two columns. */

import { type DrawnResults, studyFigures } from "../figures/figures.ts";
import type { Figure } from "../figures/figure.ts";
import { escapeHtml } from "../page/html.ts";
import { linePlain } from "../text.ts";
import { drawPng } from "./png.ts";
import { drawSvg, ownIds } from "./svg.ts";

/** Between figures, in pixels. */
const gap = 24;

/** A picture as text and as an image's bytes. */
export interface Sheet {
  /** An SVG document. */
  readonly svg: string;
  /** Draws it as a PNG. */
  png(): Promise<Uint8Array>;
}

/**
 * Draws every figure that the results fill on one sheet.
 *
 * @throws {RangeError} where they fill none.
 */
export async function drawSheet(
  { leftOut = [], ...results }: Partial<DrawnResults>,
): Promise<Sheet> {
  const figures = Object.values(studyFigures({ leftOut, ...results })).flat() as readonly Figure[];
  if (figures.length === 0) throw new RangeError("Cannot draw: expected results to draw, got none");
  const drawn = [];
  for (const { id, caption, spec } of figures) {
    const drawing = ownIds(await drawSvg(spec), id);
    const [, attributes, content] = /^<svg([^>]*)>([^]*)<\/svg>\s*$/.exec(drawing)!;
    const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(attributes)!;
    const words = `<desc>${escapeHtml(linePlain(caption))}</desc>`;
    drawn.push({ width: Number(width), height: Number(height), content: words + content });
  }
  const columns = Math.min(2, drawn.length);
  const wide = Math.max(...drawn.map(({ width }) => width));
  let [svg, y] = ["", 0];
  for (let first = 0; first < drawn.length; first += columns) {
    const row = drawn.slice(first, first + columns);
    row.forEach(({ width, height, content }, i) => {
      const at = `x="${i * (wide + gap)}" y="${y}" width="${width}" height="${height}"`;
      svg += `<svg ${at} viewBox="0 0 ${width} ${height}">${content}</svg>\n`;
    });
    y += Math.max(...row.map(({ height }) => height)) + gap;
  }
  const [width, height] = [columns * (wide + gap) - gap, y - gap];
  const sheet = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}">\n<rect width="${width}" height="${height}" fill="#ffffff"/>\n` +
    `${svg}</svg>\n`;
  return { svg: sheet, png: () => drawPng(sheet) };
}

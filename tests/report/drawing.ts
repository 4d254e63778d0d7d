/** Reads a drawn figure back: its words, where they stand, and what they are part of. */

/** A text of a drawing. */
export interface DrawnText {
  readonly text: string;
  /** E.g. `axis-label`, `legend-label`, `title-text`; `mark` of a text that is data. */
  readonly role: string;
  /** Its box, in pixels from the picture's upper left corner; widths are at least half the font's size a letter. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly isTurned: boolean;
}

/** A drawing's size and texts. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly texts: readonly DrawnText[];
}

/** Reads an SVG of `drawSvg()`. */
export function readDrawing(svg: string): Drawing {
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)!.map(Number);
  const texts: DrawnText[] = [];
  const above: { readonly x: number; readonly y: number; readonly role?: string }[] = [
    { x: 0, y: 0 },
  ];
  for (
    const [, closing, name, attributes, content] of svg.matchAll(/<(\/?)(\w+)([^>]*)>([^<]*)/g)
  ) {
    const value = (key: string) => new RegExp(` ${key}="([^"]*)"`).exec(attributes)?.[1];
    const parent = above.at(-1)!;
    const [x, y] = (/translate\(([-\d.]+),([-\d.]+)\)/.exec(value("transform") ?? "") ?? [0, 0, 0])
      .slice(1).map(Number);
    if (closing) {
      if (name === "g") above.pop();
    } else if (name === "g") {
      const role = /mark-text role-([\w-]+)/.exec(value("class") ?? "")?.[1];
      above.push({ x: parent.x + x, y: parent.y + y, role: role ?? parent.role });
    } else if (name === "text") {
      const size = parseFloat(value("font-size")!);
      const wide = content.length * size / 2;
      const before = { start: 0, middle: wide / 2, end: wide }[value("text-anchor")!]!;
      const [left, bottom] = [parent.x + x - before, parent.y + y];
      texts.push({
        ...{ text: content, role: parent.role!, left, bottom },
        ...{ right: left + wide, top: bottom - .7 * size },
        isTurned: value("transform")!.includes("rotate"),
      });
    }
  }
  return { width, height, texts };
}

/**
 * SVG → PNG, with fonts that are part of the program, so that the picture is the same on every
 * machine.
 */

import { unpackWoff } from "./woff.ts";

/** Pixels of a PNG for one of the figure: sharp on paper and on a projector. */
const scale = 3;

let ready: Promise<readonly Uint8Array[]> | undefined;

/** Draws an SVG document as a PNG on its own background. */
export async function drawPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import("../../packages/resvg.ts");
  const fonts = await (ready ??= load());
  const options = {
    fitTo: { mode: "zoom", value: scale },
    font: { fontBuffers: [...fonts], loadSystemFonts: false, defaultFontFamily: "DejaVu Sans" },
  } as const;
  const renderer = new Resvg(svg, options);
  const image = renderer.render();
  try {
    return image.asPng();
  } finally {
    image.free();
    renderer.free();
  }
}

/** Starts the renderer and unpacks the fonts, once. */
async function load(): Promise<readonly Uint8Array[]> {
  const { fonts, initWasm, rendererWasm } = await import("../../packages/resvg.ts");
  const [wasm, ...packed] = await Promise.all([rendererWasm, ...fonts].map(bytesOf));
  await initWasm(wasm);
  return await Promise.all(packed.map(unpackWoff));
}

async function bytesOf(url: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await fetch(url)).arrayBuffer());
}

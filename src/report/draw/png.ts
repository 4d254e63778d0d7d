/** SVG → PNG, with a font that travels with the program: the same picture on every machine. */

import { unpackWoff } from "./woff.ts";

/** Pixels of a PNG for one of the figure: sharp on paper and on a projector. */
const scale = 3;

let ready: Promise<readonly Uint8Array[]> | undefined;

/** Draws an SVG document as a PNG on its own background. */
export async function drawPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import("@resvg/resvg-wasm");
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
  const { initWasm } = await import("@resvg/resvg-wasm");
  // The import is what makes Deno fetch the package whose font file is read next.
  await import("@fontsource/dejavu-sans/metadata.json", { with: { type: "json" } });
  const files = "@fontsource/dejavu-sans/files/dejavu-sans-latin-";
  const [wasm, ...fonts] = await Promise.all([
    import.meta.resolve("@resvg/resvg-wasm/index_bg.wasm"),
    import.meta.resolve(`${files}400-normal.woff`),
    import.meta.resolve(`${files}700-normal.woff`),
  ].map(bytesOf));
  await initWasm(wasm);
  return await Promise.all(fonts.map(unpackWoff));
}

async function bytesOf(url: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await fetch(url)).arrayBuffer());
}

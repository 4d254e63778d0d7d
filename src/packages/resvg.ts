// The SVG renderer and its fonts: import this file dynamically, for it is large. The import of
// metadata.json is what makes Deno fetch the package whose font files are read by their addresses.
export { initWasm, Resvg } from "npm:@resvg/resvg-wasm@2.6.2";
import "npm:@fontsource/dejavu-sans@5.3.0/metadata.json" with { type: "json" };

/** Address of the renderer's WebAssembly. */
export const rendererWasm = import.meta.resolve("npm:@resvg/resvg-wasm@2.6.2/index_bg.wasm");

const files = "npm:@fontsource/dejavu-sans@5.3.0/files/dejavu-sans-latin-";

/** Addresses of the fonts, as WOFF: regular and bold. */
export const fonts = [
  import.meta.resolve(`${files}400-normal.woff`),
  import.meta.resolve(`${files}700-normal.woff`),
];

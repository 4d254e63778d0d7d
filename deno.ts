/**
 * Files, folders and the Hugging Face cache, for programs that run in Deno.
 *
 * @example A model and a collection of this machine
 * ```ts
 * import { folder } from "./deno.ts";
 * import { openModel, openBackend } from "./mod.ts";
 *
 * const backend = await openBackend(undefined, { kind: "simd", threads: 1 });
 * const model = await openModel(folder("fixtures/tiny-cross-encoder"), backend);
 * console.log(model.config.layers);
 * backend.close();
 * ```
 *
 * @module
 */

export { download, folder, type HubOptions, type LocalFolder } from "./src/deno/local_folder.ts";
export type { DownloadOptions } from "./src/deno/hub_cache.ts";
export { openDawn } from "./src/deno/dawn.ts";

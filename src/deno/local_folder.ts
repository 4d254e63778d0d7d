/** Folders of this machine, to open models and collections from. */

import { searchBm25 } from "../formats/bm25_search.ts";
import type { Folder } from "../formats/folder.ts";
import type { Load } from "../formats/load.ts";
import { openIndex } from "./bm25.ts";
import { loaderOf, openFolder } from "./folder.ts";
import { cacheFolder, downloadModel, type DownloadOptions, hubOf } from "./hub_cache.ts";

/**
 * A folder of this machine: a model is opened from its `load`, a collection from the rest. A BM25
 * index is kept beside the corpus, or in the user's cache where that folder cannot be written.
 */
export interface LocalFolder extends Folder {
  /** Reads a file, whole or by range. */
  readonly load: Load;
}

/**
 * The folder at a path or `file:` address. Nothing is read yet; what is missing is told by whoever
 * reads it.
 */
export function folder(path: string | URL): LocalFolder {
  const name = path instanceof URL ? fromFileUrl(path) : path;
  return {
    ...openFolder(name),
    load: loaderOf(name),
    async openIndex(corpus) {
      const index = await openIndex(corpus, { folder: name });
      return {
        search: (queries, options) => searchBm25(index, queries, options),
        [Symbol.dispose]: () => index.close(),
      };
    },
  };
}

/** The path of a `file:` address. */
function fromFileUrl(address: URL): string {
  if (address.protocol !== "file:") {
    throw new TypeError(`Cannot open folder ${address.href}: expected a file: address`);
  }
  const path = decodeURIComponent(address.pathname);
  return Deno.build.os === "windows" ? path.slice(1) : path;
}

/** Options of {@linkcode download}. */
export interface HubOptions extends DownloadOptions {
  /** Of a private or gated repository; HF_TOKEN unless given. */
  readonly token?: string;
}

/**
 * The folder of a Hugging Face repository, e.g. `cross-encoder/ms-marco-MiniLM-L-6-v2`, in the cache
 * that all Hugging Face tools share; downloaded first where it is not there. A broken download goes
 * on where it stopped, and every file's SHA-256 is verified.
 *
 * @throws {SyntaxError} for what is no repository's name, {@linkcode Error} where it cannot be had.
 */
export async function download(repository: string, options: HubOptions = {}): Promise<LocalFolder> {
  const env = (name: string) => Deno.env.get(name);
  const { token, ...rest } = options;
  const hub = token === undefined ? hubOf(env) : { ...hubOf(env), token };
  return folder(await downloadModel({ hub, cache: cacheFolder(env) }, repository, rest));
}

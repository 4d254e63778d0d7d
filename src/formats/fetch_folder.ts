/** A folder behind an address: files by fetch, each once and whole, with progress and a cache. */

import { type ByteRange, type Load } from "./load.ts";

/** Options of {@linkcode fetchFolder}. */
export interface FetchFolderOptions {
  /** Hears of every part that arrives: bytes of the file so far, and of it all where that is known. */
  readonly onProgress?: (file: string, loaded: number, total: number | undefined) => void;
  /** Where files are kept between visits, e.g. `await caches.open("models")`; nowhere unless given. */
  readonly cache?: Pick<Cache, "match" | "put">;
  /** Headers of every request, e.g. an authorization. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends requests. */
  readonly signal?: AbortSignal;
}

/** A folder whose files are fetched. */
export interface FetchFolder {
  /** Its address, as errors name it. */
  readonly name: string;
  /** Gives a file's bytes: whole from the network or the cache at first, from memory until `forget`. */
  readonly load: Load;
  /** Lets go of all files in memory. */
  forget(): void;
}

/**
 * The folder at an address such as `https://host/models/minilm/`, to open a model from.
 *
 * A file that the server lacks (404) is absent, as an optional one may be; any other failure is an
 * error that names the file. A ranged read is served from the whole file: a model makes one request
 * a file, not one a tensor.
 */
export function fetchFolder(
  address: string | URL,
  { onProgress, cache, headers, signal }: FetchFolderOptions = {},
): FetchFolder {
  const base = new URL(address);
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  const files = new Map<string, Promise<Uint8Array>>();

  async function fetchFile(name: string): Promise<Uint8Array> {
    const url = new URL(name, base);
    const kept = await cache?.match(url);
    if (kept) return new Uint8Array(await kept.arrayBuffer());
    const response = await fetch(url, { headers, signal }).catch((error: unknown) => {
      if (signal?.aborted) throw signal.reason;
      throw new Error(`Cannot fetch ${url.href}: ${messageOf(error)}`, { cause: error });
    });
    if (!response.ok) {
      await response.body?.cancel();
      const error = new Error(`Cannot fetch ${url.href}: expected 200, got ${response.status}`);
      if (response.status === 404) error.name = "NotFound";
      throw error;
    }
    const bytes = await readAll(response, (loaded, total) => onProgress?.(name, loaded, total));
    await cache?.put(url, new Response(bytes)).catch(() => {}); // a full cache loses nothing
    return bytes;
  }

  return {
    name: base.href,
    async load(name: string, range?: ByteRange) {
      const file = files.get(name) ?? fetchFile(name);
      files.set(name, file);
      try {
        const bytes = await file;
        return range ? bytes.slice(range.start, range.end) : bytes;
      } catch (error) {
        files.delete(name); // the next read tries again
        throw error;
      }
    },
    forget: () => files.clear(),
  };
}

async function readAll(
  response: Response,
  told: (loaded: number, total: number | undefined) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const length = response.headers.get("content-encoding")
    ? undefined // what arrives is longer than it says
    : Number(response.headers.get("content-length") ?? NaN);
  const total = Number.isFinite(length) ? length : undefined;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let loaded = 0;
  for await (const part of response.body ?? []) {
    parts.push(part);
    loaded += part.length;
    told(loaded, total);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

const messageOf = (error: unknown) => error instanceof Error ? error.message : String(error);

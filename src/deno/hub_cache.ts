// The cache that all Hugging Face tools share: blobs by hash, snapshots of links to them, refs.
// https://huggingface.co/docs/huggingface_hub/guides/manage-cache

import { createHash } from "node:crypto";
import {
  checkRepositoryName,
  type Hub,
  type HubFile,
  listRepository,
  neededFiles,
  streamFile,
} from "../formats/hub.ts";
import { unlessAbsent } from "./place.ts";
import { namedSync } from "./system_errors.ts";
import { replaceFile } from "./write.ts";

/** Looks up an environment variable. */
export type Env = (name: string) => string | undefined;

/** Where the cache is: HF_HUB_CACHE, or hub below HF_HOME, or the usual place in the home folder. */
export function cacheFolder(env: Env): string {
  const hub = env("HF_HUB_CACHE");
  if (hub) return hub;
  const home = env("HF_HOME");
  if (home) return `${home}/hub`;
  const caches = env("XDG_CACHE_HOME") || `${env("HOME") || env("USERPROFILE") || "."}/.cache`;
  return `${caches}/huggingface/hub`;
}

/** The hub that HF_ENDPOINT and HF_TOKEN name, reached by fetch. */
export function hubOf(env: Env): Hub {
  return {
    endpoint: (env("HF_ENDPOINT") || "https://huggingface.co").replace(/\/+$/, ""),
    token: env("HF_TOKEN") || undefined,
    fetch,
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  };
}

/** What to fetch, and who hears of it. */
export interface DownloadOptions {
  /** A branch, tag or commit; "main" by default. */
  readonly revision?: string;
  /** Whether to ask the hub for a newer commit even where the revision is in the cache. */
  readonly refresh?: boolean;
  /** Hears the bytes of the current file that are there, and its size. */
  readonly progress?: (file: string, done: number, size: number) => void;
}

/**
 * Brings the files a cross-encoder needs into the cache and gives their folder. A broken download
 * goes on where it stopped; a file takes its place only when its hash is right; a revision that is
 * in the cache whole needs no network.
 */
export async function downloadModel(
  { hub, cache }: { readonly hub: Hub; readonly cache: string },
  repository: string,
  { revision = "main", refresh = false, progress = () => {} }: DownloadOptions = {},
): Promise<string> {
  checkRepositoryName(repository);
  const cached = refresh ? undefined : cachedSnapshot(cache, repository, revision);
  if (cached !== undefined) return cached;
  const { commit, files } = await listRepository(hub, { repository, revision });
  const home = repositoryFolder(cache, repository);
  const snapshot = `${home}/snapshots/${commit}`;
  makeFolder(`${home}/blobs`);
  for (const file of neededFiles(files)) {
    const blob = `${home}/blobs/${file.hash.hex}`;
    if (sizeOf(blob) !== file.size) {
      await downloadBlob({ hub, repository, commit, file, blob, progress });
    }
    link(
      `${snapshot}/${file.path}`,
      blob,
      `${"../".repeat(file.path.split("/").length + 1)}blobs/${file.hash.hex}`,
    );
  }
  // The ref comes last: where it stands, the snapshot is whole.
  if (revision !== commit) writeRef(`${home}/refs/${revision}`, commit);
  return snapshot;
}

async function downloadBlob(
  { hub, repository, commit, file, blob, progress }: {
    readonly hub: Hub;
    readonly repository: string;
    readonly commit: string;
    readonly file: HubFile;
    readonly blob: string;
    readonly progress: (file: string, done: number, size: number) => void;
  },
): Promise<void> {
  const partial = `${blob}.incomplete`;
  for (const fresh of [false, true]) {
    if (fresh || (sizeOf(partial) ?? 0) > file.size) removeIfThere(partial);
    let done = sizeOf(partial) ?? 0;
    const resumed = done > 0;
    {
      using out = namedSync(
        "write",
        partial,
        () => Deno.openSync(partial, { create: true, append: true }),
      );
      for await (const piece of streamFile(hub, { repository, commit, file, from: done })) {
        namedSync("write", partial, () => {
          for (let at = 0; at < piece.length;) at += out.writeSync(piece.subarray(at));
        });
        done += piece.length;
        progress(file.path, done, file.size);
      }
    }
    const found = await hashOf(partial, file);
    if (found === file.hash.hex) {
      return namedSync("write", blob, () => Deno.renameSync(partial, blob));
    }
    Deno.removeSync(partial);
    // What an earlier run left may have been another file's beginning: once more, from the start.
    if (!resumed) {
      throw new Error(
        `Cannot download "${file.path}" of "${repository}": expected bytes of ${file.hash.kind} ${file.hash.hex}, got ${found}`,
      );
    }
  }
}

async function hashOf(path: string, { size, hash }: HubFile): Promise<string> {
  const digest = createHash(hash.kind === "sha256" ? "sha256" : "sha1");
  if (hash.kind === "git-sha1") digest.update(`blob ${size}\0`);
  for await (const piece of (await Deno.open(path)).readable) digest.update(piece);
  return digest.digest("hex");
}

/**
 * The folder of a model: `name` itself where it is one with a config.json, or the cached snapshot of
 * the repository of that name. Needs no network. Throws a RangeError where it is neither.
 */
export function modelFolder(name: string, cache: string): string {
  if (sizeOf(`${name}/config.json`) !== undefined) return name;
  if (/^[\w.-]+(\/[\w.-]+)?$/.test(name) && !name.includes("..")) {
    const snapshot = cachedSnapshot(cache, name, "main");
    if (snapshot !== undefined) return snapshot;
  }
  throw new RangeError(
    `Cannot find model "${name}": expected a folder with config.json, or a repository that "download ${name}" has brought into ${cache}, found neither`,
  );
}

/** The snapshot of a revision that is in the cache whole. */
function cachedSnapshot(cache: string, repository: string, revision: string): string | undefined {
  if (!/^[\w.-]+(\/[\w.-]+)*$/.test(revision) || revision.includes("..")) {
    throw new SyntaxError(`Cannot use "${revision}" as revision: expected a branch, tag or commit`);
  }
  const home = repositoryFolder(cache, repository);
  const commit = /^[0-9a-f]{40}$/.test(revision)
    ? revision
    : readIfThere(`${home}/refs/${revision}`)?.trim();
  if (commit === undefined || !/^[0-9a-f]{40}$/.test(commit)) return undefined;
  const snapshot = `${home}/snapshots/${commit}`;
  return isWhole(snapshot) ? snapshot : undefined;
}

/** Has the snapshot a configuration, a vocabulary, and weights with all their shards? */
function isWhole(snapshot: string): boolean {
  const has = (file: string) => sizeOf(`${snapshot}/${file}`) !== undefined;
  const vocabularies = ["tokenizer.json", "vocab.txt", "vocab.json", "sentencepiece.bpe.model"];
  if (!has("config.json") || !vocabularies.some(has)) return false;
  return ["model.safetensors", "pytorch_model.bin"].some((weights) => {
    if (has(weights)) return true;
    const index = readIfThere(`${snapshot}/${weights}.index.json`);
    if (index === undefined) return false;
    const shards = Object.values(JSON.parse(index).weight_map ?? {});
    return shards.length > 0 && shards.every((shard) => typeof shard === "string" && has(shard));
  });
}

function repositoryFolder(cache: string, repository: string): string {
  return `${cache}/models--${repository.replace("/", "--")}`;
}

/** A link at `path` to the blob, or a copy of it where links cannot be made. */
function link(path: string, blob: string, target: string): void {
  makeFolder(path.slice(0, path.lastIndexOf("/")));
  namedSync("write", path, () => {
    removeIfThere(path);
    try {
      Deno.symlinkSync(target, path);
    } catch (error) {
      if (Deno.build.os !== "windows") throw error;
      Deno.copyFileSync(blob, path);
    }
  });
}

function writeRef(path: string, commit: string): void {
  makeFolder(path.slice(0, path.lastIndexOf("/")));
  replaceFile(path, commit);
}

function makeFolder(path: string): void {
  namedSync("make folder", path, () => Deno.mkdirSync(path, { recursive: true }));
}

function sizeOf(path: string): number | undefined {
  return unlessAbsent(() => Deno.statSync(path).size);
}

function readIfThere(path: string): string | undefined {
  return unlessAbsent(() => Deno.readTextFileSync(path));
}

function removeIfThere(path: string): void {
  unlessAbsent(() => Deno.removeSync(path));
}

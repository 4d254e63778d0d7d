// The Hugging Face Hub's protocol: a repository's files, and their bytes over connections that break.
// https://huggingface.co/docs/hub/api and .../docs/huggingface_hub/guides/manage-cache

import { type Hub, Refusal, request, retrying, waitOrThrow, watchdog } from "./hub_request.ts";
import { isObject, parseJsonObject } from "./json.ts";

export type { Hub } from "./hub_request.ts";

/** A file of a repository. */
export interface HubFile {
  /** With "/" between its parts; never outside the repository. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** What its bytes must hash to: SHA-256 of large files, git's blob hash (SHA-1) of small ones. */
  readonly hash: { readonly kind: "sha256" | "git-sha1"; readonly hex: string };
}

/** A repository at one commit. */
export interface HubRepository {
  /** SHA-1 in 40 hexadecimal digits. */
  readonly commit: string;
  /** All its files, needed or not. */
  readonly files: readonly HubFile[];
}

/** Throws a SyntaxError where `name` is not a repository's name, as "organisation/model" or "model". */
export function checkRepositoryName(name: string): void {
  if (!/^[\w.-]+(\/[\w.-]+)?$/.test(name) || /\.\.|--|(^|\/)[.-]|[.-](\/|$)/.test(name)) {
    throw new SyntaxError(
      `Cannot use "${name}" as repository: expected a name such as castorini/monobert-large-msmarco`,
    );
  }
}

/** Asks for the files of a repository at a branch, tag or commit. */
export async function listRepository(
  hub: Hub,
  { repository, revision }: { readonly repository: string; readonly revision: string },
): Promise<HubRepository> {
  checkRepositoryName(repository);
  const path = `${repository}/revision/${encodeURIComponent(revision)}`;
  const url = `${hub.endpoint}/api/models/${path}?blobs=true`;
  const action = `Cannot list repository "${repository}" at "${revision}"`;
  const text = await retrying(hub, action, async () => {
    using watch = watchdog(hub.patience);
    return await (await request(hub, url, { action, signal: watch.signal })).text();
  });
  const { sha, siblings } = parseJsonObject(text, action);
  if (typeof sha !== "string" || !/^[0-9a-f]{40}$/.test(sha) || !Array.isArray(siblings)) {
    throw new SyntaxError(`${action}: expected a commit and a list of files, got another answer`);
  }
  return { commit: sha, files: siblings.map((sibling) => parseFile(sibling, action)) };
}

function parseFile(sibling: unknown, action: string): HubFile {
  const { rfilename: path, size, blobId, lfs } = isObject(sibling) ? sibling : {};
  if (typeof path !== "string" || !isInside(path)) {
    throw new SyntaxError(
      `${action}: expected paths inside the repository, got ${JSON.stringify(path)}`,
    );
  }
  const sha256 = isObject(lfs) ? lfs.sha256 : undefined;
  const hash = sha256 === undefined
    ? { kind: "git-sha1" as const, hex: blobId }
    : { kind: "sha256" as const, hex: sha256 };
  const digits = hash.kind === "sha256" ? 64 : 40;
  if (
    !(Number.isSafeInteger(size) && Number(size) >= 0) || typeof hash.hex !== "string" ||
    hash.hex.length !== digits || !/^[0-9a-f]+$/.test(hash.hex)
  ) {
    throw new SyntaxError(`${action}: expected size and hash of "${path}", got none`);
  }
  return { path, size: Number(size), hash: { kind: hash.kind, hex: hash.hex } };
}

/** No absolute path, no way up, no other machine's separators, no empty part. */
function isInside(path: string): boolean {
  // deno-lint-ignore no-control-regex -- control characters are what is refused
  if (/[\\:\x00-\x1f]/.test(path)) return false;
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

const SMALL = new Set([
  "config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "modules.json",
  "config_sentence_transformers.json",
  "sentence_bert_config.json",
  "adapter_config.json",
  "artifact.metadata", // ColBERT's
  "vocab.txt",
  "vocab.json",
  "merges.txt",
  "sentencepiece.bpe.model",
  "spiece.model",
  "spm.model",
]);

/** Folders of sentence-transformers' modules behind an encoder: 1_Pooling, 2_Dense, … */
const MODULE = /^\d+_\w+\/(config\.json|model\.safetensors)$/;

const WEIGHTS: readonly RegExp[] = [
  /^model\.safetensors$/,
  /^model(-\d+-of-\d+\.safetensors|\.safetensors\.index\.json)$/,
  /^pytorch_model\.bin$/,
  /^pytorch_model(-\d+-of-\d+\.bin|\.bin\.index\.json)$/,
];

/** The files that a model is made of, its weights in the first layout that there is. */
export function neededFiles(files: readonly HubFile[]): HubFile[] {
  for (const weights of WEIGHTS) {
    const found = files.filter(({ path }) => weights.test(path));
    const beside = files.filter(({ path }) => SMALL.has(path) || MODULE.test(path));
    if (found.length > 0) return [...beside, ...found];
  }
  const paths = files.slice(0, 8).map(({ path }) => path).join(", ");
  throw new RangeError(
    `Cannot use the repository: expected model.safetensors or pytorch_model.bin, found ${paths}`,
  );
}

/**
 * The bytes of a file from byte `from` on, in pieces. A connection that breaks is taken up again
 * where it broke, with waits that double; it gives up after six tries that bring nothing.
 */
export async function* streamFile(
  hub: Hub,
  { repository, commit, file, from }: {
    readonly repository: string;
    readonly commit: string;
    readonly file: HubFile;
    readonly from: number;
  },
): AsyncGenerator<Uint8Array> {
  const path = file.path.split("/").map(encodeURIComponent).join("/");
  const url = `${hub.endpoint}/${repository}/resolve/${commit}/${path}`;
  const action = `Cannot download "${file.path}" of "${repository}"`;
  let at = from;
  for (let tries = 1; at < file.size; tries++) {
    const before = at;
    using watch = watchdog(hub.patience);
    try {
      const options = { action, range: `bytes=${at}-`, signal: watch.signal };
      const response = await request(hub, url, options);
      let skip = startOf(response) === at ? 0 : at; // a server without ranges begins at 0
      for await (const piece of response.body ?? []) {
        watch.calm();
        const kept = piece.subarray(Math.min(skip, piece.length));
        skip -= piece.length - kept.length;
        at += kept.length;
        if (at > file.size) {
          throw new Refusal(`${action}: expected ${file.size} bytes, got more`);
        }
        if (kept.length > 0) yield kept;
      }
      if (at < file.size) throw new Error(`the end after ${at} of ${file.size} bytes`);
    } catch (error) {
      if (at > before) tries = 1;
      await waitOrThrow(hub, { action, error, tries });
    }
  }
}

/** Where the bytes of an answer begin in the file. */
function startOf(response: Response): number {
  const range = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "");
  return response.status === 206 && range !== null ? Number(range[1]) : 0;
}

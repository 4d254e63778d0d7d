// A local server that imitates the Hub's API, and fails as networks do.

import { createHash } from "node:crypto";
import type { Hub } from "../../src/formats/hub.ts";

/** What the server does with one request for a file, in the order in which they come. */
export type Mood =
  | "serve"
  | { readonly status: number; readonly headers?: Record<string, string> }
  /** Breaks the connection after so many bytes. */
  | { readonly breakAfter: number }
  /** Sends so many bytes, then nothing, and keeps the connection open. */
  | { readonly stallAfter: number }
  /** Sends other bytes than it should. */
  | "wrong"
  /** Sends the whole file whatever range is asked for. */
  | "rangeless"
  /** Sends one byte too many. */
  | "long";

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** A repository as the server has it: large files are those git keeps apart (LFS). */
export interface Repository {
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly large: readonly string[];
  readonly token?: string;
  /** What it is called; "owner/model" unless given. */
  readonly names?: readonly string[];
}

export interface HubServer extends AsyncDisposable {
  readonly hub: Hub;
  /** Every request: path and range. */
  readonly log: string[];
  /** How long the client would have waited, in milliseconds. */
  readonly waits: number[];
  /** What happens at the next requests; "serve" after them. */
  readonly moods: Mood[];
  /** The tokens that reached the place to which large files are redirected. */
  readonly leaked: (string | null)[];
  close(): Promise<void>;
}

export function hash(kind: "sha256" | "git-sha1", bytes: Uint8Array): string {
  if (kind === "sha256") return createHash("sha256").update(bytes).digest("hex");
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

/** Serves a repository on loopback; large files are redirected to another port. */
export function serveHub(repository: Repository, token?: string): HubServer {
  const log: string[] = [];
  const waits: number[] = [];
  const moods: Mood[] = [];
  const leaked: (string | null)[] = [];
  const listen = { hostname: "127.0.0.1", port: 0, onListen() {} };
  const store = Deno.serve(listen, (request) => {
    leaked.push(request.headers.get("authorization"));
    return serveFile(request, repository, { moods, log });
  });
  const api = Deno.serve(listen, (request) => {
    const { pathname } = new URL(request.url);
    if (repository.token && request.headers.get("authorization") !== `Bearer ${repository.token}`) {
      return new Response("no access", { status: 401 });
    }
    const { names = ["owner/model"] } = repository;
    if (names.some((name) => pathname === `/api/models/${name}/revision/main`)) {
      log.push(pathname);
      const mood = moods.shift() ?? "serve";
      if (typeof mood === "object" && "status" in mood) return new Response("", mood);
      return Response.json(listing(repository));
    }
    const name = names.find((name) => pathname.startsWith(`/${name}/resolve/`));
    const file = pathname.replace(`/${name}/resolve/${COMMIT}/`, "");
    if (!(file in repository.files)) return new Response("no such file", { status: 404 });
    if (!repository.large.includes(file)) return serveFile(request, repository, { moods, log });
    return new Response(null, {
      status: 302,
      headers: { location: `http://127.0.0.1:${store.addr.port}/${file}` },
    });
  });
  const close = async () => {
    await api.shutdown();
    await store.shutdown();
  };
  return {
    hub: {
      endpoint: `http://127.0.0.1:${api.addr.port}`,
      token,
      fetch,
      wait: (milliseconds) => Promise.resolve(void waits.push(milliseconds)),
    },
    log,
    waits,
    moods,
    leaked,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function listing({ files, large }: Repository) {
  return {
    sha: COMMIT,
    siblings: Object.entries(files).map(([rfilename, bytes]) => ({
      rfilename,
      size: bytes.length,
      blobId: hash("git-sha1", bytes),
      ...(large.includes(rfilename)
        ? { lfs: { sha256: hash("sha256", bytes), size: bytes.length } }
        : {}),
    })),
  };
}

function serveFile(
  request: Request,
  { files }: Repository,
  { moods, log }: { moods: Mood[]; log: string[] },
): Response {
  const file = new URL(request.url).pathname.split("/").at(-1)!;
  const range = request.headers.get("range");
  log.push(`${file} ${range}`);
  const mood = moods.shift() ?? "serve";
  if (typeof mood === "object" && "status" in mood) return new Response("", mood);
  const whole = mood === "wrong" ? files[file].map((byte) => byte ^ 1) : files[file];
  const start = mood === "rangeless" ? 0 : Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
  const bytes = mood === "long" ? new Uint8Array([...whole, 0]) : whole.slice(start);
  const status = start > 0 ? 206 : 200;
  const headers: HeadersInit = start > 0
    ? { "content-range": `bytes ${start}-${whole.length - 1}/${whole.length}` }
    : {};
  if (typeof mood !== "object") {
    return new Response(bytes as Uint8Array<ArrayBuffer>, { status, headers });
  }
  if ("stallAfter" in mood) {
    const { stallAfter } = mood;
    const start = (controller: ReadableStreamDefaultController) =>
      controller.enqueue(bytes.slice(0, stallAfter));
    return new Response(new ReadableStream({ start }), { status, headers });
  }
  const { breakAfter } = mood;
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(bytes.slice(0, breakAfter));
      await new Promise((resolve) => setTimeout(resolve, 20)); // lets the piece reach the client
      controller.error(new Error("broken on purpose"));
    },
  });
  return new Response(body, { status, headers });
}

/** The page's server: its files, folders by range, and what is made on demand; no other host can ask. */

import { explorePage } from "../../internal.ts";
import type { PageFile } from "./page_files.ts";
import { pagePolicy, reportPolicy } from "./page_policy.ts";
import type { ServedFolder } from "./served_folder.ts";

/** What is served. */
export interface PageSite {
  /** The page's own files by name; `index.html` is the page. */
  readonly files: readonly PageFile[];
  /** Folders by the first part of their address. */
  readonly folders: ReadonlyMap<string, ServedFolder>;
  /** JSON that is made when it is asked for, by address; undefined for none. */
  readonly json: (path: string) => Promise<unknown>;
}

/** Where the page listens. */
export interface PageAddress {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
}

const common = {
  // both together give the page memory that threads share
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};

/** Serves a page until it is shut down; resolves once it listens. */
export async function servePage(
  site: PageSite,
  { host, port }: PageAddress,
): Promise<{ readonly address: string; readonly finished: Promise<void>; stop(): Promise<void> }> {
  const listening = Promise.withResolvers<number>();
  const files = new Map(site.files.map((file) => [file.name, file]));
  let own = port;
  let server: Deno.HttpServer;
  try {
    server = Deno.serve({
      hostname: host,
      port,
      onListen: (address) => listening.resolve(own = address.port),
      onError: (error) => plain(500, error instanceof Error ? error.message : String(error)),
    }, async (request) => {
      const answer = await answerTo(request, { site, files, host, port: own });
      for (const [name, value] of Object.entries(common)) answer.headers.set(name, value);
      if (!answer.headers.has("content-security-policy")) {
        answer.headers.set("content-security-policy", pagePolicy);
      }
      return answer;
    });
  } catch (error) {
    throw new Error(`Cannot listen on ${host}, port ${port}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const shown = host.includes(":") ? `[${host}]` : host;
  return {
    address: `http://${shown}:${await listening.promise}/`,
    finished: server.finished,
    stop: () => server.shutdown(),
  };
}

async function answerTo(
  request: Request,
  { site, files, host, port }: {
    readonly site: PageSite;
    readonly files: ReadonlyMap<string, PageFile>;
    readonly host: string;
    readonly port: number;
  },
): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return plain(405, "Cannot answer: expected GET or HEAD");
  }
  // a page of another name that leads here (DNS rebinding) is none of ours
  if (isLoopback(host) && !isOurs(request.headers.get("host"), port)) {
    return plain(403, "Cannot answer: expected the address that explore printed");
  }
  let path: string;
  try {
    path = decodeURIComponent(new URL(request.url).pathname).slice(1);
  } catch {
    return plain(400, "Cannot answer: expected an address in UTF-8");
  }
  const file = files.get(path === "" ? "index.html" : path);
  if (file) {
    const body = request.method === "HEAD" ? null : file.bytes;
    const headers = { "content-type": file.type, "content-length": String(file.bytes.length) };
    return new Response(body, { headers });
  }
  const slash = path.indexOf("/");
  // a report's links lead here; browsers keep what stands behind #
  if (
    slash > 0 && path.slice(slash + 1) === explorePage && site.folders.has(path.slice(0, slash))
  ) {
    return new Response(null, { status: 302, headers: { location: "/" } });
  }
  const folder = slash < 0 ? undefined : site.folders.get(path.slice(0, slash));
  const found = await folder?.answer(path.slice(slash + 1), request);
  if (found) {
    if (!/\.(html|svg)$/.test(path)) return found;
    found.headers.set("content-security-policy", reportPolicy);
    return found;
  }
  const made = await site.json(path);
  if (made === undefined) return plain(404, "Cannot find it: nothing of this name is served");
  return Response.json(made);
}

function plain(status: number, text: string): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}

/** Whether a host name is this machine's alone. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

function isOurs(host: string | null, port: number): boolean {
  const [, name, shown] = /^(\[[^\]]+\]|[^:]*)(?::(\d+))?$/.exec(host ?? "") ?? [];
  if (name === undefined || Number(shown ?? 80) !== port) return false;
  return isLoopback(name.replace(/^\[|\]$/g, ""));
}

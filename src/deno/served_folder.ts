/** A folder that is served: nothing but regular files inside it, whole or by range. */

/** A folder whose files may be asked for. */
export interface ServedFolder {
  /** The file's answer, or undefined where there is none to be served. */
  answer(path: string, request: Request): Promise<Response | undefined>;
}

/**
 * Serves `folder`. `within`: where links may lead, the folder itself unless given; the Hub's cache
 * links its snapshots to blobs beside them.
 */
export async function servedFolder(
  folder: string,
  { within = folder, typeOf }: {
    readonly within?: string;
    readonly typeOf: (name: string) => string;
  },
): Promise<ServedFolder> {
  const root = await Deno.realPath(folder);
  const bound = await Deno.realPath(within);
  const separator = Deno.build.os === "windows" ? "\\" : "/";
  return {
    async answer(path, request) {
      const parts = path.split("/");
      // deno-lint-ignore no-control-regex -- control characters are what is refused
      if (parts.some((part) => part === "" || /^\.|[\\:\x00-\x1f]/.test(part))) return undefined;
      const real = await Deno.realPath([root, ...parts].join(separator)).catch(() => undefined);
      if (!real?.startsWith(bound + separator)) return undefined;
      const file = await Deno.open(real).catch(() => undefined);
      if (!file) return undefined;
      const info = await file.stat();
      if (!info.isFile) {
        file.close();
        return undefined;
      }
      return await partOf(file, { size: info.size, type: typeOf(path), request });
    },
  };
}

/** A file's bytes as a request's method and range want them; closes the file. */
async function partOf(
  file: Deno.FsFile,
  { size, type, request }: {
    readonly size: number;
    readonly type: string;
    readonly request: Request;
  },
): Promise<Response> {
  const headers = new Headers({ "content-type": type, "accept-ranges": "bytes" });
  const asked = request.headers.get("range");
  const range = asked === null ? undefined : rangeOf(asked, size);
  if (range === "unsatisfiable") {
    file.close();
    headers.set("content-range", `bytes */${size}`);
    return new Response(null, { status: 416, headers });
  }
  const { start, end } = range ?? { start: 0, end: size };
  if (range) headers.set("content-range", `bytes ${start}-${end - 1}/${size}`);
  headers.set("content-length", String(end - start));
  const status = range ? 206 : 200;
  if (request.method === "HEAD") {
    file.close();
    return new Response(null, { status, headers });
  }
  await file.seek(start, Deno.SeekMode.Start);
  return new Response(file.readable.pipeThrough(firstBytes(end - start)), { status, headers });
}

/** `bytes=a-b`, `bytes=a-`, `bytes=-n`; undefined, the whole file, for what is none of them. */
function rangeOf(text: string, size: number) {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(text) ?? [];
  if (first === undefined || first === "" && last === "") return undefined;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  return start < end ? { start, end } : "unsatisfiable";
}

/** Passes on `count` bytes, then ends. */
function firstBytes(count: number): TransformStream<Uint8Array, Uint8Array> {
  let left = count;
  return new TransformStream({
    transform(piece, controller) {
      if (left > 0) controller.enqueue(piece.subarray(0, left));
      left -= piece.length;
      if (left <= 0) controller.terminate();
    },
  });
}

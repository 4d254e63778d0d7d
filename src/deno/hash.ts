/** SHA-256, in hexadecimal: of texts, of fields, of files. */

import { createHash } from "node:crypto";
import type { Load } from "../formats/load.ts";
import { fileStream } from "./folder.ts";

/** Bytes of a file that are read at once. */
const CHUNK = 2 ** 24;

/** SHA-256 of a text in UTF-8. */
export function sha256OfText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** SHA-256 of a text in base 64, as a Content-Security-Policy names a script. */
export function sha256Base64(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

/** SHA-256 of many fields, a zero byte after each. */
export function sha256OfFields(fields: Iterable<string>): string {
  const hash = fieldsHash();
  for (const field of fields) hash.update(field);
  return hash.digest();
}

/** The same of fields that come one after another. */
export function fieldsHash(): { update(...fields: string[]): void; digest(): string } {
  const hash = createHash("sha256");
  return {
    update(...fields) {
      for (const field of fields) hash.update(field).update("\0");
    },
    digest: () => hash.digest("hex"),
  };
}

/** SHA-256 of a file, read in chunks. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of fileStream(path)) hash.update(bytes);
  return hash.digest("hex");
}

/** SHA-256 of the files of a folder one after another, read in chunks. */
export async function sha256OfFiles(load: Load, names: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const name of names) {
    for (let start = 0;; start += CHUNK) {
      const bytes = await load(name, { start, end: start + CHUNK });
      hash.update(bytes);
      if (bytes.length < CHUNK) break;
    }
  }
  return hash.digest("hex");
}

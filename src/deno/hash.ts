/** SHA-256 of files. */

import { createHash } from "node:crypto";
import { fileStream } from "./folder.ts";

/** SHA-256 of a file, read in pieces, in hexadecimal. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of fileStream(path)) hash.update(bytes);
  return hash.digest("hex");
}

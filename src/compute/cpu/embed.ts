/** Path points straight from two word embeddings. Twin of shaders/embed.wgsl and …_some.wgsl */

import type { Embedding } from "../ops.ts";
import type { IndexMatrix, Matrix } from "./matrix.ts";
import { norm } from "./norm.ts";

/** out[m] = LayerNorm(x′ + t(x - x′) + position + type), the last three where they are given. */
export function embed(out: Matrix, embedding: Embedding): void {
  const [words, positions, types] = [embedding.words, embedding.positions, embedding.types]
    .map((table) => (table as Matrix | undefined)?.data);
  const tokens = (embedding.tokens as IndexMatrix).data;
  const rows = (embedding.rows as IndexMatrix).data;
  const rowOf = (embedding.rowOf as IndexMatrix).data;
  const t = (embedding.t as Matrix).data;
  const width = out.width;
  for (let m = 0; m < out.rows; m++) {
    const row = rowOf[m];
    const token = 4 * (rows[4 * row + 2] + m - rows[4 * row]);
    const input = tokens[token] * width;
    const baseline = tokens[token + 1] * width;
    const position = tokens[token + 2] * width;
    const type = tokens[token + 3] * width;
    for (let c = 0; c < width; c++) {
      const from = words![baseline + c];
      let sum = from + t[row] * (words![input + c] - from);
      if (positions) sum += positions[position + c];
      if (types) sum += types[type + c];
      out.data[m * width + c] = sum;
    }
  }
  if (embedding.norm) norm(out, out, embedding.norm);
}

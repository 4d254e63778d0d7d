/** Bytes that one worker needs of its own: what assembly/*.ts keeps beside the tensors. */

const BLOCK = 48; // queries or keys at a time
const padded = (count: number) => Math.ceil(count / 8) * 8;

/** Panels of 512 lines and 128 columns, and of eight rows: assembly/product.ts. */
export const productBytes = 4 * 512 * (128 + 8);

/** x̂ of one row: assembly/norm.ts, group_norm.ts. */
export function normBytes(width: number): number {
  return 4 * padded(width);
}

/** The longest row's keys and queries; lines (first key, keys, first query, queries). */
export function longest(rows: Uint32Array): { keys: number; queries: number } {
  let keys = 0;
  let queries = 0;
  for (let i = 0; i < rows.length; i += 4) {
    keys = Math.max(keys, rows[i + 1]);
    queries = Math.max(queries, rows[i + 3]);
  }
  return { keys, queries };
}

/** Panels of keys and values, and a block of scores: assembly/attention.ts. */
export function attentionBytes(rows: Uint32Array, depth: number): number {
  const { keys } = longest(rows);
  return 4 * (padded(keys) * (depth + BLOCK) + keys * padded(depth));
}

/** The same, and the bias of a head: assembly/attention_general.ts, which reads four numbers at a time. */
export function attentionGeneralBytes(rows: Uint32Array, depth: number): number {
  return attentionBytes(rows, depth) + biasBytes(rows);
}

/** The same, and the bias of a head: assembly/attention_general_backward.ts. */
export function attentionGeneralBackwardBytes(rows: Uint32Array, depth: number): number {
  return attentionBackwardBytes(rows, depth) + biasBytes(rows);
}

/** The same, and scores by bucket: assembly/attention_relative.ts. */
export function attentionRelativeBytes(rows: Uint32Array, depth: number, buckets: number): number {
  const { keys } = longest(rows);
  const lines = (keys + BLOCK) * (padded(buckets) + depth);
  return attentionBytes(rows, depth) + 4 * (padded(buckets) * depth + lines + 4);
}

/** The same, and scores and their gradients by bucket: assembly/attention_relative_backward.ts. */
export function attentionRelativeBackwardBytes(
  rows: Uint32Array,
  depth: number,
  buckets: number,
): number {
  const { queries } = longest(rows);
  const panels = padded(buckets) * depth + 2 * buckets * padded(depth);
  const lines = (queries + BLOCK) * (2 * padded(buckets) + padded(depth));
  return attentionBackwardBytes(rows, depth) + 4 * (panels + lines + 4);
}

function biasBytes(rows: Uint32Array): number {
  const { keys, queries } = longest(rows);
  return 4 * (padded(keys) + padded(queries) + 8);
}

/** Panels of queries and their gradients, and blocks of scores: assembly/attention_backward.ts. */
export function attentionBackwardBytes(rows: Uint32Array, depth: number): number {
  const { queries } = longest(rows);
  const lines = padded(queries) * (2 * depth + 2 + 3 * BLOCK);
  return 4 * (lines + (2 * queries + BLOCK) * padded(depth));
}

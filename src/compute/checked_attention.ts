/** Shape checks of attention, its options and relative positions. */

import type { Attention, Tensor } from "./ops.ts";
import { indexed, same, shaped } from "./shapes.ts";

/** Throws where inputs of attention and their options do not fit. */
export function attention(operation: string, out: Tensor, lse: Tensor, inputs: Attention): void {
  const { query, key, value, rows, rowOfQuery, rowOfKey, heads, longest } = inputs;
  const { keyHeads = heads } = inputs;
  shaped(operation, query, out);
  shaped(operation, key, value);
  for (
    const [name, count, of] of [["heads", heads, query], ["key heads", keyHeads, key]] as const
  ) {
    if (!(Number.isInteger(count) && count > 0 && of.width % count === 0)) {
      throw new TypeError(
        `Cannot run ${operation}: ${count} ${name} do not divide width ${of.width}`,
      );
    }
  }
  if (heads % keyHeads !== 0) {
    throw new TypeError(
      `Cannot run ${operation}: ${keyHeads} key heads do not divide ${heads} heads`,
    );
  }
  same(operation, "depth of heads", query.width / heads, key.width / keyHeads);
  same(operation, "heads", heads, lse.width);
  same(operation, "queries", query.rows, lse.rows, rowOfQuery.rows);
  same(operation, "keys", key.rows, rowOfKey.rows);
  indexed(operation, [rows, 4], [rowOfQuery, 1], [rowOfKey, 1]);
  for (const [what, tokens] of [["queries", query.rows], ["keys", key.rows]] as const) {
    if (!(longest[what] * rows.rows >= tokens && longest[what] <= tokens)) {
      throw new RangeError(
        `Cannot run ${operation}: ${rows.rows} rows of at most ${
          longest[what]
        } ${what} and ${tokens} of all do not fit`,
      );
    }
  }
  attentionOptions(operation, inputs);
  relativePositions(operation, inputs);
}

function relativePositions(operation: string, inputs: Attention): void {
  const { query, key, heads, keyHeads = heads, causal, window, bias, longest, relative } = inputs;
  if (!relative) return;
  const { bucketOf, keep } = relative;
  if (causal || window !== undefined || bias || keyHeads !== heads) {
    throw new TypeError(
      `Cannot run ${operation}: expected no other option than scale with relative positions`,
    );
  }
  shaped(operation, relative.key, relative.query);
  same(operation, "width", query.width, relative.key.width);
  indexed(operation, [bucketOf, 1]);
  spanning(operation, "buckets", bucketOf, longest.keys);
  for (const [units, rows] of [[keep?.key, query.rows], [keep?.query, key.rows]] as const) {
    if (!units) continue;
    same(operation, "units", query.width, units.keep.width);
    same(operation, "masked rows", rows, units.maskOf.rows);
    indexed(operation, [units.maskOf, 1]);
  }
}

/** A line for every distance from 1 - keys to keys - 1. */
function spanning(operation: string, what: string, lines: Tensor, keys: number): void {
  if (lines.rows < 2 * keys - 1 || lines.rows % 2 === 0) {
    throw new TypeError(
      `Cannot run ${operation}: expected an odd number of at least ${
        2 * keys - 1
      } lines of ${what}, got ${lines.rows}`,
    );
  }
}

function attentionOptions(operation: string, { heads, longest, scale, window, bias }: Attention) {
  if (scale !== undefined && !Number.isFinite(scale)) {
    throw new RangeError(`Cannot run ${operation}: expected a finite scale, got ${scale}`);
  }
  if (window !== undefined && !(Number.isInteger(window) && window >= 0)) {
    throw new RangeError(
      `Cannot run ${operation}: expected a window of a whole number from 0, got ${window}`,
    );
  }
  if (!bias) return;
  same(operation, "heads", heads, bias.width);
  spanning(operation, "bias", bias, longest.keys);
}

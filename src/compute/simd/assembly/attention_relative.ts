// Softmax attention with relative positions, one row and head a task, 48 queries' scores at a time.
// q·r and k·s are computed for every bucket that the row reaches, and then looked up.
import { softmax } from "./attention_general";
import { packColumns, packLines } from "./panels";
import { tiles } from "./product";
import { lowest, maskLines, reachedBuckets } from "./relative";
import { scratch, take } from "./team";

/** Queries whose scores are kept at a time. ../scratch.ts knows. */
const BLOCK: i32 = 48;

/**
 * out = softmax(S) V by row and head, S_ij = scale (q_i·k_j + (q_i ⊙ m_i)·r_b + (k_j ⊙ n_j)·s_b), b =
 * bucketOf[middle + i - j]; lse = log Σ exp S. No m or n where it is 0.
 */
export function attentionRelative(
  out: usize,
  lse: usize,
  query: usize,
  key: usize,
  value: usize,
  rowTable: usize,
  rows: i32,
  heads: i32,
  depth: i32,
  scale: f32,
  last: bool,
  r: usize,
  s: usize,
  bucketOf: usize,
  middle: i32,
  buckets: i32,
  m: usize,
  maskOfQuery: usize,
  queryMasks: i32,
  n: usize,
  maskOfKey: usize,
  keyMasks: i32,
): void {
  const stride = (<usize> (heads * depth)) << 2;
  const depthBytes = (<usize> depth) << 2;
  for (let task = take(); task < rows * heads; task = take()) {
    const line = rowTable + ((<usize> (task / heads)) << 4);
    const head = task % heads;
    const shift = <usize> head * depthBytes;
    const keys = load<i32>(line, 4);
    const queries = load<i32>(line, 12);
    const key0 = load<u32>(line);
    const query0 = load<u32>(line, 8);
    const firstKey = key + <usize> key0 * stride + shift;
    const offset = last ? keys - queries : 0;
    const reached = reachedBuckets(bucketOf, middle, offset - keys + 1, offset + queries - 1, buckets);
    const padded = (keys + 7) & ~7;
    const wide = (reached + 7) & ~7;
    const wideBytes = (<usize> wide) << 2;
    const scoreStride = (<usize> padded) << 2;
    const keyPanels = scratch;
    const valuePanels = keyPanels + <usize> padded * depthBytes;
    const scores = valuePanels + ((<usize> (keys * ((depth + 7) & ~7))) << 2);
    const panels = scores + <usize> BLOCK * scoreStride; // of s, then of r
    const ofKeys = panels + <usize> wide * depthBytes; // k·s
    const ofQueries = ofKeys + <usize> keys * wideBytes; // q·r
    const masked = ofQueries + <usize> BLOCK * wideBytes; // k ⊙ n, then q ⊙ m
    packLines<f32>(keyPanels, firstKey, stride, keys, depth);
    packColumns<f32>(valuePanels, value + <usize> key0 * stride + shift, stride, depth, keys);
    packLines<f32>(panels, s + <usize> lowest * stride + shift, stride, reached, depth);
    if (n) maskLines(masked, firstKey, stride, n + shift, maskOfKey + (key0 << 2), keyMasks, keys, depth);
    tiles(
      ofKeys, wideBytes, n ? masked : firstKey, n ? depthBytes : stride, panels, 0, 0, keys, depth, wide,
    );
    packLines<f32>(panels, r + <usize> lowest * stride + shift, stride, reached, depth);
    for (let first = 0; first < queries; first += BLOCK) {
      const count = min(BLOCK, queries - first);
      const at = <usize> (query0 + first) * stride + shift;
      const own = query + at;
      if (m) {
        const maskOf = maskOfQuery + ((<usize> (query0 + first)) << 2);
        maskLines(masked, own, stride, m + shift, maskOf, queryMasks, count, depth);
      }
      tiles(
        ofQueries, wideBytes, m ? masked : own, m ? depthBytes : stride, panels, 0, 0, count, depth, wide,
      );
      tiles(scores, scoreStride, own, stride, keyPanels, 0, 0, count, depth, padded);
      for (let q = 0; q < count; q++) {
        const line = scores + <usize> q * scoreStride;
        const place = first + q + offset;
        const byBucket = ofQueries + <usize> q * wideBytes;
        let from = bucketOf + ((<usize> (middle + place)) << 2);
        let other = ofKeys;
        for (let j = 0; j < keys; j++) {
          const bucket = (<usize> (load<i32>(from) - lowest)) << 2;
          const at = line + ((<usize> j) << 2);
          const added = load<f32>(byBucket + bucket) + load<f32>(other + bucket);
          store<f32>(at, load<f32>(at) + added);
          from -= 4;
          other += wideBytes;
        }
        const level = lse + ((<usize> ((query0 + first + q) * heads + head)) << 2);
        softmax(line, padded, 0, keys, scale, 0, level);
      }
      tiles(out + at, stride, scores, scoreStride, valuePanels, 0, 0, count, keys, depth);
    }
  }
}

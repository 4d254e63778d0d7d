// The gradients of softmax attention with relative positions, one row and head a task, 48 keys at a time,
// transposed as in attention_backward.ts. dS is also summed by bucket, then multiplied by r and s.
import { dot, weigh } from "./attention_backward";
import { packColumns, packLines, transpose } from "./panels";
import { tiles } from "./product";
import { addLines, lowest, maskLines, reachedBuckets } from "./relative";
import { scratch, take } from "./team";

/** Keys at a time. ../scratch.ts knows. */
const BLOCK: i32 = 48;

/**
 * With P = exp(S - lse) and δ_i = dO_i·O_i: dV = Pᵀ dO, dS_ij = scale P_ij (dO_i·V_j - δ_i), dq_i = Σ_j
 * dS_ij (k_j + m_i ⊙ r_b), dk_j = Σ_i dS_ij (q_i + n_j ⊙ s_b).
 */
export function attentionRelativeBackward(
  dq: usize,
  dk: usize,
  dv: usize,
  dout: usize,
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
    const firstKey = <usize> key0 * stride + shift;
    const q0 = <usize> query0 * stride + shift;
    const offset = last ? keys - queries : 0;
    const reached = reachedBuckets(bucketOf, middle, offset - keys + 1, offset + queries - 1, buckets);
    const padded = (queries + 7) & ~7;
    const wide = (depth + 7) & ~7;
    const lineBytes = (<usize> padded) << 2;
    const bucketBytes = (<usize> ((reached + 7) & ~7)) << 2;
    const wideBytes = (<usize> wide) << 2;
    const queryLines = scratch; // panels of Qᵀ, dOᵀ, Q and dO
    const doutLines = queryLines + <usize> depth * lineBytes;
    const queryPanels = doutLines + <usize> depth * lineBytes;
    const doutPanels = queryPanels + <usize> queries * wideBytes;
    const delta = doutPanels + <usize> queries * wideBytes;
    const level = delta + lineBytes; // lse by query
    const scores = level + lineBytes; // Sᵀ, then Pᵀ
    const slopes = scores + <usize> BLOCK * lineBytes; // dPᵀ, then dSᵀ
    const turned = slopes + <usize> BLOCK * lineBytes; // dS
    const keyPanels = turned + <usize> BLOCK * lineBytes;
    const lines = keyPanels + <usize> BLOCK * wideBytes; // panels of rᵀ, then sᵀ
    const rPanels = lines + <usize> depth * bucketBytes;
    const sPanels = rPanels + <usize> reached * wideBytes;
    const ofQueries = sPanels + <usize> reached * wideBytes; // q·r
    const ofKeys = ofQueries + <usize> queries * bucketBytes; // k·s
    const queryChanges = ofKeys + <usize> BLOCK * bucketBytes; // Σ dS by bucket
    const keyChanges = queryChanges + <usize> queries * bucketBytes;
    const masked = keyChanges + <usize> BLOCK * bucketBytes; // q ⊙ m, k ⊙ n; then Σ dS r, Σ dS s
    const rLines = r + <usize> lowest * stride + shift;
    const sLines = s + <usize> lowest * stride + shift;
    const maskOfRow = maskOfQuery + (query0 << 2);
    packLines<f32>(queryLines, query + q0, stride, queries, depth);
    packLines<f32>(doutLines, dout + q0, stride, queries, depth);
    packColumns<f32>(queryPanels, query + q0, stride, depth, queries);
    packColumns<f32>(doutPanels, dout + q0, stride, depth, queries);
    packColumns<f32>(rPanels, rLines, stride, depth, reached);
    packColumns<f32>(sPanels, sLines, stride, depth, reached);
    packLines<f32>(lines, rLines, stride, reached, depth);
    if (m) maskLines(masked, query + q0, stride, m + shift, maskOfRow, queryMasks, queries, depth);
    tiles(
      ofQueries, bucketBytes, m ? masked : query + q0, m ? depthBytes : stride, lines, 0, 0, queries,
      depth, (reached + 7) & ~7,
    );
    packLines<f32>(lines, sLines, stride, reached, depth);
    memory.fill(queryChanges, 0, <usize> queries * bucketBytes);
    for (let q = 0; q < padded; q++) {
      const to = (<usize> q) << 2;
      const at = q0 + <usize> q * stride;
      const from = lse + ((<usize> ((query0 + q) * heads + head)) << 2);
      store<f32>(delta + to, q < queries ? dot(dout + at, out + at, depth) : 0);
      store<f32>(level + to, q < queries ? load<f32>(from) : 1e30);
    }
    for (let first = 0; first < keys; first += BLOCK) {
      const count = min(BLOCK, keys - first);
      const at = firstKey + <usize> first * stride;
      const maskOf = maskOfKey + ((<usize> (key0 + first)) << 2);
      if (n) maskLines(masked, key + at, stride, n + shift, maskOf, keyMasks, count, depth);
      tiles(
        ofKeys, bucketBytes, n ? masked : key + at, n ? depthBytes : stride, lines, 0, 0, count, depth,
        (reached + 7) & ~7,
      );
      memory.fill(keyChanges, 0, <usize> count * bucketBytes);
      tiles(scores, lineBytes, key + at, stride, queryLines, 0, 0, count, depth, padded);
      tiles(slopes, lineBytes, value + at, stride, doutLines, 0, 0, count, depth, padded);
      for (let j = 0; j < count; j++) {
        const score = scores + <usize> j * lineBytes;
        const slope = slopes + <usize> j * lineBytes;
        const own = <usize> j * bucketBytes;
        const from = bucketOf + ((<usize> (middle + offset - (first + j))) << 2);
        for (let q = 0; q < queries; q++) {
          const i = (<usize> q) << 2;
          const bucket = (<usize> (load<i32>(from + i) - lowest)) << 2;
          const other = ofQueries + <usize> q * bucketBytes + bucket;
          const added = load<f32>(other) + load<f32>(ofKeys + own + bucket);
          store<f32>(score + i, load<f32>(score + i) + added);
        }
        weigh(score, slope, delta, level, padded, scale);
        for (let q = 0; q < queries; q++) {
          const i = (<usize> q) << 2;
          const bucket = (<usize> (load<i32>(from + i) - lowest)) << 2;
          const other = queryChanges + <usize> q * bucketBytes + bucket;
          const change = load<f32>(slope + i);
          store<f32>(other, load<f32>(other) + change);
          store<f32>(keyChanges + own + bucket, load<f32>(keyChanges + own + bucket) + change);
        }
      }
      tiles(dv + at, stride, scores, lineBytes, doutPanels, 0, 0, count, queries, depth);
      tiles(dk + at, stride, slopes, lineBytes, queryPanels, 0, 0, count, queries, depth);
      tiles(masked, wideBytes, keyChanges, bucketBytes, sPanels, 0, 0, count, reached, depth);
      addLines(dk + at, masked, wideBytes, stride, n ? n + shift : 0, maskOf, keyMasks, count, depth);
      for (let j: usize = 0; j < <usize> count; j += 4) {
        for (let q: usize = 0; q < <usize> padded; q += 4) {
          const from = slopes + j * lineBytes + 4 * q;
          transpose<f32>(turned + q * (BLOCK << 2) + 4 * j, BLOCK << 2, from, lineBytes);
        }
      }
      packColumns<f32>(keyPanels, key + at, stride, depth, count);
      const before = first ? dq + q0 : 0;
      tiles(dq + q0, stride, turned, BLOCK << 2, keyPanels, before, stride, queries, count, depth);
    }
    tiles(masked, wideBytes, queryChanges, bucketBytes, rPanels, 0, 0, queries, reached, depth);
    const kept = m ? m + shift : 0;
    addLines(dq + q0, masked, wideBytes, stride, kept, maskOfRow, queryMasks, queries, depth);
  }
}

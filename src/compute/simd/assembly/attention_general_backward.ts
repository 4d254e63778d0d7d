// The gradients of softmax attention with options, one row and head of keys a task, 48 keys at a time
// over the queries that see any of them. Transposed, as in attention_backward.ts.
import { biasLine, offsetOf, queriesFrom, queriesTo, setOptions, within } from "./attention_options";
import { dot } from "./attention_backward";
import { packColumns, packLines, transpose } from "./panels";
import { tiles } from "./product";
import { scratch, take } from "./team";
import { exp } from "./vector";

/** Keys at a time. ../scratch.ts knows. */
const BLOCK: i32 = 48;

/**
 * With δ_i = dO_i·O_i: P = exp(S - lse), dV = Pᵀ dO, dS_ij = scale P_ij (dO_i·V_j - δ_i), dQ = dS K,
 * dK = dSᵀ Q, dV and dK summed over the heads of queries that share a head of keys, in order.
 */
export function attentionGeneralBackward(
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
  keyHeads: i32,
  depth: i32,
  scale: f32,
  causal: bool,
  window: i32,
  last: bool,
  bias: usize,
  middle: i32,
): void {
  setOptions(causal, window, last);
  const stride = (<usize> (heads * depth)) << 2;
  const keyStride = (<usize> (keyHeads * depth)) << 2;
  const depthBytes = (<usize> depth) << 2;
  const group = heads / keyHeads;
  for (let task = take(); task < rows * keyHeads; task = take()) {
    const line = rowTable + ((<usize> (task / keyHeads)) << 4);
    const keyHead = task % keyHeads;
    const keys = load<i32>(line, 4);
    const queries = load<i32>(line, 12);
    const firstKey = <usize> load<u32>(line) * keyStride + <usize> keyHead * depthBytes;
    const firstQuery = <usize> load<u32>(line, 8);
    const offset = offsetOf(keys, queries);
    const padded = (queries + 7) & ~7;
    const wide = (depth + 7) & ~7;
    const lineBytes = (<usize> padded) << 2;
    const queryLines = scratch; // panels of Qᵀ, dOᵀ, Q and dO
    const doutLines = queryLines + <usize> depth * lineBytes;
    const queryPanels = doutLines + <usize> depth * lineBytes;
    const doutPanels = queryPanels + ((<usize> (queries * wide)) << 2);
    const delta = doutPanels + ((<usize> (queries * wide)) << 2);
    const level = delta + lineBytes; // lse by query
    const scores = level + lineBytes; // Sᵀ, then Pᵀ
    const slopes = scores + <usize> BLOCK * lineBytes; // dPᵀ, then dSᵀ
    const turned = slopes + <usize> BLOCK * lineBytes; // dS
    const keyPanels = turned + <usize> BLOCK * lineBytes;
    const added = keyPanels + ((<usize> (BLOCK * wide)) << 2); // bias by query, backwards by key
    for (let head = keyHead * group; head < (keyHead + 1) * group; head++) {
      const q0 = firstQuery * stride + <usize> head * depthBytes;
      const again = head > keyHead * group; // what heads before it left is added to
      packLines<f32>(queryLines, query + q0, stride, queries, depth);
      packLines<f32>(doutLines, dout + q0, stride, queries, depth);
      packColumns<f32>(queryPanels, query + q0, stride, depth, queries);
      packColumns<f32>(doutPanels, dout + q0, stride, depth, queries);
      if (bias) biasLine(added, bias, middle, heads, head, offset, keys, queries, true);
      for (let q = 0; q < padded; q++) {
        const to = (<usize> q) << 2;
        const at = q0 + <usize> q * stride;
        const from = lse + ((firstQuery + q) * heads + head << 2);
        store<f32>(delta + to, q < queries ? dot(dout + at, out + at, depth) : 0);
        store<f32>(level + to, q < queries ? load<f32>(from) : 1e30);
        if (q < queries) memory.fill(dq + at, 0, depthBytes);
      }
      for (let first = 0; first < keys; first += BLOCK) {
        const count = min(BLOCK, keys - first);
        const at = firstKey + <usize> first * keyStride;
        const from = min(queriesFrom(first, offset), queries) & ~7; // whole panels
        const to = max(from, queriesTo(first + count - 1, offset, keys, queries));
        const length = (to - from + 7) & ~7;
        const skipped = (<usize> from) << 2;
        const lines = <usize> from * depthBytes;
        tiles(scores, lineBytes, key + at, keyStride, queryLines + lines, 0, 0, count, depth, length);
        tiles(slopes, lineBytes, value + at, keyStride, doutLines + lines, 0, 0, count, depth, length);
        for (let j = 0; j < count; j++) {
          const own = <usize> j * lineBytes;
          const start = queriesFrom(first + j, offset) - from;
          const end = queriesTo(first + j, offset, keys, queries) - from;
          const plus = bias ? added + ((<usize> (from - (first + j) + keys - 1)) << 2) : 0;
          weigh(
            scores + own, slopes + own, delta + skipped, level + skipped, length, start, end, scale, plus,
          );
        }
        for (let c = 0; c < depth; c += 8) { // a panel at a time: from is within it
          const left = at + ((<usize> c) << 2);
          const inside = ((<usize> (c * queries)) << 2) + ((<usize> from) << 5);
          const columns = min(8, depth - c);
          const value = again ? dv + left : 0;
          const before = again ? dk + left : 0;
          tiles(
            dv + left, keyStride, scores, lineBytes, doutPanels + inside, value, keyStride, count,
            to - from, columns,
          );
          tiles(
            dk + left, keyStride, slopes, lineBytes, queryPanels + inside, before, keyStride, count,
            to - from, columns,
          );
        }
        for (let j: usize = 0; j < <usize> count; j += 4) {
          for (let q: usize = 0; q < <usize> length; q += 4) {
            const part = slopes + j * lineBytes + 4 * q;
            transpose<f32>(turned + q * (BLOCK << 2) + 4 * j, BLOCK << 2, part, lineBytes);
          }
        }
        packColumns<f32>(keyPanels, key + at, keyStride, depth, count);
        const change = dq + q0 + <usize> from * stride;
        tiles(change, stride, turned, BLOCK << 2, keyPanels, change, stride, to - from, count, depth);
      }
    }
  }
}

/** One key: scores become P, slopes dS, both 0 for queries outside of [from, to). */
function weigh(
  scores: usize,
  slopes: usize,
  delta: usize,
  level: usize,
  count: i32,
  from: i32,
  to: i32,
  scale: f32,
  plus: usize,
): void {
  const by = f32x4.splat(scale);
  for (let q = 0; q < count; q += 4) {
    const i = (<usize> q) << 2;
    let score = f32x4.mul(v128.load(scores + i), by);
    if (plus) score = f32x4.add(score, v128.load(plus + i));
    const power = exp(f32x4.sub(score, v128.load(level + i)), f32x4.splat(0));
    const seen = within(q, from, to);
    const p = v128.and(power, seen);
    const slope = f32x4.sub(v128.load(slopes + i), v128.load(delta + i));
    v128.store(scores + i, p);
    v128.store(slopes + i, v128.and(f32x4.mul(f32x4.mul(p, slope), by), seen));
  }
}

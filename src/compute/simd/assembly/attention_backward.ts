// The gradients of softmax attention, one row and head a task, 48 keys at a time. Transposed:
// a line of Sᵀ is one key over all queries, so dV and dK are products of its lines.
import { packColumns, packLines, transpose } from "./panels";
import { tiles } from "./product";
import { scratch, take } from "./team";
import { exp, get, madd, total } from "./vector";

/** Keys at a time. ../scratch.ts knows. */
const BLOCK: i32 = 48;

/**
 * With δ_i = dO_i·O_i: P = exp(S - lse), dV = Pᵀ dO, dS_ij = P_ij (dO_i·V_j - δ_i)/√d,
 * dQ = dS K, dK = dSᵀ Q.
 */
export function attentionBackward(
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
  width: i32,
  heads: i32,
): void {
  const stride = (<usize> width) << 2;
  const depth = width / heads;
  const scale = <f32> (1 / sqrt(<f64> depth));
  for (let task = take(); task < rows * heads; task = take()) {
    const line = rowTable + ((<usize> (task / heads)) << 4);
    const head = task % heads;
    const shift = (<usize> (head * depth)) << 2;
    const keys = load<i32>(line, 4);
    const queries = load<i32>(line, 12);
    const firstKey = <usize> load<u32>(line) * stride + shift;
    const firstQuery = <usize> load<u32>(line, 8);
    const q0 = firstQuery * stride + shift;
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
    packLines<f32>(queryLines, query + q0, stride, queries, depth);
    packLines<f32>(doutLines, dout + q0, stride, queries, depth);
    packColumns<f32>(queryPanels, query + q0, stride, depth, queries);
    packColumns<f32>(doutPanels, dout + q0, stride, depth, queries);
    for (let q = 0; q < padded; q++) {
      const to = (<usize> q) << 2;
      const at = q0 + <usize> q * stride;
      const from = lse + ((firstQuery + q) * heads + head << 2);
      store<f32>(delta + to, q < queries ? dot(dout + at, out + at, depth) : 0);
      store<f32>(level + to, q < queries ? load<f32>(from) : 1e30);
    }
    for (let first = 0; first < keys; first += BLOCK) {
      const count = min(BLOCK, keys - first);
      const at = firstKey + <usize> first * stride;
      tiles(scores, lineBytes, key + at, stride, queryLines, 0, 0, count, depth, padded);
      tiles(slopes, lineBytes, value + at, stride, doutLines, 0, 0, count, depth, padded);
      for (let j: usize = 0; j < <usize> count; j++) {
        weigh(scores + j * lineBytes, slopes + j * lineBytes, delta, level, padded, scale);
      }
      tiles(dv + at, stride, scores, lineBytes, doutPanels, 0, 0, count, queries, depth);
      tiles(dk + at, stride, slopes, lineBytes, queryPanels, 0, 0, count, queries, depth);
      for (let j: usize = 0; j < <usize> count; j += 4) {
        for (let q: usize = 0; q < <usize> padded; q += 4) {
          const from = slopes + j * lineBytes + 4 * q;
          transpose<f32>(turned + q * (BLOCK << 2) + 4 * j, BLOCK << 2, from, lineBytes);
        }
      }
      packColumns<f32>(keyPanels, key + at, stride, depth, count);
      const from = first ? dq + q0 : 0;
      tiles(dq + q0, stride, turned, BLOCK << 2, keyPanels, from, stride, queries, count, depth);
    }
  }
}

/** One key: scores become P, slopes dS. */
export function weigh(
  scores: usize,
  slopes: usize,
  delta: usize,
  level: usize,
  count: i32,
  scale: f32,
): void {
  const by = f32x4.splat(scale);
  for (let q = 0; q < count; q += 4) {
    const i = (<usize> q) << 2;
    const score = f32x4.mul(v128.load(scores + i), by);
    const p = exp(f32x4.sub(score, v128.load(level + i)), f32x4.splat(0));
    const slope = f32x4.sub(v128.load(slopes + i), v128.load(delta + i));
    v128.store(scores + i, p);
    v128.store(slopes + i, f32x4.mul(f32x4.mul(p, slope), by));
  }
}

export function dot(a: usize, b: usize, count: i32): f32 {
  let sum = f32x4.splat(0);
  for (let c = 0; c < count; c += 4) {
    const i = (<usize> c) << 2;
    sum = madd(get(a + i, count - c), get(b + i, count - c), sum);
  }
  return total(sum);
}

// Sums of the largest products of two texts' tokens, and their gradient.
import { dot } from "./attention_backward";
import { share, take } from "./team";
import { get, madd, put } from "./vector";

/** The i-th index of a table. */
@inline
function at(table: usize, i: usize): usize {
  return load<u32>(table + (i << 2));
}

/**
 * out[r] = Σ_i max_j x_i·x_j, i of the query's tokens, j of the passage's that count; best[i] the first
 * such j from the passage's first on, 0 for tokens of passages. Traps where a token does not exist.
 */
export function maxSim(
  out: usize,
  best: usize,
  x: usize,
  pairs: usize,
  counted: usize,
  rows: i32,
  tokens: i32,
  width: i32,
): void {
  const stride = (<usize> width) << 2;
  for (let r = take(); r < rows; r = take()) {
    const pair = pairs + ((<usize> r) << 4);
    const query = at(pair, 0);
    const queries = at(pair, 1);
    const passage = at(pair, 2);
    const passages = at(pair, 3);
    if (query + queries > <usize> tokens || passage + passages > <usize> tokens) unreachable();
    memory.fill(best + (passage << 2), 0, passages << 2);
    let sum: f32 = 0;
    for (let i = query; i < query + queries; i++) {
      let highest: f32 = -Infinity;
      let place: usize = 0;
      for (let j: usize = 0; j < passages; j++) {
        if (!at(counted, passage + j)) continue;
        const product = dot(x + i * stride, x + (passage + j) * stride, width);
        if (product > highest) {
          highest = product;
          place = j;
        }
      }
      store<f32>(best + (i << 2), <f32> place);
      sum += highest;
    }
    store<f32>(out + ((<usize> r) << 2), sum);
  }
}

/** dx_i = dout[r] x_j, j = best[i]; dx_j = dout[r] Σ x_i over the i with best[i] = j. */
export function maxSimBackward(
  dx: usize,
  dout: usize,
  x: usize,
  best: usize,
  pairs: usize,
  textOf: usize,
  pairCount: i32,
  tokens: i32,
  width: i32,
): void {
  const stride = (<usize> width) << 2;
  const size = share(tokens, 4);
  for (let start = take() * size; start < tokens; start = take() * size) {
    const end = min(tokens, start + size);
    for (let token = start; token < end; token++) {
      const m = <usize> token;
      const text = at(textOf, m);
      const r = text >> 1;
      if (r >= <usize> pairCount) unreachable();
      const pair = pairs + (r << 4);
      const passage = at(pair, 2);
      const to = dx + m * stride;
      const d = f32x4.splat(load<f32>(dout + (r << 2)));
      if (!(text & 1)) {
        addTo(to, d, x + (passage + bestOf(best, m)) * stride, width, true);
        continue;
      }
      memory.fill(to, 0, stride);
      const query = at(pair, 0);
      for (let i = query; i < query + at(pair, 1); i++) {
        if (passage + bestOf(best, i) == m) addTo(to, d, x + i * stride, width, false);
      }
    }
  }
}

@inline
function bestOf(best: usize, i: usize): usize {
  return <usize> load<f32>(best + (i << 2));
}

/** to (+)= d from. */
function addTo(to: usize, d: v128, from: usize, width: i32, fresh: bool): void {
  for (let c = 0; c < width; c += 4) {
    const i = (<usize> c) << 2;
    const left = width - c;
    const old = fresh ? f32x4.splat(0) : get(to + i, left);
    put(to + i, madd(d, get(from + i, left), old), left);
  }
}

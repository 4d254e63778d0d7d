// Conductance of intervals of the path.
import { divide, take } from "./team";
import { madd } from "./vector";

/**
 * out[i] = Σ_token (left·g[a] + right·g[b]) ⊙ (y[b] - y[a]). A task is some columns of all items:
 * consecutive intervals share a point, which is then still in the cache. Four tokens are summed
 * before they are added to the item's sum, which keeps the rounding error down.
 */
export function conductance(
  out: usize,
  y: usize,
  g: usize,
  items: usize,
  count: i32,
  width: i32,
  left: f32,
  right: f32,
): void {
  const stride = (<usize> width) << 2;
  const size = divide(256, 32, width, 1);
  for (let first = take() * size; first < width; first = take() * size) {
    const end = min(width, first + size);
    for (let item = 0; item < count; item++) {
      const line = items + <usize> item * 12;
      const a = <usize> load<u32>(line) * stride;
      const b = <usize> load<u32>(line, 4) * stride;
      const tokens = load<i32>(line, 8);
      const to = out + <usize> item * stride;
      memory.fill(to + ((<usize> first) << 2), 0, (<usize> (end - first)) << 2);
      for (let token = 0; token < tokens; token += 4) {
        const at = <usize> token * stride;
        const rows = min(4, tokens - token);
        let c = first;
        for (; c + 4 <= end; c += 4) {
          const i = (<usize> c) << 2;
          let sum = f32x4.splat(0);
          let from = a + at + i;
          let until = b + at + i;
          for (let r = 0; r < rows; r++) {
            const change = f32x4.sub(v128.load(y + until), v128.load(y + from));
            const slope = f32x4.mul(f32x4.splat(left), v128.load(g + from));
            sum = madd(madd(f32x4.splat(right), v128.load(g + until), slope), change, sum);
            from += stride;
            until += stride;
          }
          v128.store(to + i, f32x4.add(v128.load(to + i), sum));
        }
        for (; c < end; c++) { // of an odd width
          const i = (<usize> c) << 2;
          let sum: f32 = 0;
          for (let r = 0; r < rows; r++) {
            const from = a + at + i + <usize> r * stride;
            const until = b + at + i + <usize> r * stride;
            const slope = left * load<f32>(g + from) + right * load<f32>(g + until);
            sum += slope * (load<f32>(y + until) - load<f32>(y + from));
          }
          store<f32>(to + i, load<f32>(to + i) + sum);
        }
      }
    }
  }
}

// Conductance of intervals of the path.
import { divide, take } from "./team";
import { get, madd, put } from "./vector";

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
      for (let c = first; c < end; c += 4) put(to + ((<usize> c) << 2), f32x4.splat(0), width - c);
      for (let token = 0; token < tokens; token += 4) {
        const at = <usize> token * stride;
        const rows = min(4, tokens - token);
        for (let c = first; c < end; c += 4) {
          const i = (<usize> c) << 2;
          let sum = f32x4.splat(0);
          let from = a + at + i;
          let until = b + at + i;
          for (let r = 0; r < rows; r++) {
            const change = f32x4.sub(get(y + until, width - c), get(y + from, width - c));
            const slope = f32x4.mul(f32x4.splat(left), get(g + from, width - c));
            sum = madd(madd(f32x4.splat(right), get(g + until, width - c), slope), change, sum);
            from += stride;
            until += stride;
          }
          put(to + i, f32x4.add(get(to + i, width - c), sum), width - c);
        }
      }
    }
  }
}

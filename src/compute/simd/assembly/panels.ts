// Panels [k][8]: eight columns of a product's right side, as the tile reads them. What is packed is
// float32 (T = f32) or the bits of float16 (T = u16), which become float32 here.
import { four, one } from "./numbers";

/** Lines of `from` become columns: panels of x Wᵀ for W [lines, k]. Missing columns are zero. */
export function packLines<T>(to: usize, from: usize, stride: usize, lines: i32, k: i32): void {
  for (; lines >= 8; lines -= 8) {
    let i = 0;
    for (; i + 4 <= k; i += 4) {
      const at = from + <usize> i * sizeof<T>();
      const end = to + ((<usize> i) << 5);
      transpose<T>(end, 32, at, stride);
      transpose<T>(end + 16, 32, at + 4 * stride, stride);
    }
    for (; i < k; i++) {
      for (let j = 0; j < 8; j++) {
        const value = one<T>(from + <usize> j * stride + <usize> i * sizeof<T>());
        store<f32>(to + ((<usize> i) << 5) + ((<usize> j) << 2), value);
      }
    }
    from += 8 * stride;
    to += (<usize> k) << 5;
  }
  if (lines == 0) return;
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < 8; j++) {
      const at = from + <usize> j * stride + <usize> i * sizeof<T>();
      store<f32>(to + ((<usize> i) << 5) + ((<usize> j) << 2), j < lines ? one<T>(at) : 0);
    }
  }
}

/** The same of one panel, with the last of `lines` < 8 repeated. */
export function packRows(to: usize, from: usize, stride: usize, lines: i32, k: i32): void {
  if (lines == 8) return packLines<f32>(to, from, stride, 8, k);
  for (let j: usize = 0; j < 8; j++) {
    const line = from + min(j, <usize> (lines - 1)) * stride;
    for (let i: usize = 0; i < <usize> k; i++) {
      store<f32>(to + (i << 5) + (j << 2), load<f32>(line + (i << 2)));
    }
  }
}

/** Columns stay columns: panels of y W for W [k, columns]. Missing columns are zero. */
export function packColumns<T>(to: usize, from: usize, stride: usize, columns: i32, k: i32): void {
  for (; columns >= 8; columns -= 8) {
    let at = from;
    for (let i = 0; i < k; i++) {
      v128.store(to, four<T>(at));
      v128.store(to, four<T>(at + 4 * sizeof<T>()), 16);
      at += stride;
      to += 32;
    }
    from += 8 * sizeof<T>();
  }
  if (columns == 0) return;
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < 8; j++) {
      store<f32>(to, j < columns ? one<T>(from + <usize> j * sizeof<T>()) : 0);
      to += 4;
    }
    from += stride;
  }
}

/** Transposes 4 x 4 numbers. */
@inline
export function transpose<T>(to: usize, toStride: usize, from: usize, stride: usize): void {
  const a = four<T>(from);
  const b = four<T>(from + stride);
  const c = four<T>(from + 2 * stride);
  const d = four<T>(from + 3 * stride);
  const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5));
  v128.store(to + toStride, v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7));
  v128.store(to + 2 * toStride, v128.shuffle<f32>(ab2, cd2, 0, 1, 4, 5));
  v128.store(to + 3 * toStride, v128.shuffle<f32>(ab2, cd2, 2, 3, 6, 7));
}

// Panels [k][8]: eight columns of a product's right side, as the tile reads them.

/** Lines of `from` become columns: panels of x Wᵀ for W [lines, k]. Missing columns are zero. */
export function packLines(to: usize, from: usize, stride: usize, lines: i32, k: i32): void {
  for (; lines >= 8; lines -= 8) {
    let i = 0;
    for (; i + 4 <= k; i += 4) {
      const at = from + ((<usize> i) << 2);
      const end = to + ((<usize> i) << 5);
      transpose(end, 32, at, stride);
      transpose(end + 16, 32, at + 4 * stride, stride);
    }
    for (; i < k; i++) {
      for (let j = 0; j < 8; j++) {
        const value = load<f32>(from + <usize> j * stride + ((<usize> i) << 2));
        store<f32>(to + ((<usize> i) << 5) + ((<usize> j) << 2), value);
      }
    }
    from += 8 * stride;
    to += (<usize> k) << 5;
  }
  if (lines == 0) return;
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < 8; j++) {
      const at = from + <usize> j * stride + ((<usize> i) << 2);
      store<f32>(to + ((<usize> i) << 5) + ((<usize> j) << 2), j < lines ? load<f32>(at) : 0);
    }
  }
}

/** Columns stay columns: panels of y W for W [k, columns]. Missing columns are zero. */
export function packColumns(to: usize, from: usize, stride: usize, columns: i32, k: i32): void {
  for (; columns >= 8; columns -= 8) {
    let at = from;
    for (let i = 0; i < k; i++) {
      v128.store(to, v128.load(at));
      v128.store(to, v128.load(at, 16), 16);
      at += stride;
      to += 32;
    }
    from += 32;
  }
  if (columns == 0) return;
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < 8; j++) {
      store<f32>(to, j < columns ? load<f32>(from + ((<usize> j) << 2)) : 0);
      to += 4;
    }
    from += stride;
  }
}

/** Transposes 4 x 4 numbers. */
@inline
export function transpose(to: usize, toStride: usize, from: usize, stride: usize): void {
  const a = v128.load(from);
  const b = v128.load(from + stride);
  const c = v128.load(from + 2 * stride);
  const d = v128.load(from + 3 * stride);
  const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5));
  v128.store(to + toStride, v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7));
  v128.store(to + 2 * toStride, v128.shuffle<f32>(ab2, cd2, 0, 1, 4, 5));
  v128.store(to + 3 * toStride, v128.shuffle<f32>(ab2, cd2, 2, 3, 6, 7));
}

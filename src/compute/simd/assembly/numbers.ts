// Numbers in memory, float32 (T = f32) or the bits of float16 (T = u16), as float32.

/** Four numbers. */
@inline
export function four<T>(at: usize): v128 {
  if (sizeof<T>() == 4) return v128.load(at);
  return widened(v128.load16x4_s(at));
}

/** One number. */
@inline
export function one<T>(at: usize): f32 {
  if (sizeof<T>() == 4) return load<f32>(at);
  return f32x4.extract_lane(widened(i32x4.splat(load<i16>(at))), 0);
}

/**
 * Finite float16 in the low halves of four words, their signs extended, exactly: their bits stand where
 * a float32 has sign, exponent and fraction, and exponents lack 112.
 */
@inline
function widened(bits: v128): v128 {
  const placed = v128.and(i32x4.shl(bits, 13), i32x4.splat(0x8fffe000));
  return f32x4.mul(placed, i32x4.splat(0x77800000)); // 2¹¹²
}

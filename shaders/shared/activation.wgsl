// f and f′ of the activations 0 gelu, 1 gelu-tanh, 2 silu, 3 relu (docs/numerics.md). x multiplies the
// small factor first, so that far numbers stay finite, and NaN NaN. Normal distribution from normal.wgsl. Twin: src/compute/cpu/activation.ts
fn sigmoid(x: f32) -> f32 {
  let small = exp(-abs(x)); // never overflows
  return select(1.0, small, x < 0.0) / (1.0 + small);
}
// 2z, z = √(2/π) (x + 0.044715 x³); beyond |x| = 30 σ(2z) is 0 or 1
fn doubled(x: f32) -> f32 {
  let near = clamp(x, -30.0, 30.0);
  return 1.5957691216057308 * near * (1.0 + 0.044715 * near * near);
}
fn doubled_slope(x: f32) -> f32 {
  let near = clamp(x, -30.0, 30.0);
  return 1.5957691216057308 * (1.0 + 0.134145 * near * near);
}
fn activation(name: u32, x: f32) -> f32 {
  switch name {
    case 0u: { return x * normal_cdf(x); }
    case 1u: { return x * sigmoid(doubled(x)); }
    case 2u: { return x * sigmoid(x); }
    // Compilers make max(x, 0) of it, which is 0 of NaN on some GPUs: so NaN is told by its bits.
    default: {
      let nan = (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
      return select(select(x, 0.0, x <= 0.0), x, nan);
    }
  }
}
fn activation_slope(name: u32, x: f32) -> f32 {
  switch name {
    case 0u: { return normal_cdf(x) + x * normal_pdf(x); }
    case 1u: {
      let z = doubled(x);
      return sigmoid(z) + x * sigmoid(z) * (sigmoid(-z) * doubled_slope(x));
    }
    case 2u: { return sigmoid(x) * (1.0 + x * sigmoid(-x)); }
    default: { return select(1.0, 0.0, x <= 0.0); }
  }
}

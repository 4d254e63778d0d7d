// The normal distribution to float32: Φ(x) = ½ erfc(-x/√2), with relative error 1.2e-7 in both tails
// (Chebyshev fit of erfc, Press et al., Numerical Recipes 6.2.2). Twin: src/compute/cpu/normal.ts
fn normal_pdf(x: f32) -> f32 {
  return 0.3989422804014327 * exp(-0.5 * x * x);
}
fn normal_cdf(x: f32) -> f32 {
  let z = 0.7071067811865476 * abs(x);
  let t = 1.0 / (1.0 + 0.5 * z);
  let fit = -1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806 +
    t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
  let tail = 0.5 * t * exp(fit - z * z);
  return select(1.0 - tail, tail, x < 0.0);
}

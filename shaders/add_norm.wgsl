// out = LayerNorm(x + residual), x̂ ⊙ γ + β row by row      without residual where `residuals` is 0
// All [rows, width]; gain, bias [width]. Launch a workgroup a row, (span, ⌈rows / span⌉).
// Twin: src/compute/cpu/add_norm.ts
struct Params { rows: u32, width: u32, span: u32, residuals: u32, epsilon: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> residual: array<f32>;
@group(0) @binding(4) var<storage, read> gain: array<f32>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
fn value(i: u32) -> f32 {
  if p.residuals == 0u { return x[i]; }
  return x[i] + residual[i];
}
@compute @workgroup_size(WORKGROUP)
fn add_norm(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = min(group.x + group.y * p.span, p.rows - 1u); // barriers below: no early return
  let at = row * p.width;
  var sum = 0.0;
  for (var c = lane; c < p.width; c += WORKGROUP) { sum += value(at + c); }
  let mean = row_sum(lane, sum) / f32(p.width);
  sum = 0.0;
  for (var c = lane; c < p.width; c += WORKGROUP) {
    let centred = value(at + c) - mean;
    sum += centred * centred;
  }
  let scale = inverseSqrt(row_sum(lane, sum) / f32(p.width) + p.epsilon);
  for (var c = lane; c < p.width; c += WORKGROUP) {
    out[at + c] = (value(at + c) - mean) * scale * gain[c] + bias[c];
  }
}

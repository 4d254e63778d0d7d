// dx = dout ⊙ f′(x), times gate where `gated`      f as in shared/activation.wgsl
// dgate = dout ⊙ f(x) is activate.wgsl with dout for a gate.
// All [count]. Launch (span, ⌈count / (span · WORKGROUP)⌉). Twin: src/compute/cpu/activate_backward.ts
struct Params { count: u32, span: u32, activation: u32, gated: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> dout: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read> gate: array<f32>;
@compute @workgroup_size(WORKGROUP)
fn activate_backward(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x + id.y * p.span * WORKGROUP;
  if i >= p.count { return; }
  var slope = dout[i] * activation_slope(p.activation, x[i]);
  if p.gated == 1u { slope *= gate[i]; }
  dx[i] = slope;
}

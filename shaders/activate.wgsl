// out = f(x), times gate where `gated`      f as in shared/activation.wgsl
// All [count]. Launch (span, ⌈count / (span · WORKGROUP)⌉). Twin: src/compute/cpu/activate.ts
struct Params { count: u32, span: u32, activation: u32, gated: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> gate: array<f32>;
@compute @workgroup_size(WORKGROUP)
fn activate(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x + id.y * p.span * WORKGROUP;
  if i >= p.count { return; }
  var value = activation(p.activation, x[i]);
  if p.gated == 1u { value *= gate[i]; }
  out[i] = value;
}

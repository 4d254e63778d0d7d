// out = tanh(x)    ±1 beyond |x| = 20, since some drivers overflow exp(2x); NaN, told by
// its bits, stays NaN
// All [count]. Launch (span, ⌈count / (span · WORKGROUP)⌉). Twin: src/compute/cpu/tanh.ts
struct Params { count: u32, span: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@compute @workgroup_size(WORKGROUP)
fn tanh_forward(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x + id.y * p.span * WORKGROUP;
  if i >= p.count { return; }
  let value = x[i];
  let nan = (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u;
  out[i] = select(select(tanh(value), sign(value), abs(value) > 20.0), value, nan);
}

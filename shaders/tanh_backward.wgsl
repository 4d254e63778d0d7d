// dx = dy ⊙ (1 - y²),  y = tanh(x)
// All [count]. Launch (span, ⌈count / (span · WORKGROUP)⌉). Twin: src/compute/cpu/tanh_backward.ts
struct Params { count: u32, span: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> y: array<f32>;
@compute @workgroup_size(WORKGROUP)
fn tanh_backward(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x + id.y * p.span * WORKGROUP;
  if i >= p.count { return; }
  dx[i] = dy[i] * (1.0 - y[i] * y[i]);
}

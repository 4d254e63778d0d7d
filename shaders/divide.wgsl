// out = x / y, and 0 where y is 0
// All [count]. Launch (span, ⌈count / (span · WORKGROUP)⌉). Twin: src/compute/cpu/divide.ts
struct Params { count: u32, span: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> y: array<f32>;
@compute @workgroup_size(WORKGROUP)
fn divide(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x + id.y * p.span * WORKGROUP;
  if i >= p.count { return; }
  if y[i] == 0.0 {
    out[i] = 0.0;
  } else {
    out[i] = x[i] / y[i];
  }
}

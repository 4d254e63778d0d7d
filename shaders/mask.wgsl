// x[r] ⊙= keep[mask_of[r]]      zeroes units of a linear's output
// x [rows, width], keep [masks, width] of ones and zeros, mask_of [rows].
// Launch (⌈width / WORKGROUP⌉, span, ⌈rows / span⌉). Twin: src/compute/cpu/mask.ts
struct Params { rows: u32, width: u32, span: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read> keep: array<f32>;
@group(0) @binding(3) var<storage, read> mask_of: array<u32>;
@compute @workgroup_size(WORKGROUP)
fn mask(@builtin(global_invocation_id) id: vec3u) {
  let r = id.y + id.z * p.span;
  if id.x >= p.width || r >= p.rows { return; }
  x[r * p.width + id.x] *= keep[mask_of[r] * p.width + id.x];
}

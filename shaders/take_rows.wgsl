// out[r] = x[index[r]]
// out [rows, width], x [M, width], index [rows].
// Launch (⌈width / WORKGROUP⌉, span, ⌈rows / span⌉). Twin: src/compute/cpu/take_rows.ts
struct Params { rows: u32, width: u32, span: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> index: array<u32>;
@compute @workgroup_size(WORKGROUP)
fn take_rows(@builtin(global_invocation_id) id: vec3u) {
  let r = id.y + id.z * p.span;
  if id.x >= p.width || r >= p.rows { return; }
  out[r * p.width + id.x] = x[index[r] * p.width + id.x];
}

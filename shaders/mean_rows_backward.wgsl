// dx[m] = dout[r] / count,  r = row_of[m],  (first, count) = groups[r]      0 where m is not of that group
// dx [rows, width], dout [R, width], groups [R, 2], row_of [rows].
// Launch (⌈width / WORKGROUP⌉, span, ⌈rows / span⌉). Twin: src/compute/cpu/mean_rows_backward.ts
struct Params { rows: u32, width: u32, span: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> dout: array<f32>;
@group(0) @binding(3) var<storage, read> groups: array<u32>;
@group(0) @binding(4) var<storage, read> row_of: array<u32>;
@compute @workgroup_size(WORKGROUP)
fn mean_rows_backward(@builtin(global_invocation_id) id: vec3u) {
  let m = id.y + id.z * p.span;
  if id.x >= p.width || m >= p.rows { return; }
  let r = row_of[m];
  let first = groups[2u * r];
  let count = groups[2u * r + 1u];
  var slope = 0.0;
  if m >= first && m < first + count { slope = dout[r * p.width + id.x] / f32(count); }
  dx[m * p.width + id.x] = slope;
}

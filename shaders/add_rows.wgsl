// dx[index[r]] += dy[r]      index without repetitions
// dx [M, width], dy [rows, width], index [rows].
// Launch (⌈width / WORKGROUP⌉, span, ⌈rows / span⌉). Twin: src/compute/cpu/add_rows.ts
struct Params { rows: u32, width: u32, span: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> index: array<u32>;
@compute @workgroup_size(WORKGROUP)
fn add_rows(@builtin(global_invocation_id) id: vec3u) {
  let r = id.y + id.z * p.span;
  if id.x >= p.width || r >= p.rows { return; }
  dx[index[r] * p.width + id.x] += dy[r * p.width + id.x];
}

// out[at + r] = Σ_n x[r, n]
// out [≥ at + rows], x [rows, width]. Launch a workgroup a row, (span, ⌈rows / span⌉).
// Twin: src/compute/cpu/sum_columns.ts
struct Params { rows: u32, width: u32, span: u32, at: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@compute @workgroup_size(WORKGROUP)
fn sum_columns(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = min(group.x + group.y * p.span, p.rows - 1u); // barriers below: no early return
  var sum = 0.0;
  for (var n = lane; n < p.width; n += WORKGROUP) { sum += x[row * p.width + n]; }
  let total = row_sum(lane, sum);
  if lane == 0u { out[p.at + row] = total; }
}

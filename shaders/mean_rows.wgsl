// out[r] = Σ_{i < count} x[first + i] / count,  (first, count) = groups[r]      0 of no rows
// out [rows, width], x [M, width], groups [rows, 2]. Sums in order; four lines are read at once, so
// that their loads overlap.
// Launch (⌈width / WORKGROUP⌉, span, ⌈rows / span⌉). Twin: src/compute/cpu/mean_rows.ts
struct Params { rows: u32, width: u32, span: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> groups: array<u32>;
@compute @workgroup_size(WORKGROUP)
fn mean_rows(@builtin(global_invocation_id) id: vec3u) {
  let r = id.y + id.z * p.span;
  if id.x >= p.width || r >= p.rows { return; }
  let w = p.width;
  let count = groups[2u * r + 1u];
  var at = groups[2u * r] * p.width + id.x;
  var sum = 0.0;
  for (var line = 0u; line < count / 4u; line++) {
    let four = vec4f(x[at], x[at + w], x[at + 2u * w], x[at + 3u * w]);
    for (var i = 0u; i < 4u; i++) { sum += four[i]; }
    at += 4u * w;
  }
  for (var line = 0u; line < count % 4u; line++) {
    sum += x[at];
    at += w;
  }
  out[r * p.width + id.x] = sum / f32(max(count, 1u));
}

// out[at + r] (+)= Σ_{i < count} x[first + i],  (first, count) = groups[r]      in order
// out [≥ at + rows, width], x [I, width], groups [rows, 2]. Four lines are read at once, so that
// their loads overlap.
// Launch (⌈width / WORKGROUP⌉, span, ⌈rows / span⌉). Twin: src/compute/cpu/sum_rows.ts
struct Params { rows: u32, width: u32, span: u32, accumulate: u32, at: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> groups: array<u32>;
@compute @workgroup_size(WORKGROUP)
fn sum_rows(@builtin(global_invocation_id) id: vec3u) {
  let r = id.y + id.z * p.span;
  if id.x >= p.width || r >= p.rows { return; }
  let w = p.width;
  let count = groups[2u * r + 1u];
  var at = groups[2u * r] * p.width + id.x;
  var sum = 0.0;
  if p.accumulate == 1u { sum = out[(p.at + r) * p.width + id.x]; }
  for (var line = 0u; line < count / 4u; line++) {
    let four = vec4f(x[at], x[at + w], x[at + 2u * w], x[at + 3u * w]);
    for (var i = 0u; i < 4u; i++) { sum += four[i]; }
    at += 4u * w;
  }
  for (var line = 0u; line < count % 4u; line++) {
    sum += x[at];
    at += w;
  }
  out[(p.at + r) * p.width + id.x] = sum;
}

// dx[m] = dout[r] exp(-out[r]) where m = first + from[r] and out[r] > 0, else 0;  r = row_of[m], first of groups[r]
// dx [rows, width], dout, out, from [R, width], groups [R], row_of [rows].
// Launch (⌈width / WORKGROUP⌉, span, ⌈rows / span⌉). Twin: src/compute/cpu/term_weights_backward.ts
struct Params { rows: u32, width: u32, span: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> dout: array<f32>;
@group(0) @binding(3) var<storage, read> out: array<f32>;
@group(0) @binding(4) var<storage, read> places: array<f32>;
@group(0) @binding(5) var<storage, read> groups: array<vec2u>;
@group(0) @binding(6) var<storage, read> row_of: array<u32>;
@compute @workgroup_size(WORKGROUP)
fn term_weights_backward(@builtin(global_invocation_id) id: vec3u) {
  let m = id.y + id.z * p.span;
  if id.x >= p.width || m >= p.rows { return; }
  let at = row_of[m] * p.width + id.x;
  let weight = out[at];
  let reached = groups[row_of[m]].x + u32(places[at]) == m && weight > 0.0;
  dx[m * p.width + id.x] = select(0.0, dout[at] * exp(-weight), reached);
}

// out[r] = log(1 + max(0, max_{i < count} x[first + i])),  from[r] = the first i of the maximum,  (first, count) = groups[r]
// out, from [rows, width], x [M, width], groups [rows]. log(1 + z) of small z is 2 artanh(z / (2 + z)) in five
// terms, 1e-8 of it: log itself may err by 2^-21 there.
// Launch (⌈width / WORKGROUP⌉, span, ⌈rows / span⌉). Twin: src/compute/cpu/term_weights.ts
struct Params { rows: u32, width: u32, span: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read_write> places: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read> groups: array<vec2u>;
@compute @workgroup_size(WORKGROUP)
fn term_weights(@builtin(global_invocation_id) id: vec3u) {
  let r = id.y + id.z * p.span;
  if id.x >= p.width || r >= p.rows { return; }
  let rows = groups[r];
  var highest = -3.0e38;
  var place = 0u;
  for (var i = 0u; i < rows.y; i++) {
    let value = x[(rows.x + i) * p.width + id.x];
    if value > highest {
      highest = value;
      place = i;
    }
  }
  let z = max(highest, 0.0);
  let s = z / (2.0 + z);
  let q = s * s;
  let series = 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q / 9.0))));
  out[r * p.width + id.x] = select(log(1.0 + z), series, z < 0.5);
  places[r * p.width + id.x] = f32(place);
}

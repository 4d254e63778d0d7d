// dx_i = dout[r] x_j of a query's token, j = best[i];  dx_j = dout[r] Σ x_i over i with best[i] = j of a passage's
// dx, x [rows, width], dout [R], best [rows]; pairs [R] and best as in max_sim.wgsl; text_of [rows]: text 2r
// is the query of pair r, 2r + 1 its passage. Sums in order.
// Launch (⌈width / WORKGROUP⌉, span, ⌈rows / span⌉). Twin: src/compute/cpu/max_sim_backward.ts
struct Params { rows: u32, width: u32, span: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> dout: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read> best: array<f32>;
@group(0) @binding(5) var<storage, read> pairs: array<vec4u>;
@group(0) @binding(6) var<storage, read> text_of: array<u32>;
@compute @workgroup_size(WORKGROUP)
fn max_sim_backward(@builtin(global_invocation_id) id: vec3u) {
  let m = id.y + id.z * p.span;
  if id.x >= p.width || m >= p.rows { return; }
  let r = text_of[m] / 2u;
  let pair = pairs[r];
  var sum = 0.0;
  if text_of[m] % 2u == 0u {
    sum = x[(pair.z + u32(best[m])) * p.width + id.x];
  } else {
    for (var i = pair.x; i < pair.x + pair.y; i++) {
      if pair.z + u32(best[i]) == m { sum += x[i * p.width + id.x]; }
    }
  }
  dx[m * p.width + id.x] = dout[r] * sum;
}

// out[r] = u·v (cosine 0), or u·v / (|u| |v|) (cosine 1),  u = x[2r], v = x[2r + 1]
// out [rows], x [2 rows, width]; lengths are at least 1e-12. Launch a workgroup a pair, (span, ⌈rows / span⌉).
// Twin: src/compute/cpu/similarity.ts
struct Params { rows: u32, width: u32, span: u32, cosine: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@compute @workgroup_size(WORKGROUP)
fn similarity(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let r = min(group.x + group.y * p.span, p.rows - 1u); // barriers below: no early return
  let at = 2u * r * p.width;
  var product = 0.0;
  var squares = vec2f();
  for (var c = lane; c < p.width; c += WORKGROUP) {
    let both = vec2f(x[at + c], x[at + p.width + c]);
    product += both.x * both.y;
    squares += both * both;
  }
  product = row_sum(lane, product);
  let lengths = max(sqrt(vec2f(row_sum(lane, squares.x), row_sum(lane, squares.y))), vec2f(1e-12));
  if lane == 0u { out[r] = select(product, product / lengths.x / lengths.y, p.cosine == 1u); }
}

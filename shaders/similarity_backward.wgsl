// du = dout v (cosine 0), or dout (v̂ - s û) / |u| (cosine 1), s = û·v̂;  dv likewise;  u = x[2r], v = x[2r + 1]
// dx, x [2 rows, width], dout [rows]; where |u| is below 1e-12 that is its length, and s û is not taken off.
// Launch a workgroup a pair, (span, ⌈rows / span⌉). Twin: src/compute/cpu/similarity_backward.ts
struct Params { rows: u32, width: u32, span: u32, cosine: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> dout: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@compute @workgroup_size(WORKGROUP)
fn similarity_backward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
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
  var lengths = max(sqrt(vec2f(row_sum(lane, squares.x), row_sum(lane, squares.y))), vec2f(1e-12));
  var along = select(vec2f(), vec2f(product / lengths.x / lengths.y), lengths > vec2f(1e-12));
  if p.cosine == 0u {
    lengths = vec2f(1.0);
    along = vec2f();
  }
  for (var c = lane; c < p.width; c += WORKGROUP) {
    let unit = vec2f(x[at + c], x[at + p.width + c]) / lengths;
    let slope = dout[r] * (unit.yx - along * unit) / lengths;
    dx[at + c] = slope.x;
    dx[at + p.width + c] = slope.y;
  }
}

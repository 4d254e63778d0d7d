// out[r] = Σ_i max_j x_i·x_j, i of a query's tokens, j of its passage's that count; best[i] = the first such j
// out [rows], best [M], x [M, width], pairs [rows]: first query token, how many, first passage token, how many;
// counted [M]. best counts from the passage's first token, and is 0 for tokens of passages.
// Launch a workgroup a pair, (span, ⌈rows / span⌉). Twin: src/compute/cpu/max_sim.ts
struct Params { rows: u32, width: u32, span: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read_write> best: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read> pairs: array<vec4u>;
@group(0) @binding(5) var<storage, read> counted: array<u32>;
var<workgroup> products: array<f32, WORKGROUP>;
var<workgroup> places: array<u32, WORKGROUP>;
@compute @workgroup_size(WORKGROUP)
fn max_sim(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let r = min(group.x + group.y * p.span, p.rows - 1u); // barriers below: no early return
  let pair = pairs[r];
  for (var j = lane; j < pair.w; j += WORKGROUP) { best[pair.z + j] = 0.0; }
  var sum = 0.0;
  for (var i = pair.x; i < pair.x + pair.y; i++) {
    var highest = -3.0e38;
    var place = 0u;
    for (var j = lane; j < pair.w; j += WORKGROUP) {
      if counted[pair.z + j] == 0u { continue; }
      var product = 0.0;
      for (var c = 0u; c < p.width; c++) { product += x[i * p.width + c] * x[(pair.z + j) * p.width + c]; }
      if product > highest {
        highest = product;
        place = j;
      }
    }
    products[lane] = highest;
    places[lane] = place;
    workgroupBarrier();
    for (var stride = WORKGROUP / 2u; stride > 0u; stride /= 2u) {
      if lane < stride {
        let other = products[lane + stride];
        let there = places[lane + stride];
        if other > products[lane] || (other == products[lane] && there < places[lane]) {
          products[lane] = other;
          places[lane] = there;
        }
      }
      workgroupBarrier();
    }
    sum += products[0];
    if lane == 0u { best[i] = f32(places[0]); }
    workgroupBarrier(); // the next token's lanes write
  }
  if lane == 0u { out[r] = sum; }
}

// dQ = dS K/√d,  dS_ij = P_ij (dO_i·V_j - δ_i),  P_ij = exp(S_ij - lse_i),  δ_i = dO_i·O_i
// delta [queries, heads] is kept for attention_backward_key. Shapes as in attention.wgsl.
// Launch (⌈queries / WORKGROUP⌉, heads), a lane a query. Twin: src/compute/cpu/attention_backward.ts
struct Params { queries: u32, heads: u32, scale: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> dquery: array<f32>;
@group(0) @binding(2) var<storage, read_write> delta: array<f32>;
@group(0) @binding(3) var<storage, read> dout: array<f32>;
@group(0) @binding(4) var<storage, read> out: array<f32>;
@group(0) @binding(5) var<storage, read> lse: array<f32>;
@group(0) @binding(6) var<storage, read> query: array<f32>;
@group(0) @binding(7) var<storage, read> key: array<f32>;
@group(0) @binding(8) var<storage, read> value: array<f32>;
@group(0) @binding(9) var<storage, read> rows: array<vec4u>;
@group(0) @binding(10) var<storage, read> row_of: array<u32>;
@compute @workgroup_size(WORKGROUP)
fn attention_backward_query(@builtin(global_invocation_id) id: vec3u) {
  if id.x >= p.queries { return; }
  let width = p.heads * DEPTH;
  let at = id.x * width + id.y * DEPTH;
  let row = rows[row_of[id.x]];
  var q: array<f32, DEPTH>;
  var slope: array<f32, DEPTH>;
  var sum: array<f32, DEPTH>;
  var own = 0.0;
  for (var c = 0u; c < DEPTH; c++) {
    q[c] = p.scale * query[at + c];
    slope[c] = dout[at + c];
    own += slope[c] * out[at + c];
  }
  let logsum = lse[id.x * p.heads + id.y];
  for (var j = row.x; j < row.x + row.y; j++) {
    let other = j * width + id.y * DEPTH;
    var score = 0.0;
    var change = 0.0;
    for (var c = 0u; c < DEPTH; c++) {
      score += q[c] * key[other + c];
      change += slope[c] * value[other + c];
    }
    let dscore = exp(score - logsum) * (change - own);
    for (var c = 0u; c < DEPTH; c++) { sum[c] += dscore * key[other + c]; }
  }
  for (var c = 0u; c < DEPTH; c++) { dquery[at + c] = p.scale * sum[c]; }
  delta[id.x * p.heads + id.y] = own;
}

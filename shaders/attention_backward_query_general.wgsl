// dQ = scale dS K,  dS_ij = P_ij (dO_i·V_j - δ_i),  P_ij = exp(S_ij - lse_i),  δ_i = dO_i·O_i
// delta [Q, heads] is kept for attention_backward_key_general. Shapes as in attention_general.wgsl,
// options and launch, a lane a query, as in shared/attention_general.wgsl.
// Twin: src/compute/cpu/attention_backward.ts
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
@group(0) @binding(10) var<storage, read> bias: array<f32>;
@compute @workgroup_size(WORKGROUP)
fn attention_backward_query_general(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let r = group.z + p.span * (group.y / p.heads);
  if r >= p.rows { return; }
  let row = rows[r];
  let i = WORKGROUP * group.x + lane;
  if i >= row.w { return; }
  let head = group.y % p.heads;
  let line = (row.z + i) * p.heads + head;
  let at = line * DEPTH;
  let place = i + offset(row);
  let seen = keys_seen(row, place);
  var q: array<f32, DEPTH>;
  var slope: array<f32, DEPTH>;
  var sum: array<f32, DEPTH>;
  var own = 0.0;
  for (var c = 0u; c < DEPTH; c++) {
    q[c] = p.scale * query[at + c];
    slope[c] = dout[at + c];
    own += slope[c] * out[at + c];
  }
  for (var j = seen.x; j < seen.y; j++) {
    let other = ((row.x + j) * p.key_heads + shared_head(head)) * DEPTH;
    var score = 0.0;
    var change = 0.0;
    for (var c = 0u; c < DEPTH; c++) {
      score += q[c] * key[other + c];
      change += slope[c] * value[other + c];
    }
    let dscore = exp(score + bias_of(j, place, head) - lse[line]) * (change - own);
    for (var c = 0u; c < DEPTH; c++) { sum[c] += dscore * key[other + c]; }
  }
  for (var c = 0u; c < DEPTH; c++) { dquery[at + c] = p.scale * sum[c]; }
  delta[line] = own;
}

// dq_i = scale Σ_j dS_ij (k_j + m_i ⊙ r_b),  dS_ij = P_ij (dO_i·V_j - δ_i),  P_ij = exp(S_ij - lse_i)
// delta [Q, heads], δ_i = dO_i·O_i, is kept for attention_backward_key_relative. S, pack, options and
// launch, a lane a query, as in shared/attention_relative.wgsl. Twin: src/compute/cpu/attention_backward.ts
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> dquery: array<f32>;
@group(0) @binding(2) var<storage, read_write> delta: array<f32>;
@group(0) @binding(3) var<storage, read> dout: array<f32>;
@group(0) @binding(4) var<storage, read> out: array<f32>;
@group(0) @binding(5) var<storage, read> lse: array<f32>;
@group(0) @binding(6) var<storage, read> pack: array<f32>;
@group(0) @binding(7) var<storage, read> value: array<f32>;
@group(0) @binding(8) var<storage, read> rows: array<vec4u>;
@group(0) @binding(9) var<storage, read> buckets: array<u32>;
@compute @workgroup_size(WORKGROUP)
fn attention_backward_query_relative(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let r = group.z + p.span * (group.y / p.heads);
  if r >= p.rows { return; }
  let row = rows[r];
  let i = WORKGROUP * group.x + lane;
  if i >= row.w { return; }
  let head = group.y % p.heads;
  let own = row.z + i;
  let at = line_at(own, head);
  var q: array<f32, DEPTH>;
  var m: array<f32, DEPTH>;
  var slope: array<f32, DEPTH>;
  var sum: array<f32, DEPTH>;
  var part = 0.0; // δ
  for (var c = 0u; c < DEPTH; c++) {
    q[c] = pack[at + c];
    m[c] = kept(p.m_at, own, head, c);
    slope[c] = dout[at + c];
    part += slope[c] * out[at + c];
  }
  for (var j = 0u; j < row.y; j++) {
    let other = line_at(row.x + j, head);
    let k = line_at(p.k_at + row.x + j, head);
    let bucket = buckets[p.middle + i + offset(row) - j];
    let key = line_at(p.r_at + bucket, head);
    let query = line_at(p.s_at + bucket, head);
    var score = 0.0;
    var change = 0.0;
    for (var c = 0u; c < DEPTH; c++) {
      score += q[c] * (pack[k + c] + m[c] * pack[key + c]);
      score += pack[k + c] * kept(p.n_at, row.x + j, head, c) * pack[query + c];
      change += slope[c] * value[other + c];
    }
    let dscore = exp(p.scale * score - lse[own * p.heads + head]) * (change - part);
    for (var c = 0u; c < DEPTH; c++) { sum[c] += dscore * (pack[k + c] + m[c] * pack[key + c]); }
  }
  for (var c = 0u; c < DEPTH; c++) { dquery[at + c] = p.scale * sum[c]; }
  delta[own * p.heads + head] = part;
}

// dV = Pᵀ dO,  dk_j = scale Σ_i dS_ij (q_i + n_j ⊙ s_b)
// P, dS and delta as in attention_backward_query_relative.wgsl; S, pack, options and launch, a lane a
// key, as in shared/attention_relative.wgsl. Twin: src/compute/cpu/attention_backward.ts
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> dkey: array<f32>;
@group(0) @binding(2) var<storage, read_write> dvalue: array<f32>;
@group(0) @binding(3) var<storage, read> dout: array<f32>;
@group(0) @binding(4) var<storage, read> delta: array<f32>;
@group(0) @binding(5) var<storage, read> lse: array<f32>;
@group(0) @binding(6) var<storage, read> pack: array<f32>;
@group(0) @binding(7) var<storage, read> value: array<f32>;
@group(0) @binding(8) var<storage, read> rows: array<vec4u>;
@group(0) @binding(9) var<storage, read> buckets: array<u32>;
@compute @workgroup_size(WORKGROUP)
fn attention_backward_key_relative(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let r = group.z + p.span * (group.y / p.heads);
  if r >= p.rows { return; }
  let row = rows[r];
  let j = WORKGROUP * group.x + lane;
  if j >= row.y { return; }
  let head = group.y % p.heads;
  let own = row.x + j;
  let at = line_at(own, head);
  var k: array<f32, DEPTH>;
  var n: array<f32, DEPTH>;
  var v: array<f32, DEPTH>;
  var dk: array<f32, DEPTH>;
  var dv: array<f32, DEPTH>;
  for (var c = 0u; c < DEPTH; c++) {
    k[c] = pack[line_at(p.k_at + own, head) + c];
    n[c] = kept(p.n_at, own, head, c);
    v[c] = value[at + c];
  }
  for (var i = 0u; i < row.w; i++) {
    let other = line_at(row.z + i, head);
    let bucket = buckets[p.middle + i + offset(row) - j];
    let key = line_at(p.r_at + bucket, head);
    let query = line_at(p.s_at + bucket, head);
    var score = 0.0;
    var change = 0.0;
    for (var c = 0u; c < DEPTH; c++) {
      score += k[c] * (pack[other + c] + n[c] * pack[query + c]);
      score += pack[other + c] * kept(p.m_at, row.z + i, head, c) * pack[key + c];
      change += v[c] * dout[other + c];
    }
    let level = (row.z + i) * p.heads + head;
    let probability = exp(p.scale * score - lse[level]);
    let dscore = probability * (change - delta[level]);
    for (var c = 0u; c < DEPTH; c++) {
      dk[c] += dscore * (pack[other + c] + n[c] * pack[query + c]);
      dv[c] += probability * dout[other + c];
    }
  }
  for (var c = 0u; c < DEPTH; c++) {
    dkey[at + c] = p.scale * dk[c];
    dvalue[at + c] = dv[c];
  }
}

// out = softmax(S) V by row and head, lse = log Σ exp of the scores      (online softmax)
// S, pack, options and launch, a lane a query, as in shared/attention_relative.wgsl. out [Q, width],
// value [M, width], lse [Q, heads], width = heads · DEPTH. Twin: src/compute/cpu/attention.ts
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read_write> lse: array<f32>;
@group(0) @binding(3) var<storage, read> pack: array<f32>;
@group(0) @binding(4) var<storage, read> value: array<f32>;
@group(0) @binding(5) var<storage, read> rows: array<vec4u>;
@group(0) @binding(6) var<storage, read> buckets: array<u32>;
@compute @workgroup_size(WORKGROUP)
fn attention_relative(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
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
  var sum: array<f32, DEPTH>; // Σ exp(score - highest) v
  for (var c = 0u; c < DEPTH; c++) {
    q[c] = pack[at + c];
    m[c] = kept(p.m_at, own, head, c);
  }
  var highest = -3.0e38;
  var total = 0.0; // Σ exp(score - highest)
  for (var j = 0u; j < row.y; j++) {
    let other = line_at(row.x + j, head);
    let k = line_at(p.k_at + row.x + j, head);
    let bucket = buckets[p.middle + i + offset(row) - j];
    let key = line_at(p.r_at + bucket, head);
    let query = line_at(p.s_at + bucket, head);
    var score = 0.0;
    for (var c = 0u; c < DEPTH; c++) {
      score += q[c] * (pack[k + c] + m[c] * pack[key + c]);
      score += pack[k + c] * kept(p.n_at, row.x + j, head, c) * pack[query + c];
    }
    score *= p.scale;
    let rise = max(highest, score);
    let keep = exp(highest - rise);
    let weight = exp(score - rise);
    highest = rise;
    total = total * keep + weight;
    for (var c = 0u; c < DEPTH; c++) { sum[c] = sum[c] * keep + weight * value[other + c]; }
  }
  for (var c = 0u; c < DEPTH; c++) { out[at + c] = sum[c] / total; }
  lse[own * p.heads + head] = highest + log(total);
}

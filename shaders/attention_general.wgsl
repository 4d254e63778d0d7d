// out = softmax(S) V by row and head, S = scale QKᵀ + bias over the keys that a query sees, lse = log Σ
// exp of the scores      (online softmax)
// query, out [Q, heads · DEPTH], key, value [M, key_heads · DEPTH], lse [Q, heads]. Options and launch,
// a lane a query, as in shared/attention_general.wgsl. Twin: src/compute/cpu/attention.ts
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read_write> lse: array<f32>;
@group(0) @binding(3) var<storage, read> query: array<f32>;
@group(0) @binding(4) var<storage, read> key: array<f32>;
@group(0) @binding(5) var<storage, read> value: array<f32>;
@group(0) @binding(6) var<storage, read> rows: array<vec4u>;
@group(0) @binding(7) var<storage, read> bias: array<f32>;
@compute @workgroup_size(WORKGROUP)
fn attention_general(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let r = group.z + p.span * (group.y / p.heads);
  if r >= p.rows { return; }
  let row = rows[r];
  let i = WORKGROUP * group.x + lane;
  if i >= row.w { return; }
  let head = group.y % p.heads;
  let line = (row.z + i) * p.heads + head;
  let place = i + offset(row);
  let seen = keys_seen(row, place);
  var q: array<f32, DEPTH>;
  var sum: array<f32, DEPTH>; // Σ exp(score - highest) v
  for (var c = 0u; c < DEPTH; c++) { q[c] = p.scale * query[line * DEPTH + c]; }
  var highest = -3.0e38;
  var total = 0.0; // Σ exp(score - highest)
  for (var j = seen.x; j < seen.y; j++) {
    let other = ((row.x + j) * p.key_heads + shared_head(head)) * DEPTH;
    var score = 0.0;
    for (var c = 0u; c < DEPTH; c++) { score += q[c] * key[other + c]; }
    score += bias_of(j, place, head);
    let rise = max(highest, score);
    let keep = exp(highest - rise);
    let weight = exp(score - rise);
    highest = rise;
    total = total * keep + weight;
    for (var c = 0u; c < DEPTH; c++) { sum[c] = sum[c] * keep + weight * value[other + c]; }
  }
  for (var c = 0u; c < DEPTH; c++) { out[line * DEPTH + c] = sum[c] / total; }
  lse[line] = highest + log(total);
}

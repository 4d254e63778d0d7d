// out = softmax(QKᵀ/√d) V by row and head, lse = log Σ exp of the scores      (online softmax)
// query, out [queries, width], key, value [M, width], lse [queries, heads], width = heads · DEPTH;
// rows [R, 4]: first key, keys, first query, queries; row_of [queries].
// Launch (⌈queries / WORKGROUP⌉, heads), a lane a query. Twin: src/compute/cpu/attention.ts
struct Params { queries: u32, heads: u32, scale: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read_write> lse: array<f32>;
@group(0) @binding(3) var<storage, read> query: array<f32>;
@group(0) @binding(4) var<storage, read> key: array<f32>;
@group(0) @binding(5) var<storage, read> value: array<f32>;
@group(0) @binding(6) var<storage, read> rows: array<vec4u>;
@group(0) @binding(7) var<storage, read> row_of: array<u32>;
@compute @workgroup_size(WORKGROUP)
fn attention(@builtin(global_invocation_id) id: vec3u) {
  if id.x >= p.queries { return; }
  let width = p.heads * DEPTH;
  let at = id.x * width + id.y * DEPTH;
  let row = rows[row_of[id.x]];
  var q: array<f32, DEPTH>;
  var sum: array<f32, DEPTH>; // Σ exp(score - highest) v
  for (var c = 0u; c < DEPTH; c++) { q[c] = p.scale * query[at + c]; }
  var highest = -3.0e38;
  var total = 0.0; // Σ exp(score - highest)
  for (var j = row.x; j < row.x + row.y; j++) {
    let other = j * width + id.y * DEPTH;
    var score = 0.0;
    for (var c = 0u; c < DEPTH; c++) { score += q[c] * key[other + c]; }
    let rise = max(highest, score);
    let keep = exp(highest - rise);
    let weight = exp(score - rise);
    highest = rise;
    total = total * keep + weight;
    for (var c = 0u; c < DEPTH; c++) { sum[c] = sum[c] * keep + weight * value[other + c]; }
  }
  for (var c = 0u; c < DEPTH; c++) { out[at + c] = sum[c] / total; }
  lse[id.x * p.heads + id.y] = highest + log(total);
}

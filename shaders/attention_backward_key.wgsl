// dV = Pᵀ dO,  dK = dSᵀ Q/√d      P, dS and delta as in attention_backward_query.wgsl
// dkey, dvalue, key, value [M, width]; row_of [M]: the row of each key.
// Launch (⌈M / WORKGROUP⌉, heads), a lane a key. Twin: src/compute/cpu/attention_backward.ts
struct Params { keys: u32, heads: u32, scale: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> dkey: array<f32>;
@group(0) @binding(2) var<storage, read_write> dvalue: array<f32>;
@group(0) @binding(3) var<storage, read> dout: array<f32>;
@group(0) @binding(4) var<storage, read> delta: array<f32>;
@group(0) @binding(5) var<storage, read> lse: array<f32>;
@group(0) @binding(6) var<storage, read> query: array<f32>;
@group(0) @binding(7) var<storage, read> key: array<f32>;
@group(0) @binding(8) var<storage, read> value: array<f32>;
@group(0) @binding(9) var<storage, read> rows: array<vec4u>;
@group(0) @binding(10) var<storage, read> row_of: array<u32>;
@compute @workgroup_size(WORKGROUP)
fn attention_backward_key(@builtin(global_invocation_id) id: vec3u) {
  if id.x >= p.keys { return; }
  let width = p.heads * DEPTH;
  let at = id.x * width + id.y * DEPTH;
  let row = rows[row_of[id.x]];
  var k: array<f32, DEPTH>;
  var v: array<f32, DEPTH>;
  var dk: array<f32, DEPTH>;
  var dv: array<f32, DEPTH>;
  for (var c = 0u; c < DEPTH; c++) {
    k[c] = p.scale * key[at + c];
    v[c] = value[at + c];
  }
  for (var i = row.z; i < row.z + row.w; i++) {
    let other = i * width + id.y * DEPTH;
    var score = 0.0;
    var change = 0.0;
    for (var c = 0u; c < DEPTH; c++) {
      score += k[c] * query[other + c];
      change += v[c] * dout[other + c];
    }
    let probability = exp(score - lse[i * p.heads + id.y]);
    let dscore = probability * (change - delta[i * p.heads + id.y]);
    for (var c = 0u; c < DEPTH; c++) {
      dk[c] += dscore * query[other + c];
      dv[c] += probability * dout[other + c];
    }
  }
  for (var c = 0u; c < DEPTH; c++) {
    dkey[at + c] = p.scale * dk[c];
    dvalue[at + c] = dv[c];
  }
}

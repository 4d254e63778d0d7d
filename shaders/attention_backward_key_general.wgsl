// dV = Pᵀ dO,  dK = scale dSᵀ Q, each summed over the heads of queries that share a head of keys
// P, dS and delta as in attention_backward_query_general.wgsl. dkey, dvalue, key, value [M, key_heads ·
// DEPTH]. Options and launch, a lane a key, as in shared/attention_general.wgsl.
// Twin: src/compute/cpu/attention_backward.ts
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
@group(0) @binding(10) var<storage, read> bias: array<f32>;
@compute @workgroup_size(WORKGROUP)
fn attention_backward_key_general(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let r = group.z + p.span * (group.y / p.key_heads);
  if r >= p.rows { return; }
  let row = rows[r];
  let j = WORKGROUP * group.x + lane;
  if j >= row.y { return; }
  let key_head = group.y % p.key_heads;
  let at = ((row.x + j) * p.key_heads + key_head) * DEPTH;
  let group_size = p.heads / p.key_heads;
  let seeing = queries_seeing(row, j);
  var k: array<f32, DEPTH>;
  var v: array<f32, DEPTH>;
  var dk: array<f32, DEPTH>;
  var dv: array<f32, DEPTH>;
  for (var c = 0u; c < DEPTH; c++) {
    k[c] = p.scale * key[at + c];
    v[c] = value[at + c];
  }
  for (var head = key_head * group_size; head < (key_head + 1u) * group_size; head++) {
    for (var i = seeing.x; i < seeing.y; i++) {
      let line = (row.z + i) * p.heads + head;
      let other = line * DEPTH;
      var score = 0.0;
      var change = 0.0;
      for (var c = 0u; c < DEPTH; c++) {
        score += k[c] * query[other + c];
        change += v[c] * dout[other + c];
      }
      let probability = exp(score + bias_of(j, i + offset(row), head) - lse[line]);
      let dscore = probability * (change - delta[line]);
      for (var c = 0u; c < DEPTH; c++) {
        dk[c] += dscore * query[other + c];
        dv[c] += probability * dout[other + c];
      }
    }
  }
  for (var c = 0u; c < DEPTH; c++) {
    dkey[at + c] = p.scale * dk[c];
    dvalue[at + c] = dv[c];
  }
}

// out[m] = x′ + t(x - x′) (+ position) (+ type)      embed.wgsl where `positions` or `types` is 0: not added
// Shapes, launch and what follows as there. Twin: src/compute/cpu/embed.ts
struct Params { tokens: u32, width: u32, span: u32, positions: u32, types: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> words: array<f32>;
@group(0) @binding(3) var<storage, read> positions: array<f32>;
@group(0) @binding(4) var<storage, read> types: array<f32>;
@group(0) @binding(5) var<storage, read> tokens: array<vec4u>;
@group(0) @binding(6) var<storage, read> rows: array<vec4u>;
@group(0) @binding(7) var<storage, read> row_of: array<u32>;
@group(0) @binding(8) var<storage, read> t: array<f32>;
@compute @workgroup_size(WORKGROUP)
fn embed_some(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let m = group.x + group.y * p.span;
  if m >= p.tokens { return; }
  let row = row_of[m];
  let token = tokens[rows[row].z + m - rows[row].x];
  for (var c = lane; c < p.width; c += WORKGROUP) {
    let baseline = words[token.y * p.width + c];
    var point = baseline + t[row] * (words[token.x * p.width + c] - baseline);
    if p.positions == 1u { point += positions[token.z * p.width + c]; }
    if p.types == 1u { point += types[token.w * p.width + c]; }
    out[m * p.width + c] = point;
  }
}

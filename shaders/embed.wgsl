// out[m] = x′ + t(x - x′) + position + type      path points straight from two word embeddings
// out [M, width]; tables [., width]; tokens [n, 4]: input word, baseline word, position, type;
// rows [R, 4]: first token in out, length, first line in tokens, 0; row_of [M]; t [R].
// Launch (M mod SPAN, ⌈M / SPAN⌉), a workgroup a token. add_norm follows. Twin: src/compute/cpu/embed.ts
struct Params { tokens: u32, width: u32, span: u32 }
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
fn embed(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let m = group.x + group.y * p.span;
  if m >= p.tokens { return; }
  let row = row_of[m];
  let token = tokens[rows[row].z + m - rows[row].x];
  for (var c = lane; c < p.width; c += WORKGROUP) {
    let baseline = words[token.y * p.width + c];
    let point = baseline + t[row] * (words[token.x * p.width + c] - baseline);
    out[m * p.width + c] = point + positions[token.z * p.width + c] + types[token.w * p.width + c];
  }
}

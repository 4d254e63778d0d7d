// out = (a cos - b sin, b cos + a sin) of each group of `depth` columns with halves (a, b)
// `inverse`: by the angles' negatives. out, x [rows, width]; positions [rows]; angles [., depth], the
// cosines of a position's depth / 2 angles, then their sines.
// Launch (⌈width / 2 / WORKGROUP⌉, span, ⌈rows / span⌉), a lane a pair. Twin: src/compute/cpu/rotate.ts
struct Params { rows: u32, width: u32, span: u32, depth: u32, inverse: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> angles: array<f32>;
@group(0) @binding(4) var<storage, read> positions: array<u32>;
@compute @workgroup_size(WORKGROUP)
fn rotate(@builtin(global_invocation_id) id: vec3u) {
  let r = id.y + id.z * p.span;
  if 2u * id.x >= p.width || r >= p.rows { return; }
  let half = p.depth / 2u;
  let c = id.x % half;
  let at = r * p.width + id.x / half * p.depth + c;
  let line = positions[r] * p.depth + c;
  let cosine = angles[line];
  let sine = select(angles[line + half], -angles[line + half], p.inverse == 1u);
  let a = x[at];
  let b = x[at + half];
  out[at] = a * cosine - b * sine;
  out[at + half] = b * cosine + a * sine;
}

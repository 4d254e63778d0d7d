// What a workgroup of tiled attention is: 64 lanes (x, y), 8 x 8, that own 32 lines (queries or keys)
// of one row and head, four a y, and pass blocks of 8 · SHARE other lines of the row. A line is DEPTH
// numbers, FOURS vec4f. Lane (x, y) computes the scores of its four own lines with the others x,
// x + 8, …, and sums its four own lines' vec4s x, x + 8, …, of which COLUMNS = ⌈FOURS / 8⌉ are enough.
// STEP divides FOURS. Loops to a constant of the host are written out (shaders.ts), those to one that
// is named here stay loops. Twin: src/compute/cpu/attention.ts
const FOURS = DEPTH / 4u;
const STEPS = FOURS / STEP;
const GROUPS = SHARE;
// Padded: lines one after another begin in different banks where FOURS is even.
struct Line { at: array<array<vec4f, STEP>, STEPS>, pad: vec4f }
// Lanes 2 i and 2 i + 1 read the same other line, i and i + 2 the same own line: NVIDIA's workgroup
// memory serves such neighbours' vec4f together. Both are below 8 by their bits: no clamp is needed.
fn lane_x(lane: u32) -> u32 { return (lane >> 1u) & 7u; }
fn lane_y(lane: u32) -> u32 { return (lane & 1u) | ((lane >> 3u) & 6u); }
fn inside(column: u32) -> bool { return FOURS % 8u == 0u || column < FOURS; }
// sum += four own lines' next four numbers times another's, [4].
fn products(own: mat4x4f, other: vec4f, sum: vec4f) -> vec4f {
  let by = transpose(own);
  let half = fma(by[1], vec4f(other.y), fma(by[0], vec4f(other.x), sum));
  return fma(by[3], vec4f(other.w), fma(by[2], vec4f(other.z), half));
}

// dQ = dS K/√d,  dS_ij = P_ij (dO_i·V_j - δ_i),  P_ij = exp(S_ij - lse_i),  δ_i = dO_i·O_i
// delta [queries, heads] is kept for attention_backward_key_tiled. Shapes as in attention_tiled.wgsl.
// Launch (⌈longest / 32⌉, heads · ⌈R / span⌉, span), a workgroup 32 queries of a row and head, its tiles
// as in shared/attention_tile.wgsl. Twin: src/compute/cpu/attention_backward.ts
struct Params { rows: u32, heads: u32, span: u32, scale: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> dquery: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> delta: array<f32>;
@group(0) @binding(3) var<storage, read> dout: array<vec4f>;
@group(0) @binding(4) var<storage, read> out: array<vec4f>;
@group(0) @binding(5) var<storage, read> lse: array<f32>;
@group(0) @binding(6) var<storage, read> query: array<vec4f>;
@group(0) @binding(7) var<storage, read> key: array<vec4f>;
@group(0) @binding(8) var<storage, read> value: array<vec4f>;
@group(0) @binding(9) var<storage, read> rows: array<vec4u>;
var<workgroup> q: array<array<Line, 4>, 8>; // by y
var<workgroup> slopes: array<array<Line, 4>, 8>; // dO
var<workgroup> k: array<array<Line, 8>, SHARE>;
var<workgroup> v: array<array<Line, 8>, SHARE>;
var<workgroup> dscores: array<array<array<vec4f, 9>, 8>, SHARE>; // of a key, y's four queries; padded
@compute @workgroup_size(64)
fn attention_backward_query_tiled(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let r = group.z + p.span * (group.y / p.heads);
  if r >= p.rows { return; }
  let row = rows[r];
  if 32u * group.x >= row.w { return; }
  let head = group.y % p.heads;
  let width = p.heads * FOURS;
  let x = lane_x(lane);
  let y = lane_y(lane);
  let own = 32u * group.x + 4u * y;
  var logsum: vec4f;
  var part = vec4f(); // of δ, over own columns
  for (var i = 0u; i < 4u; i++) {
    let at = row.z + min(own + i, row.w - 1u);
    let line = at * width + head * FOURS;
    logsum[i] = lse[at * p.heads + head];
    for (var c = 0u; c < COLUMNS; c++) {
      let column = x + 8u * c;
      if inside(column) {
        let slope = dout[line + column];
        q[y][i].at[column / STEP][column % STEP] = p.scale * query[line + column];
        slopes[y][i].at[column / STEP][column % STEP] = slope;
        part[i] += dot(slope, out[line + column]);
      }
    }
  }
  dscores[0][x][y] = part;
  workgroupBarrier();
  var deltas = vec4f();
  for (var j = 0u; j < 8u; j++) { deltas += dscores[0][j][y]; }
  var sum: array<array<vec4f, COLUMNS>, 4>;
  for (var first = 0u; first < row.y; first += 8u * SHARE) {
    for (var s = 0u; s < SHARE; s++) {
      let line = (row.x + min(first + y + 8u * s, row.y - 1u)) * width + head * FOURS;
      for (var c = 0u; c < COLUMNS; c++) {
        let column = x + 8u * c;
        if inside(column) {
          k[s][y].at[column / STEP][column % STEP] = key[line + column];
          v[s][y].at[column / STEP][column % STEP] = value[line + column];
        }
      }
    }
    workgroupBarrier();
    var score = array<vec4f, SHARE>();
    var change = array<vec4f, SHARE>(); // dO·V
    for (var step = 0u; step < STEPS; step++) {
      for (var c = 0u; c < STEP; c++) {
        let lines = mat4x4f(
          q[y][0].at[step][c], q[y][1].at[step][c], q[y][2].at[step][c], q[y][3].at[step][c],
        );
        for (var s = 0u; s < SHARE; s++) { score[s] = products(lines, k[s][x].at[step][c], score[s]); }
        let slope = mat4x4f(
          slopes[y][0].at[step][c], slopes[y][1].at[step][c],
          slopes[y][2].at[step][c], slopes[y][3].at[step][c],
        );
        for (var s = 0u; s < SHARE; s++) { change[s] = products(slope, v[s][x].at[step][c], change[s]); }
      }
    }
    for (var s = 0u; s < SHARE; s++) {
      let dscore = exp(score[s] - logsum) * (change[s] - deltas);
      dscores[s][x][y] = select(vec4f(), dscore, first + x + 8u * s < row.y);
    }
    workgroupBarrier();
    for (var s = 0u; s < GROUPS; s++) {
      for (var j = 0u; j < 8u; j++) {
        let dscore = dscores[s][j][y];
        for (var c = 0u; c < COLUMNS; c++) {
          let column = x + 8u * c;
          let other = k[s][j].at[column / STEP][column % STEP];
          for (var i = 0u; i < 4u; i++) { sum[i][c] = fma(vec4f(dscore[i]), other, sum[i][c]); }
        }
      }
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 4u; i++) {
    if own + i < row.w {
      let line = row.z + own + i;
      if x == 0u { delta[line * p.heads + head] = deltas[i]; }
      for (var c = 0u; c < COLUMNS; c++) {
        let column = x + 8u * c;
        if inside(column) { dquery[line * width + head * FOURS + column] = p.scale * sum[i][c]; }
      }
    }
  }
}

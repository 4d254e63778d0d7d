// dV = Pᵀ dO,  dK = dSᵀ Q/√d      P, dS and delta as in attention_backward_query_tiled.wgsl
// dkey, dvalue, key, value [M, width]. A workgroup's blocks of queries begin at its row's first.
// Launch (⌈longest / 32⌉, heads · ⌈R / span⌉, span), a workgroup 32 keys of a row and head, its tiles
// as in shared/attention_tile.wgsl. Twin: src/compute/cpu/attention_backward.ts
struct Params { rows: u32, heads: u32, span: u32, scale: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> dkey: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dvalue: array<vec4f>;
@group(0) @binding(3) var<storage, read> dout: array<vec4f>;
@group(0) @binding(4) var<storage, read> delta: array<f32>;
@group(0) @binding(5) var<storage, read> lse: array<f32>;
@group(0) @binding(6) var<storage, read> query: array<vec4f>;
@group(0) @binding(7) var<storage, read> key: array<vec4f>;
@group(0) @binding(8) var<storage, read> value: array<vec4f>;
@group(0) @binding(9) var<storage, read> rows: array<vec4u>;
var<workgroup> k: array<array<Line, 4>, 8>; // by y
var<workgroup> v: array<array<Line, 4>, 8>;
var<workgroup> q: array<array<Line, 8>, SHARE>;
var<workgroup> slopes: array<array<Line, 8>, SHARE>; // dO
var<workgroup> known: array<array<vec2f, 8>, SHARE>; // lse, δ
var<workgroup> weights: array<array<array<vec4f, 9>, 8>, SHARE>; // P of a query, y's four keys; padded
var<workgroup> dscores: array<array<array<vec4f, 9>, 8>, SHARE>;
@compute @workgroup_size(64)
fn attention_backward_key_tiled(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let r = group.z + p.span * (group.y / p.heads);
  if r >= p.rows { return; }
  let row = rows[r];
  if 32u * group.x >= row.y { return; }
  let head = group.y % p.heads;
  let width = p.heads * FOURS;
  let x = lane_x(lane);
  let y = lane_y(lane);
  let own = 32u * group.x + 4u * y;
  for (var i = 0u; i < 4u; i++) {
    let line = (row.x + min(own + i, row.y - 1u)) * width + head * FOURS;
    for (var c = 0u; c < COLUMNS; c++) {
      let column = x + 8u * c;
      if inside(column) {
        k[y][i].at[column / STEP][column % STEP] = p.scale * key[line + column];
        v[y][i].at[column / STEP][column % STEP] = value[line + column];
      }
    }
  }
  var dk: array<array<vec4f, COLUMNS>, 4>;
  var dv: array<array<vec4f, COLUMNS>, 4>;
  for (var first = 0u; first < row.w; first += 8u * SHARE) {
    for (var s = 0u; s < SHARE; s++) {
      let at = row.z + min(first + y + 8u * s, row.w - 1u);
      let line = at * width + head * FOURS;
      if x == 0u { known[s][y] = vec2f(lse[at * p.heads + head], delta[at * p.heads + head]); }
      for (var c = 0u; c < COLUMNS; c++) {
        let column = x + 8u * c;
        if inside(column) {
          q[s][y].at[column / STEP][column % STEP] = query[line + column];
          slopes[s][y].at[column / STEP][column % STEP] = dout[line + column];
        }
      }
    }
    workgroupBarrier();
    var score = array<vec4f, SHARE>();
    var change = array<vec4f, SHARE>(); // V·dO
    for (var step = 0u; step < STEPS; step++) {
      for (var c = 0u; c < STEP; c++) {
        let lines = mat4x4f(
          k[y][0].at[step][c], k[y][1].at[step][c], k[y][2].at[step][c], k[y][3].at[step][c],
        );
        for (var s = 0u; s < SHARE; s++) { score[s] = products(lines, q[s][x].at[step][c], score[s]); }
        let values = mat4x4f(
          v[y][0].at[step][c], v[y][1].at[step][c], v[y][2].at[step][c], v[y][3].at[step][c],
        );
        for (var s = 0u; s < SHARE; s++) {
          change[s] = products(values, slopes[s][x].at[step][c], change[s]);
        }
      }
    }
    for (var s = 0u; s < SHARE; s++) {
      let weight = exp(score[s] - known[s][x].x);
      weights[s][x][y] = select(vec4f(), weight, first + x + 8u * s < row.w);
      dscores[s][x][y] = select(vec4f(), weight * (change[s] - known[s][x].y), first + x + 8u * s < row.w);
    }
    workgroupBarrier();
    for (var s = 0u; s < GROUPS; s++) {
      for (var j = 0u; j < 8u; j++) {
        let weight = weights[s][j][y];
        let dscore = dscores[s][j][y];
        for (var c = 0u; c < COLUMNS; c++) {
          let column = x + 8u * c;
          let slope = slopes[s][j].at[column / STEP][column % STEP];
          let other = q[s][j].at[column / STEP][column % STEP];
          for (var i = 0u; i < 4u; i++) {
            dv[i][c] = fma(vec4f(weight[i]), slope, dv[i][c]);
            dk[i][c] = fma(vec4f(dscore[i]), other, dk[i][c]);
          }
        }
      }
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 4u; i++) {
    if own + i < row.y {
      let line = (row.x + own + i) * width + head * FOURS;
      for (var c = 0u; c < COLUMNS; c++) {
        let column = x + 8u * c;
        if inside(column) {
          dkey[line + column] = p.scale * dk[i][c];
          dvalue[line + column] = dv[i][c];
        }
      }
    }
  }
}

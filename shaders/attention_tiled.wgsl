// out = softmax(QKᵀ/√d) V by row and head, lse = log Σ exp of the scores      (online softmax by block)
// query, out [queries, width], key, value [M, width], lse [queries, heads], width = heads · DEPTH;
// rows [R, 4]: first key, keys, first query, queries. A workgroup's blocks of keys begin at its row's first.
// Launch (⌈longest / 32⌉, heads · ⌈R / span⌉, span), a workgroup 32 queries of a row and head, its tiles
// as in shared/attention_tile.wgsl. Twin: src/compute/cpu/attention.ts
struct Params { rows: u32, heads: u32, span: u32, scale: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> lse: array<f32>;
@group(0) @binding(3) var<storage, read> query: array<vec4f>;
@group(0) @binding(4) var<storage, read> key: array<vec4f>;
@group(0) @binding(5) var<storage, read> value: array<vec4f>;
@group(0) @binding(6) var<storage, read> rows: array<vec4u>;
var<workgroup> q: array<array<Line, 4>, 8>; // by y
var<workgroup> k: array<array<Line, 8>, SHARE>;
var<workgroup> v: array<array<Line, 8>, SHARE>;
var<workgroup> weights: array<array<array<vec4f, 9>, 8>, SHARE>; // of a key, y's four queries; padded
var<workgroup> parts: array<array<vec4f, 9>, 8>; // of x, y's four queries
@compute @workgroup_size(64)
fn attention_tiled(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let r = group.z + p.span * (group.y / p.heads);
  if r >= p.rows { return; }
  let row = rows[r];
  if 32u * group.x >= row.w { return; }
  let head = group.y % p.heads;
  let width = p.heads * FOURS;
  let x = lane_x(lane);
  let y = lane_y(lane);
  let own = 32u * group.x + 4u * y;
  for (var i = 0u; i < 4u; i++) {
    let line = (row.z + min(own + i, row.w - 1u)) * width + head * FOURS;
    for (var c = 0u; c < COLUMNS; c++) {
      let column = x + 8u * c;
      if inside(column) { q[y][i].at[column / STEP][column % STEP] = p.scale * query[line + column]; }
    }
  }
  var sum: array<array<vec4f, COLUMNS>, 4>; // Σ exp(score - highest) v
  var total = vec4f(); // Σ exp(score - highest) over own keys
  var highest = vec4f(-3.0e38);
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
    for (var step = 0u; step < STEPS; step++) {
      for (var c = 0u; c < STEP; c++) {
        let lines = mat4x4f(
          q[y][0].at[step][c], q[y][1].at[step][c], q[y][2].at[step][c], q[y][3].at[step][c],
        );
        for (var s = 0u; s < SHARE; s++) { score[s] = products(lines, k[s][x].at[step][c], score[s]); }
      }
    }
    var rise = highest;
    for (var s = 0u; s < SHARE; s++) {
      if first + x + 8u * s >= row.y { score[s] = vec4f(-3.0e38); }
      rise = max(rise, score[s]);
    }
    parts[x][y] = rise;
    workgroupBarrier();
    for (var j = 0u; j < 8u; j++) { rise = max(rise, parts[j][y]); }
    let keep = exp(highest - rise);
    highest = rise;
    total *= keep;
    for (var s = 0u; s < SHARE; s++) {
      let weight = select(vec4f(), exp(score[s] - rise), first + x + 8u * s < row.y);
      total += weight;
      weights[s][x][y] = weight;
    }
    for (var i = 0u; i < 4u; i++) {
      for (var c = 0u; c < COLUMNS; c++) { sum[i][c] *= keep[i]; }
    }
    workgroupBarrier();
    for (var s = 0u; s < GROUPS; s++) {
      for (var j = 0u; j < 8u; j++) {
        let weight = weights[s][j][y];
        for (var c = 0u; c < COLUMNS; c++) {
          let column = x + 8u * c;
          let other = v[s][j].at[column / STEP][column % STEP];
          for (var i = 0u; i < 4u; i++) { sum[i][c] = fma(vec4f(weight[i]), other, sum[i][c]); }
        }
      }
    }
    workgroupBarrier();
  }
  parts[x][y] = total;
  workgroupBarrier();
  total = vec4f();
  for (var j = 0u; j < 8u; j++) { total += parts[j][y]; }
  let share = 1.0 / total;
  for (var i = 0u; i < 4u; i++) {
    if own + i < row.w {
      let line = row.z + own + i;
      if x == 0u { lse[line * p.heads + head] = highest[i] + log(total[i]); }
      for (var c = 0u; c < COLUMNS; c++) {
        let column = x + 8u * c;
        if inside(column) { out[line * width + head * FOURS + column] = share[i] * sum[i][c]; }
      }
    }
  }
}

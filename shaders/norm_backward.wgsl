// dx = scale (u - mean(u) - x̂ mean(u ⊙ x̂)) + plus,  u = dy ⊙ γ,  x̂ = scale (x - mean)
// RMSNorm (`rms`): neither mean(x) nor mean(u). `add`: 0 nothing, 1 plus, 2 what dx holds.
// dx, dy, x, plus [rows, width], a row a group; gain [width].
// Launch a workgroup a group, (span, ⌈rows / span⌉). Twin: src/compute/cpu/norm_backward.ts
struct Params { rows: u32, width: u32, span: u32, rms: u32, add: u32, epsilon: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read> gain: array<f32>;
@group(0) @binding(5) var<storage, read> plus: array<f32>;
@compute @workgroup_size(WORKGROUP)
fn norm_backward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let number = group.x + group.y * p.span;
  let row = min(number, p.rows - 1u); // barriers below: no early return
  let at = row * p.width;
  var mean = 0.0;
  var u_mean = 0.0;
  if p.rms == 0u {
    var sum = 0.0;
    var u_sum = 0.0;
    for (var c = lane; c < p.width; c += WORKGROUP) {
      sum += x[at + c];
      u_sum += dy[at + c] * gain[c];
    }
    mean = row_sum(lane, sum) / f32(p.width);
    u_mean = row_sum(lane, u_sum) / f32(p.width);
  }
  var squares = 0.0;
  var ux_sum = 0.0;
  for (var c = lane; c < p.width; c += WORKGROUP) {
    let centred = x[at + c] - mean;
    squares += centred * centred;
    ux_sum += dy[at + c] * gain[c] * centred;
  }
  let scale = inverseSqrt(row_sum(lane, squares) / f32(p.width) + p.epsilon);
  let ux_mean = row_sum(lane, ux_sum) * scale / f32(p.width);
  if number >= p.rows { return; } // a second time would add plus again where it is dx
  for (var c = lane; c < p.width; c += WORKGROUP) {
    let normal = (x[at + c] - mean) * scale;
    var slope = scale * (dy[at + c] * gain[c] - u_mean - normal * ux_mean);
    if p.add == 1u { slope += plus[at + c]; }
    if p.add == 2u { slope += dx[at + c]; }
    dx[at + c] = slope;
  }
}

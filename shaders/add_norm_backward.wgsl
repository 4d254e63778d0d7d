// dx = scale (u - mean(u) - x̂ mean(u ⊙ x̂)),  u = dy ⊙ γ,  x̂ = scale (x + residual - mean)
// All [rows, width]; gain [width]. Launch a workgroup a row, (span, ⌈rows / span⌉).
// Twin: src/compute/cpu/add_norm_backward.ts
struct Params { rows: u32, width: u32, span: u32, epsilon: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read> residual: array<f32>;
@group(0) @binding(5) var<storage, read> gain: array<f32>;
@compute @workgroup_size(WORKGROUP)
fn add_norm_backward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = min(group.x + group.y * p.span, p.rows - 1u); // barriers below: no early return
  let at = row * p.width;
  var sum = 0.0;
  for (var c = lane; c < p.width; c += WORKGROUP) { sum += x[at + c] + residual[at + c]; }
  let mean = row_sum(lane, sum) / f32(p.width);
  var squares = 0.0;
  var u_sum = 0.0;
  var ux_sum = 0.0;
  for (var c = lane; c < p.width; c += WORKGROUP) {
    let centred = x[at + c] + residual[at + c] - mean;
    let u = dy[at + c] * gain[c];
    squares += centred * centred;
    u_sum += u;
    ux_sum += u * centred;
  }
  let scale = inverseSqrt(row_sum(lane, squares) / f32(p.width) + p.epsilon);
  let u_mean = row_sum(lane, u_sum) / f32(p.width);
  let ux_mean = row_sum(lane, ux_sum) * scale / f32(p.width);
  for (var c = lane; c < p.width; c += WORKGROUP) {
    let normal = (x[at + c] + residual[at + c] - mean) * scale;
    dx[at + c] = scale * (dy[at + c] * gain[c] - u_mean - normal * ux_mean);
  }
}

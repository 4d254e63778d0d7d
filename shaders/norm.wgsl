// out = (x - mean) scale ⊙ γ + β over each group of `width` columns
// LayerNorm: scale = 1 / √(variance + ε); RMSNorm (`rms`): mean = 0, scale = 1 / √(mean(x²) + ε).
// out, x [rows, width], a row a group; gain, bias [width], no bias where `biased` is 0.
// Launch a workgroup a group, (span, ⌈rows / span⌉). Twin: src/compute/cpu/norm.ts
struct Params { rows: u32, width: u32, span: u32, rms: u32, biased: u32, epsilon: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> gain: array<f32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@compute @workgroup_size(WORKGROUP)
fn norm(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = min(group.x + group.y * p.span, p.rows - 1u); // barriers below: no early return
  let at = row * p.width;
  var mean = 0.0;
  if p.rms == 0u {
    var sum = 0.0;
    for (var c = lane; c < p.width; c += WORKGROUP) { sum += x[at + c]; }
    mean = row_sum(lane, sum) / f32(p.width);
  }
  var squares = 0.0;
  for (var c = lane; c < p.width; c += WORKGROUP) {
    let centred = x[at + c] - mean;
    squares += centred * centred;
  }
  let scale = inverseSqrt(row_sum(lane, squares) / f32(p.width) + p.epsilon);
  for (var c = lane; c < p.width; c += WORKGROUP) {
    var value = (x[at + c] - mean) * scale * gain[c];
    if p.biased == 1u { value += bias[c]; }
    out[at + c] = value;
  }
}

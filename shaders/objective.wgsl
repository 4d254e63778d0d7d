// value = F, dlogits = ∂F/∂logits; m = the logit of the label's class minus the other's
// F = logit (target 0), σ(m) (1), log σ(m) (2), m (3); one logit s stands for (0, s), its `logit` is m.
// value, label [rows], logits, dlogits [rows, labels]. Launch ⌈rows / WORKGROUP⌉.
// Twin: src/compute/cpu/objective.ts
struct Params { rows: u32, labels: u32, objective: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> value: array<f32>;
@group(0) @binding(2) var<storage, read_write> dlogits: array<f32>;
@group(0) @binding(3) var<storage, read> logits: array<f32>;
@group(0) @binding(4) var<storage, read> label: array<f32>;
@compute @workgroup_size(WORKGROUP)
fn objective(@builtin(global_invocation_id) id: vec3u) {
  let r = id.x;
  if r >= p.rows { return; }
  let relevant = label[r] > 0.5;
  let sign = select(-1.0, 1.0, relevant);
  let last = r * p.labels + p.labels - 1u;
  var other = 0.0;
  if p.labels == 2u { other = logits[last - 1u]; }
  if p.objective == 0u && p.labels == 2u {
    value[r] = select(other, logits[last], relevant);
    dlogits[last - 1u] = select(1.0, 0.0, relevant);
    dlogits[last] = select(0.0, 1.0, relevant);
    return;
  }
  let margin = sign * (logits[last] - other);
  let small = exp(-abs(margin)); // never overflows
  let against = select(1.0, small, margin > 0.0) / (1.0 + small); // σ(-m)
  let probability = select(small, 1.0, margin > 0.0) / (1.0 + small); // σ(m)
  var slope = 1.0;
  value[r] = margin;
  if p.objective == 1u {
    value[r] = probability;
    slope = probability * against;
  } else if p.objective == 2u {
    value[r] = min(margin, 0.0) - log(1.0 + small);
    slope = against;
  }
  dlogits[last] = sign * slope;
  if p.labels == 2u { dlogits[last - 1u] = -sign * slope; }
}

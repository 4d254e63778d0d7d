// out[r] = Σ_{token < count} (left·g[a+token] + right·g[b+token]) ⊙ (y[b+token] - y[a+token])
// out [rows, width], y, g [tokens, width], items [rows, 3]: a, b, count. Sums in token order; four
// tokens are read at once, so that their loads overlap.
// Launch (⌈width / WORKGROUP⌉, span, ⌈rows / span⌉). Twin: src/compute/cpu/conductance.ts
struct Params { rows: u32, width: u32, span: u32, left: f32, right: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read> g: array<f32>;
@group(0) @binding(4) var<storage, read> items: array<u32>;
@compute @workgroup_size(WORKGROUP)
fn conductance(@builtin(global_invocation_id) id: vec3u) {
  let r = id.y + id.z * p.span;
  if id.x >= p.width || r >= p.rows { return; }
  let count = items[3u * r + 2u];
  var now = items[3u * r] * p.width + id.x;
  var next = items[3u * r + 1u] * p.width + id.x;
  var sum = 0.0;
  let w = p.width;
  for (var token = 0u; token < count / 4u; token++) {
    let gnow = vec4f(g[now], g[now + w], g[now + 2u * w], g[now + 3u * w]);
    let gnext = vec4f(g[next], g[next + w], g[next + 2u * w], g[next + 3u * w]);
    let ynow = vec4f(y[now], y[now + w], y[now + 2u * w], y[now + 3u * w]);
    let ynext = vec4f(y[next], y[next + w], y[next + 2u * w], y[next + 3u * w]);
    for (var i = 0u; i < 4u; i++) {
      sum += (p.left * gnow[i] + p.right * gnext[i]) * (ynext[i] - ynow[i]);
    }
    now += 4u * w;
    next += 4u * w;
  }
  for (var token = 0u; token < count % 4u; token++) {
    sum += (p.left * g[now] + p.right * g[next]) * (y[next] - y[now]);
    now += w;
    next += w;
  }
  out[r * p.width + id.x] = sum;
}

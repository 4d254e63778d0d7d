// What attention with options is made of (docs/numerics.md): `key_heads` heads of keys that heads of
// queries share, `causal`, `window`, and `bias` [2 · middle + 1, heads] where `biased`. A row's query i
// is at place i of its tokens, or where `last` at keys - queries + i. A row is (first key, keys, first
// query, queries). A lane owns a query (or key) of a row and head: launch (⌈longest / WORKGROUP⌉,
// heads · ⌈R / span⌉, span). Twin: src/compute/cpu/attention.ts
struct Params {
  rows: u32, heads: u32, key_heads: u32, span: u32, causal: u32, window: u32, last: u32,
  biased: u32, middle: u32, scale: f32,
}
// The place of a row's first query.
fn offset(row: vec4u) -> u32 { return select(0u, row.y - row.w, p.last == 1u); }
// Keys [x, y) of a row that the query at a place sees.
fn keys_seen(row: vec4u, place: u32) -> vec2u {
  let ahead = select(min(p.window, row.y), 0u, p.causal == 1u);
  return vec2u(place - min(p.window, place), min(row.y, place + 1u + ahead));
}
// Queries [x, y) of a row that see key j.
fn queries_seeing(row: vec4u, j: u32) -> vec2u {
  let reach = min(p.window, row.y + row.w);
  let first = select(j - min(reach, j), j, p.causal == 1u); // places
  let before = offset(row);
  return vec2u(max(first, before), clamp(j + 1u + reach, before, before + row.w)) - before;
}
// The head of keys that a head of queries uses.
fn shared_head(head: u32) -> u32 { return head / (p.heads / p.key_heads); }
// What is added to the score of the query at a place with key j.
fn bias_of(j: u32, place: u32, head: u32) -> f32 {
  if p.biased == 0u { return 0.0; }
  return bias[(p.middle + j - place) * p.heads + head];
}

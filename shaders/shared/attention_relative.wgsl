// What attention with relative positions is made of (docs/numerics.md): S_ij = scale (q_i·k_j + (q_i ⊙
// m_i)·r_b + (k_j ⊙ n_j)·s_b), b = buckets[middle + i - j]. `pack` holds q, k, r, s, m and n, all
// [., heads · DEPTH], from its lines 0, k_at, r_at, s_at, m_at and n_at; m or n that begins at 0 is one
// everywhere. A row's query i is at place i of its tokens, or where `last` at keys - queries + i; a row
// is (first key, keys, first query, queries). A lane owns a query (or key) of a row and head: launch
// (⌈longest / WORKGROUP⌉, heads · ⌈R / span⌉, span). Twin: src/compute/cpu/attention.ts
struct Params {
  rows: u32, heads: u32, span: u32, last: u32, middle: u32,
  k_at: u32, r_at: u32, s_at: u32, m_at: u32, n_at: u32, scale: f32,
}
// The place of a row's first query.
fn offset(row: vec4u) -> u32 { return select(0u, row.y - row.w, p.last == 1u); }
// Where a head's numbers begin in a line of pack.
fn line_at(line: u32, head: u32) -> u32 { return (line * p.heads + head) * DEPTH; }
// A number of m or n.
fn kept(first: u32, line: u32, head: u32, c: u32) -> f32 {
  if first == 0u { return 1.0; }
  return pack[line_at(first + line, head) + c];
}

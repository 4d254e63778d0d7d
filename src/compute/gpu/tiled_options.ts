/**
 * The text of tiled attention with options: that of the tiled kernels (shaders/attention*_tiled.wgsl),
 * which stays as it is for attention without, changed at the lines that options concern. Parameters and
 * which keys a query sees are shaders/shared/attention_general.wgsl's.
 */

/** A line, or a part of it, and what takes its place. */
type Change = readonly [from: string, to: string];

/** Shared by all three: four scores at a time. */
const helpers = `
// Whether four queries from \`own\` of a row see key j.
fn seen_by(row: vec4u, own: u32, j: u32) -> vec4<bool> {
  let ahead = vec4i(vec4u(own, own + 1u, own + 2u, own + 3u) + offset(row)) - i32(j);
  let near = abs(ahead) <= vec4i(i32(p.window));
  return select(vec4<bool>(false), near & (ahead >= vec4i(select(-2147483647, 0, p.causal == 1u))), j < row.y);
}
// Whether query i of a row sees four keys from \`own\`.
fn sees(row: vec4u, own: u32, i: u32) -> vec4<bool> {
  let ahead = i32(i + offset(row)) - vec4i(vec4u(own, own + 1u, own + 2u, own + 3u));
  let near = abs(ahead) <= vec4i(i32(p.window));
  return select(vec4<bool>(false), near & (ahead >= vec4i(select(-2147483647, 0, p.causal == 1u))), i < row.w);
}
// The bias of a row's query i with key j, either of which may be after the last.
fn bias_at(row: vec4u, i: u32, j: u32, head: u32) -> f32 {
  return bias_of(min(j, row.y - 1u), min(i, row.w - 1u) + offset(row), head);
}
`;

const params: Change = [
  "struct Params { rows: u32, heads: u32, span: u32, scale: f32 }\n",
  helpers,
];
const biasAfter = (rows: number): Change => {
  const binding = (slot: number, name: string) =>
    `@group(0) @binding(${slot}) var<storage, read> ${name};\n`;
  const table = binding(rows, "rows: array<vec4u>");
  return [table, table + binding(rows + 1, "bias: array<f32>")];
};

/** Where a workgroup owns queries: lines of keys, and blocks of those keys alone that any query sees. */
const ownQueries: readonly Change[] = [
  [
    "(row.x + min(first + y + 8u * s, row.y - 1u)) * width + head * FOURS",
    "((row.x + min(first + y + 8u * s, row.y - 1u)) * p.key_heads + shared_head(head)) * FOURS",
  ],
  [
    "  for (var first = 0u; first < row.y; first += 8u * SHARE) {\n",
    `  let start = keys_seen(row, 32u * group.x + offset(row)).x;
  let end = keys_seen(row, min(32u * group.x + 31u, row.w - 1u) + offset(row)).y;
  for (var first = start; first < end; first += 8u * SHARE) {
`,
  ],
];

/** The scores of a key with four own queries get their biases. */
const addBias = (score: string, other: string) =>
  `if p.biased == 1u {
        ${score} += vec4f(
          bias_at(row, own, ${other}, head), bias_at(row, own + 1u, ${other}, head),
          bias_at(row, own + 2u, ${other}, head), bias_at(row, own + 3u, ${other}, head),
        );
      }`;

const forward: readonly Change[] = [
  params,
  biasAfter(6),
  ...ownQueries,
  [
    "if first + x + 8u * s >= row.y { score[s] = vec4f(-3.0e38); }",
    `${addBias("score[s]", "(first + x + 8u * s)")}
      score[s] = select(vec4f(-3.0e38), score[s], seen_by(row, own, first + x + 8u * s));`,
  ],
  [
    "select(vec4f(), exp(score[s] - rise), first + x + 8u * s < row.y)",
    "select(vec4f(), exp(score[s] - rise), seen_by(row, own, first + x + 8u * s))",
  ],
];

const backwardQuery: readonly Change[] = [
  params,
  biasAfter(9),
  ...ownQueries,
  [
    "      let dscore = exp(score[s] - logsum)",
    `      ${addBias("score[s]", "(first + x + 8u * s)")}
      let dscore = exp(score[s] - logsum)`,
  ],
  [
    "select(vec4f(), dscore, first + x + 8u * s < row.y)",
    "select(vec4f(), dscore, seen_by(row, own, first + x + 8u * s))",
  ],
];

/** A workgroup owns keys: it goes through the heads of queries that share theirs. */
const backwardKey: readonly Change[] = [
  params,
  biasAfter(9),
  ["group.z + p.span * (group.y / p.heads)", "group.z + p.span * (group.y / p.key_heads)"],
  ["  let head = group.y % p.heads;\n", "  let key_head = group.y % p.key_heads;\n"],
  [
    "(row.x + min(own + i, row.y - 1u)) * width + head * FOURS",
    "((row.x + min(own + i, row.y - 1u)) * p.key_heads + key_head) * FOURS",
  ],
  [
    "(row.x + own + i) * width + head * FOURS",
    "((row.x + own + i) * p.key_heads + key_head) * FOURS",
  ],
  [
    "  for (var first = 0u; first < row.w; first += 8u * SHARE) {\n",
    `  let start = queries_seeing(row, 32u * group.x).x;
  let end = queries_seeing(row, min(32u * group.x + 31u, row.y - 1u)).y;
  let heads = p.heads / p.key_heads;
  for (var head = key_head * heads; head < (key_head + 1u) * heads; head++) {
  for (var first = start; first < end; first += 8u * SHARE) {
`,
  ],
  [
    "    workgroupBarrier();\n  }\n  for (var i = 0u; i < 4u; i++) {\n    if own + i < row.y {\n",
    "    workgroupBarrier();\n  }\n  }\n  for (var i = 0u; i < 4u; i++) {\n    if own + i < row.y {\n",
  ],
  [
    "      let weight = exp(score[s] - known[s][x].x);\n",
    `      if p.biased == 1u {
        let i = first + x + 8u * s;
        score[s] += vec4f(
          bias_at(row, i, own, head), bias_at(row, i, own + 1u, head),
          bias_at(row, i, own + 2u, head), bias_at(row, i, own + 3u, head),
        );
      }
      let weight = exp(score[s] - known[s][x].x);
`,
  ],
  [
    "weights[s][x][y] = select(vec4f(), weight, first + x + 8u * s < row.w)",
    "weights[s][x][y] = select(vec4f(), weight, sees(row, own, first + x + 8u * s))",
  ],
  [
    "(change[s] - known[s][x].y), first + x + 8u * s < row.w)",
    "(change[s] - known[s][x].y), sees(row, own, first + x + 8u * s))",
  ],
];

/** A tiled kernel's text with options. */
export function withOptions(
  text: string,
  kernel: "attention" | "attention_backward_query" | "attention_backward_key",
): string {
  const changes = {
    attention: forward,
    attention_backward_query: backwardQuery,
    attention_backward_key: backwardKey,
  }[kernel];
  return changes.reduce((code, [from, to]) => {
    const parts = code.split(from);
    if (parts.length !== 2) {
      throw new SyntaxError(
        `Cannot add options to ${kernel}: expected "${from.trim()}" once, found it ${
          parts.length - 1
        } times`,
      );
    }
    return parts.join(to);
  }, text);
}

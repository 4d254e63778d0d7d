/** The shaders' text, with the shared functions that each uses. */

import activate from "../../../shaders/activate.wgsl" with { type: "text" };
import activateBackward from "../../../shaders/activate_backward.wgsl" with { type: "text" };
import add from "../../../shaders/add.wgsl" with { type: "text" };
import addTo from "../../../shaders/add_to.wgsl" with { type: "text" };
import addNorm from "../../../shaders/add_norm.wgsl" with { type: "text" };
import addNormBackward from "../../../shaders/add_norm_backward.wgsl" with { type: "text" };
import addRows from "../../../shaders/add_rows.wgsl" with { type: "text" };
import attention from "../../../shaders/attention.wgsl" with { type: "text" };
import attentionTiled from "../../../shaders/attention_tiled.wgsl" with { type: "text" };
import attentionBackwardKey from "../../../shaders/attention_backward_key.wgsl" with {
  type: "text",
};
import attentionBackwardQuery from "../../../shaders/attention_backward_query.wgsl" with {
  type: "text",
};
import attentionBackwardKeyTiled from "../../../shaders/attention_backward_key_tiled.wgsl" with {
  type: "text",
};
import attentionBackwardQueryTiled from "../../../shaders/attention_backward_query_tiled.wgsl" with {
  type: "text",
};
import attentionBackwardKeyGeneral from "../../../shaders/attention_backward_key_general.wgsl" with {
  type: "text",
};
import attentionBackwardQueryGeneral from "../../../shaders/attention_backward_query_general.wgsl" with {
  type: "text",
};
import attentionGeneral from "../../../shaders/attention_general.wgsl" with { type: "text" };
import attentionBackwardKeyRelative from "../../../shaders/attention_backward_key_relative.wgsl" with {
  type: "text",
};
import attentionBackwardQueryRelative from "../../../shaders/attention_backward_query_relative.wgsl" with {
  type: "text",
};
import attentionRelative from "../../../shaders/attention_relative.wgsl" with { type: "text" };
import divide from "../../../shaders/divide.wgsl" with { type: "text" };
import conductance from "../../../shaders/conductance.wgsl" with { type: "text" };
import embed from "../../../shaders/embed.wgsl" with { type: "text" };
import embedSome from "../../../shaders/embed_some.wgsl" with { type: "text" };
import mask from "../../../shaders/mask.wgsl" with { type: "text" };
import maxSim from "../../../shaders/max_sim.wgsl" with { type: "text" };
import maxSimBackward from "../../../shaders/max_sim_backward.wgsl" with { type: "text" };
import meanRows from "../../../shaders/mean_rows.wgsl" with { type: "text" };
import meanRowsBackward from "../../../shaders/mean_rows_backward.wgsl" with { type: "text" };
import norm from "../../../shaders/norm.wgsl" with { type: "text" };
import normBackward from "../../../shaders/norm_backward.wgsl" with { type: "text" };
import objective from "../../../shaders/objective.wgsl" with { type: "text" };
import activation from "../../../shaders/shared/activation.wgsl" with { type: "text" };
import attentionTile from "../../../shaders/shared/attention_tile.wgsl" with { type: "text" };
import generalAttention from "../../../shaders/shared/attention_general.wgsl" with { type: "text" };
import relativeAttention from "../../../shaders/shared/attention_relative.wgsl" with {
  type: "text",
};
import normal from "../../../shaders/shared/normal.wgsl" with { type: "text" };
import rowSum from "../../../shaders/shared/row_sum.wgsl" with { type: "text" };
import rotate from "../../../shaders/rotate.wgsl" with { type: "text" };
import similarity from "../../../shaders/similarity.wgsl" with { type: "text" };
import similarityBackward from "../../../shaders/similarity_backward.wgsl" with { type: "text" };
import sumColumns from "../../../shaders/sum_columns.wgsl" with { type: "text" };
import sumRows from "../../../shaders/sum_rows.wgsl" with { type: "text" };
import takeRows from "../../../shaders/take_rows.wgsl" with { type: "text" };
import tanh from "../../../shaders/tanh.wgsl" with { type: "text" };
import tanhBackward from "../../../shaders/tanh_backward.wgsl" with { type: "text" };
import termWeights from "../../../shaders/term_weights.wgsl" with { type: "text" };
import termWeightsBackward from "../../../shaders/term_weights_backward.wgsl" with { type: "text" };
import { withOptions } from "./tiled_options.ts";

/** Φ and φ, for the matrix product with gelu. */
export { normal };

/** WGSL by the name of its operation. */
export const shaders = {
  activate: normal + activation + activate,
  activate_backward: normal + activation + activateBackward,
  add,
  divide,
  add_to: addTo,
  add_norm: rowSum + addNorm,
  add_norm_backward: rowSum + addNormBackward,
  add_rows: addRows,
  attention,
  attention_backward_key: attentionBackwardKey,
  attention_backward_key_general: generalAttention + attentionBackwardKeyGeneral,
  attention_backward_key_relative: relativeAttention + attentionBackwardKeyRelative,
  attention_backward_key_tiled: attentionTile + attentionBackwardKeyTiled,
  attention_backward_key_tiled_general: generalAttention + attentionTile +
    withOptions(attentionBackwardKeyTiled, "attention_backward_key"),
  attention_backward_query: attentionBackwardQuery,
  attention_backward_query_general: generalAttention + attentionBackwardQueryGeneral,
  attention_backward_query_relative: relativeAttention + attentionBackwardQueryRelative,
  attention_backward_query_tiled: attentionTile + attentionBackwardQueryTiled,
  attention_backward_query_tiled_general: generalAttention + attentionTile +
    withOptions(attentionBackwardQueryTiled, "attention_backward_query"),
  attention_general: generalAttention + attentionGeneral,
  attention_relative: relativeAttention + attentionRelative,
  attention_tiled: attentionTile + attentionTiled,
  attention_tiled_general: generalAttention + attentionTile +
    withOptions(attentionTiled, "attention"),
  conductance,
  embed,
  embed_some: embedSome,
  mask,
  max_sim: maxSim,
  max_sim_backward: maxSimBackward,
  mean_rows: meanRows,
  mean_rows_backward: meanRowsBackward,
  norm: rowSum + norm,
  norm_backward: rowSum + normBackward,
  objective,
  rotate,
  similarity: rowSum + similarity,
  similarity_backward: rowSum + similarityBackward,
  sum_columns: rowSum + sumColumns,
  sum_rows: sumRows,
  take_rows: takeRows,
  tanh,
  tanh_backward: tanhBackward,
  term_weights: termWeights,
  term_weights_backward: termWeightsBackward,
} as const;

/** The name of a shader. */
export type ShaderName = keyof typeof shaders;

/** A loop that counts from 0 by 1. */
const LOOP = /for \(var (\w+) = 0u; \1 < ([^;{}]+); \1\+\+\) \{/;

/**
 * A shader with every loop `for (var c = 0u; c < DEPTH; c++) { … }` to one of `constants`, a number,
 * or their product or quotient written out, so that arrays which it indexes are registers on drivers
 * that unroll nothing. A copy whose body declares names is a block. Braces must balance, comments' too.
 */
export function writtenOut(code: string, constants: Readonly<Record<string, number>>): string {
  const loop = LOOP.exec(code);
  if (!loop) return code;
  const [head, name, bound] = loop;
  const start = loop.index + head.length;
  const count = valueOf(bound, constants);
  if (count === undefined) return code.slice(0, start) + writtenOut(code.slice(start), constants);
  const end = closing(code, start);
  const body = writtenOut(code.slice(start, end), constants);
  const block = /\b(let|var)\b/.test(body);
  const copies = Array.from({ length: count }, (_, i) => {
    const copy = body.replaceAll(new RegExp(`\\b${name}\\b`, "g"), `${i}u`);
    return block ? `{${copy}}` : copy;
  });
  return code.slice(0, loop.index) + copies.join("") + writtenOut(code.slice(end + 1), constants);
}

/** The value of `A`, `8u * A`, `A / 4u` and so on; none where a name is no constant. */
function valueOf(bound: string, constants: Readonly<Record<string, number>>): number | undefined {
  const [first, ...others] = bound.split(/\s*([*/])\s*/);
  const number = (text: string) => /^\d+u$/.test(text) ? parseInt(text) : constants[text];
  let value: number | undefined = number(first);
  for (let i = 0; i < others.length && value !== undefined; i += 2) {
    const factor = number(others[i + 1]);
    if (factor === undefined) return undefined;
    value = others[i] === "*" ? value * factor : Math.floor(value / factor);
  }
  return value;
}

/** Where the block ends that begins at `start`. */
function closing(code: string, start: number): number {
  let open = 1;
  let at = start;
  for (; open > 0 && at < code.length; at++) {
    if (code[at] === "{") open++;
    if (code[at] === "}") open--;
  }
  return at - 1;
}

/** The shaders' text, with the shared functions that each uses. */

import addNorm from "../../../shaders/add_norm.wgsl" with { type: "text" };
import addNormBackward from "../../../shaders/add_norm_backward.wgsl" with { type: "text" };
import addRows from "../../../shaders/add_rows.wgsl" with { type: "text" };
import attention from "../../../shaders/attention.wgsl" with { type: "text" };
import attentionBackwardKey from "../../../shaders/attention_backward_key.wgsl" with {
  type: "text",
};
import attentionBackwardQuery from "../../../shaders/attention_backward_query.wgsl" with {
  type: "text",
};
import conductance from "../../../shaders/conductance.wgsl" with { type: "text" };
import embed from "../../../shaders/embed.wgsl" with { type: "text" };
import mask from "../../../shaders/mask.wgsl" with { type: "text" };
import objective from "../../../shaders/objective.wgsl" with { type: "text" };
import normal from "../../../shaders/shared/normal.wgsl" with { type: "text" };
import rowSum from "../../../shaders/shared/row_sum.wgsl" with { type: "text" };
import sumColumns from "../../../shaders/sum_columns.wgsl" with { type: "text" };
import sumRows from "../../../shaders/sum_rows.wgsl" with { type: "text" };
import takeRows from "../../../shaders/take_rows.wgsl" with { type: "text" };
import tanh from "../../../shaders/tanh.wgsl" with { type: "text" };
import tanhBackward from "../../../shaders/tanh_backward.wgsl" with { type: "text" };

/** Φ and φ, for the matrix product with gelu. */
export { normal };

/** WGSL by the name of its operation. */
export const shaders = {
  add_norm: rowSum + addNorm,
  add_norm_backward: rowSum + addNormBackward,
  add_rows: addRows,
  attention,
  attention_backward_key: attentionBackwardKey,
  attention_backward_query: attentionBackwardQuery,
  conductance,
  embed,
  mask,
  objective,
  sum_columns: rowSum + sumColumns,
  sum_rows: sumRows,
  take_rows: takeRows,
  tanh,
  tanh_backward: tanhBackward,
} as const;

/** The name of a shader. */
export type ShaderName = keyof typeof shaders;

/**
 * A shader with every loop `for (var c = 0u; c < DEPTH; c++) { … }` written out, so that arrays over
 * the depth of a head are registers on drivers that unroll nothing. Bodies hold no braces.
 */
export function writtenOut(code: string, { DEPTH = 0 }: Readonly<Record<string, number>>): string {
  return code.replaceAll(
    /for \(var c = 0u; c < DEPTH; c\+\+\) \{([^{}]*)\}/g,
    (_, body: string) =>
      Array.from({ length: DEPTH }, (_, c) => body.replaceAll(/\bc\b/g, `${c}u`)).join(""),
  );
}

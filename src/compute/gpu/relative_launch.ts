/** Launches attention with relative positions, whose inputs are packed: they are more than may be bound. */

import { attentionPlan } from "../attention_plan.ts";
import type { Attention, Ops, Tensor, UnitMask } from "../ops.ts";
import type { launches } from "./launches.ts";
import { ROW_ALIGNMENT, SPAN, WORKGROUP } from "./layout.ts";

/** What tensors of the launches' own need, and where they are. */
export interface Memory {
  /** Whether the adapter is a program. */
  readonly software: boolean;
  allocate(rows: number, width: number): Tensor;
  slice: Ops["slice"];
  copy(from: Tensor, to: Tensor): void;
  free: Ops["free"];
}

/** Attention and its gradients with relative positions. */
export function relativeLaunches(
  { launch, byCell }: ReturnType<typeof launches>,
  { allocate, slice, copy, free, software }: Memory,
): Pick<Ops, "attention" | "attentionBackward"> {
  /** q, k, r, s, and of m and n what is given, one after another, and the line where each begins. */
  function packed({ query, key, relative }: Attention) {
    const { key: r, query: s, keep } = relative!;
    const parts: readonly (readonly [string, number, Tensor | UnitMask])[] = [
      ["q_at", query.rows, query],
      ["k_at", key.rows, key],
      ["r_at", r.rows, r],
      ["s_at", s.rows, s],
      ...(keep?.key ? [["m_at", query.rows, keep.key] as const] : []),
      ...(keep?.query ? [["n_at", key.rows, keep.query] as const] : []),
    ];
    const at: Record<string, number> = { m_at: 0, n_at: 0 };
    let lines = 0;
    for (const [name, rows] of parts) {
      at[name] = lines;
      lines += Math.ceil(rows / ROW_ALIGNMENT) * ROW_ALIGNMENT;
    }
    const pack = allocate(lines, query.width);
    for (const [name, rows, from] of parts) {
      const to = slice(pack, at[name], rows);
      if ("keep" in from) byCell("take_rows", rows, [to, from.keep, from.maskOf]);
      else copy(from, to);
    }
    return { pack, at };
  }
  function run(
    kernel: "attention" | "attention_backward_query" | "attention_backward_key",
    tensors: readonly Tensor[],
    inputs: Attention,
    at: Readonly<Record<string, number>>,
  ) {
    const { rows, heads, longest, relative } = inputs;
    const { depth, scale, last, middle } = attentionPlan(inputs);
    const span = Math.min(rows.rows, SPAN);
    const most = kernel === "attention_backward_key" ? longest.keys : longest.queries;
    launch(
      `${kernel}_relative`,
      { rows: rows.rows, heads, span, last: last ? 1 : 0, middle, scale, ...at },
      [...tensors, inputs.value, rows, relative!.bucketOf],
      [Math.ceil(most / WORKGROUP), heads * Math.ceil(rows.rows / span), span],
      { DEPTH: depth },
      { loops: software },
    );
  }
  return {
    attention(out, lse, inputs) {
      const { pack, at } = packed(inputs);
      run("attention", [out, lse, pack], inputs, at);
      free(pack);
    },
    attentionBackward({ query, key, value }, dout, out, lse, inputs) {
      const { pack, at } = packed(inputs);
      const delta = allocate(lse.rows, lse.width);
      run("attention_backward_query", [query, delta, dout, out, lse, pack], inputs, at);
      run("attention_backward_key", [key, value, dout, delta, lse, pack], inputs, at);
      free(pack, delta);
    },
  };
}

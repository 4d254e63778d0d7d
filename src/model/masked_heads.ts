/**
 * Attention whose probabilities are multiplied by factors, by head and pair of segments, after softmax:
 * out_i = Σ over segments s of factor(segment of i, s) Σ_{j ∈ s} A_ij V_j, each the
 * attention to the values of segment s alone, others being zero.
 * Renormalised, it is divided by Σ_s factor(segment of i, s) Σ_{j ∈ s} A_ij, the same of values that are all
 * ones: with factors 0 and 1 as if the scores of 0 were not there; a token that is left none gets 0.
 */

import type { Attention, Ops, Tensor } from "../compute/ops.ts";
import type { Graph } from "./graph.ts";
import type { Step } from "./steps.ts";
import { SEGMENT_PAIRS, SEGMENTS, unitOfHead } from "./heads.ts";
import type { MasksOfRows, SegmentLines } from "./mask.ts";

/** What a batch's heads are multiplied by at one step. */
export interface HeadFactors {
  /** [masks, 25 H]. */
  readonly numbers: Float32Array;
  /** Whether what is left of a token's probabilities sums to 1 again. */
  readonly renormalised: boolean;
  readonly ofQuery: SegmentLines;
  readonly ofKey: SegmentLines;
}

/** The factors of a step's heads; none where no head of it is masked. */
export function headFactorsOf(
  { masks: used }: { readonly masks?: MasksOfRows },
  { site, query, key }: Pick<Step & { readonly kind: "attend" }, "site" | "query" | "key">,
): HeadFactors | undefined {
  const numbers = site && used?.masks.heads?.[site.layer][site.component];
  if (!numbers) return undefined;
  const of = (lines: keyof NonNullable<MasksOfRows["segments"]>) => used!.segments![lines]!;
  const renormalised = used!.masks.renormalised ?? false;
  return { numbers, renormalised, ofQuery: of(query.lines), ofKey: of(key.lines) };
}

/** Numbers of a token that a pass with masked heads holds beside others: two sets of values, three contexts. */
export function numbersOfMaskedHeads({ steps }: Pick<Graph, "steps">): number {
  return Math.max(
    0,
    ...steps.map((step) =>
      step.kind === "attend" ? 2 * step.value.width + 3 * step.query.width : 0
    ),
  );
}

/** Attention, or masked attention where there are factors. */
export function attend(
  ops: Ops,
  { out, lse }: { readonly out: Tensor; readonly lse: Tensor },
  { attention, factors }: { readonly attention: Attention; readonly factors?: HeadFactors },
): void {
  if (!factors) return ops.attention(out, lse, attention);
  if (!factors.renormalised) return weighted(ops, { out, lse }, { attention, factors });
  const { value } = attention;
  const all = onlySegments(ops, [...Array(SEGMENTS).keys()], value.width);
  const ones = ops.empty(value.rows, value.width);
  ops.takeRows(ones, all, factors.ofKey.segment);
  const [sum, left] = [0, 1].map(() => ops.empty(out.rows, out.width));
  weighted(ops, { out: sum, lse }, { attention, factors });
  weighted(ops, { out: left, lse }, { attention: { ...attention, value: ones }, factors });
  ops.divide(out, sum, left);
  ops.free(all, ones, sum, left);
}

/** out_i = Σ_s factor(segment of i, s) Σ_{j ∈ s} A_ij V_j. */
function weighted(
  ops: Ops,
  { out, lse }: { readonly out: Tensor; readonly lse: Tensor },
  { attention, factors: { numbers, ofQuery, ofKey } }: {
    readonly attention: Attention;
    readonly factors: HeadFactors;
  },
): void {
  const { heads, value, query } = attention;
  const all = [...Array(SEGMENTS).keys()];
  const masked = all.filter((to) => hasOther(numbers, to));
  const rest = all.filter((to) => !masked.includes(to));
  const inOrder = ops.indices(value.rows, 1, Uint32Array.from({ length: value.rows }, (_, i) => i));
  const values = ops.empty(value.rows, value.width);
  const context = ops.empty(out.rows, out.width);
  [...(rest.length > 0 ? [rest] : []), ...masked.map((to) => [to])].forEach((group, i) => {
    const own = i === 0 ? out : context;
    const keep = onlySegments(ops, group, value.width);
    ops.takeRows(values, value, inOrder);
    ops.mask(values, { keep, maskOf: ofKey.segment });
    ops.attention(own, lse, { ...attention, value: values });
    ops.free(keep);
    if (group !== rest) {
      const factor = factorsTo(ops, numbers, { heads, to: group[0], width: query.width });
      ops.mask(own, { keep: factor, maskOf: ofQuery.maskAndSegment });
      ops.free(factor);
    }
    if (own !== out) ops.add(out, out, own);
  });
  ops.free(inOrder, values, context);
}

/** Ones in the lines of some segments, zeros in others: [segments, width]. */
export function onlySegments(ops: Ops, group: readonly number[], width: number): Tensor {
  const numbers = new Float32Array(SEGMENTS * width);
  for (const to of group) numbers.fill(1, to * width, (to + 1) * width);
  return ops.floats(SEGMENTS, width, numbers);
}

/** Whether some head is masked where it attends to a segment. */
function hasOther(numbers: Float32Array, to: number): boolean {
  return numbers.some((factor, i) => i % SEGMENTS === to && factor !== 1);
}

/** Factors of what heads find in a segment: [5 masks, H·d], a line a mask and attending segment. */
function factorsTo(
  ops: Ops,
  numbers: Float32Array,
  { heads, to, width }: { readonly heads: number; readonly to: number; readonly width: number },
): Tensor {
  const units = SEGMENT_PAIRS * heads;
  const lines = SEGMENTS * numbers.length / units;
  const depth = width / heads;
  const table = new Float32Array(lines * width);
  for (let line = 0; line < lines; line++) {
    const mask = Math.floor(line / SEGMENTS);
    for (let head = 0; head < heads; head++) {
      const factor = numbers[mask * units + unitOfHead({ head, from: line % SEGMENTS, to })];
      const at = line * width + head * depth;
      table.fill(factor, at, at + depth);
    }
  }
  return ops.floats(lines, width, table);
}

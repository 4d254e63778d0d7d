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
  made: { readonly out: Tensor; readonly lse: Tensor },
  { attention, factors }: { readonly attention: Attention; readonly factors?: HeadFactors },
): void {
  if (!factors) return ops.attention(made.out, made.lse, attention);
  if (!factors.renormalised) return weighted(ops, made, { attention, factors });
  const { value } = attention;
  const ones = ops.empty(value.rows, value.width);
  fillOnes(ops, ones, factors.ofKey);
  const [sum, left] = [0, 1].map(() => ops.empty(made.out.rows, made.out.width));
  weighted(ops, { ...made, out: sum }, { attention, factors });
  const ofOnes = { ...attention, value: ones };
  weighted(ops, { ...made, out: left }, { attention: ofOnes, factors, isOfOnes: true });
  ops.divide(made.out, sum, left);
  ops.free(ones, sum, left);
}

function fillOnes(ops: Ops, x: Tensor, { segment }: SegmentLines): void {
  const lines = onlySegments(ops, all, x.width);
  ops.takeRows(x, lines, segment);
  ops.free(lines);
}

/**
 * out_i = Σ_s factor(segment of i, s) Σ_{j ∈ s} A_ij V_j. Where all values are ones (`isOfOnes`), masks
 * all of whose factors are 1 leave 1, to which probabilities sum only almost.
 */
function weighted(
  ops: Ops,
  { out, lse }: { readonly out: Tensor; readonly lse: Tensor },
  { attention, factors: { numbers, ofQuery, ofKey }, isOfOnes = false }: {
    readonly attention: Attention;
    readonly factors: HeadFactors;
    readonly isOfOnes?: boolean;
  },
): void {
  const { heads, value, query } = attention;
  const inOrder = ops.indices(value.rows, 1, Uint32Array.from({ length: value.rows }, (_, i) => i));
  const values = ops.empty(value.rows, value.width);
  const context = ops.empty(out.rows, out.width);
  groupsOf(numbers, heads).forEach(({ segments, table }, i) => {
    const own = i === 0 ? out : context;
    const isWhole = segments.length === SEGMENTS;
    if (isWhole && isOfOnes) fillOnes(ops, own, ofQuery);
    else if (isWhole) ops.attention(own, lse, attention);
    else {
      const keep = onlySegments(ops, segments, value.width);
      ops.takeRows(values, value, inOrder);
      ops.mask(values, { keep, maskOf: ofKey.segment });
      ops.free(keep);
      ops.attention(own, lse, { ...attention, value: values });
    }
    const factor = table(ops, query.width);
    ops.mask(own, { keep: factor, maskOf: ofQuery.maskAndSegment });
    ops.free(factor);
    if (own !== out) ops.add(out, out, own);
  });
  ops.free(inOrder, values, context);
}

/** Segments that are attended to in one attention, and what its context counts for. */
interface Group {
  readonly segments: readonly number[];
  /** Factors [5 masks, H·d], a line a mask and attending segment. */
  readonly table: (ops: Ops, width: number) => Tensor;
}

const all = [...Array(SEGMENTS).keys()];

/**
 * The attentions of which masks' contexts are sums: which ones a mask takes depends on itself alone, not on
 * the others that are computed with it. One that changes nothing takes attention as it is; one that changes
 * what is attended to in one segment this one and the others together; any other takes all five.
 */
function groupsOf(numbers: Float32Array, heads: number): Group[] {
  const units = SEGMENT_PAIRS * heads;
  const changed = Array.from({ length: numbers.length / units }, (_, mask) => {
    const own = numbers.subarray(mask * units, (mask + 1) * units);
    return all.filter((to) => own.some((factor, i) => i % SEGMENTS === to && factor !== 1));
  });
  const counted = (of: (changed: readonly number[]) => boolean, to?: number) => {
    const takes = changed.map(of);
    if (!takes.includes(true)) return [];
    const table: Group["table"] = (ops, width) =>
      factorTable(ops, { lines: SEGMENTS * takes.length, heads, width }, (line, head) => {
        const mask = Math.floor(line / SEGMENTS);
        if (!takes[mask]) return 0;
        if (to === undefined) return 1;
        return numbers[mask * units + unitOfHead({ head, from: line % SEGMENTS, to })];
      });
    return [table];
  };
  const isOnly = (to: number) => (own: readonly number[]) => own.length === 1 && own[0] === to;
  const rest = (to: number) => all.filter((other) => other !== to);
  return [
    ...counted((own) => own.length === 0).map((table) => ({ segments: all, table })),
    ...all.flatMap((to) => counted(isOnly(to)).map((table) => ({ segments: rest(to), table }))),
    ...all.flatMap((to) =>
      counted((own) => own.length > 1 || isOnly(to)(own), to)
        .map((table) => ({ segments: [to], table }))
    ),
  ];
}

/** Ones in the lines of some segments, zeros in others: [segments, width]. */
export function onlySegments(ops: Ops, group: readonly number[], width: number): Tensor {
  const numbers = new Float32Array(SEGMENTS * width);
  for (const to of group) numbers.fill(1, to * width, (to + 1) * width);
  return ops.floats(SEGMENTS, width, numbers);
}

/** [lines, H·d] of a factor a line and head. */
function factorTable(
  ops: Ops,
  { lines, heads, width }: {
    readonly lines: number;
    readonly heads: number;
    readonly width: number;
  },
  factorOf: (line: number, head: number) => number,
): Tensor {
  const depth = width / heads;
  const table = new Float32Array(lines * width);
  for (let line = 0; line < lines; line++) {
    for (let head = 0; head < heads; head++) {
      const at = line * width + head * depth;
      table.fill(factorOf(line, head), at, at + depth);
    }
  }
  return ops.floats(lines, width, table);
}

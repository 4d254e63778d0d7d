/** Which kernel an attention takes, and its operands. */

import { attentionPlan } from "../attention_plan.ts";
import type { Attention, Ops, Tensor } from "../ops.ts";
import { type Block, place, placeOrNone } from "./block.ts";
import { type Program, word } from "./program.ts";
import {
  attentionBackwardBytes,
  attentionBytes,
  attentionGeneralBackwardBytes,
  attentionGeneralBytes,
  attentionRelativeBackwardBytes,
  attentionRelativeBytes,
} from "./scratch.ts";

/** Attention and its gradients, recorded. */
export function attentionOperations(
  record: Program["record"],
): Pick<Ops, "attention" | "attentionBackward"> {
  return {
    attention(out, lse, inputs) {
      const { query, key, value, rows, heads } = inputs;
      const operands = [out, lse, query, key, value, rows].map(place);
      const depth = out.width / heads;
      if (isPlain(inputs)) {
        const scratchBytes = attentionBytes(table(rows), depth);
        record("attention", [...operands, rows.rows, out.width, heads], { scratchBytes });
      } else if (inputs.relative) {
        const buckets = inputs.relative.key.rows;
        const scratchBytes = attentionRelativeBytes(table(rows), depth, buckets);
        record("attentionRelative", [...operands, ...relativeWords(inputs)], { scratchBytes });
      } else {
        const scratchBytes = attentionGeneralBytes(table(rows), depth);
        record("attentionGeneral", [...operands, ...optionWords(inputs)], { scratchBytes });
      }
    },
    attentionBackward(gradient, dout, out, lse, inputs) {
      const { query, key, value, rows, heads } = inputs;
      const gradients = [gradient.query, gradient.key, gradient.value].map(place);
      const given = [dout, out, lse, query, key, value, rows].map(place);
      const operands = [...gradients, ...given];
      const depth = out.width / heads;
      if (isPlain(inputs)) {
        const scratchBytes = attentionBackwardBytes(table(rows), depth);
        record("attentionBackward", [...operands, rows.rows, out.width, heads], { scratchBytes });
      } else if (inputs.relative) {
        const buckets = inputs.relative.key.rows;
        const scratchBytes = attentionRelativeBackwardBytes(table(rows), depth, buckets);
        record("attentionRelativeBackward", [...operands, ...relativeWords(inputs)], {
          scratchBytes,
        });
      } else {
        const scratchBytes = attentionGeneralBackwardBytes(table(rows), depth);
        record("attentionGeneralBackward", [...operands, ...optionWords(inputs)], { scratchBytes });
      }
    },
  };
}

/** Operands of the kernels that know every option but tables. */
function optionWords(inputs: Attention): number[] {
  const { keyHeads, depth, scale, causal, window, last, middle } = attentionPlan(inputs);
  const shape = [inputs.rows.rows, inputs.heads, keyHeads, depth, word(scale)];
  return [...shape, causal ? 1 : 0, window, last ? 1 : 0, placeOrNone(inputs.bias), middle];
}

/** Operands of the kernels with tables. */
function relativeWords(inputs: Attention): number[] {
  const { depth, scale, last, middle } = attentionPlan(inputs);
  const { key, query, bucketOf, keep } = inputs.relative!;
  const shape = [inputs.rows.rows, inputs.heads, depth, word(scale), last ? 1 : 0];
  const masks = [keep?.key, keep?.query].flatMap((units) => [
    ...[units?.keep, units?.maskOf].map(placeOrNone),
    units?.keep.rows ?? 0,
  ]);
  return [...shape, ...[key, query, bucketOf].map(place), middle, key.rows, ...masks];
}

function table(rows: Tensor): Uint32Array {
  return (rows as Block).host!;
}

/** Whether the kernels that know no options compute it: their scale is 1/√d. */
function isPlain(inputs: Attention): boolean {
  return inputs.scale === undefined && attentionPlan(inputs).plain;
}

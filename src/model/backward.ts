/**
 * The way back through a recorded pass: gradients of F with respect to its kept values, by one rule a
 * step. Weights are frozen. The rules are derived line by line in docs/numerics.md.
 */

import type { Tensor } from "../compute/ops.ts";
import { attentionOf, type Encoder, maskOf, rotationOf, type Run } from "./forward.ts";
import { type GradientSums, gradientSums } from "./gradient_sums.ts";
import type { Step, Value } from "./steps.ts";
import type { Kept } from "./kept.ts";
import { compareTermsBackward } from "./terms.ts";

/**
 * Fills `gradients` with ∂F/∂ every kept value, given that of the graph's output (dlogits [R, labels])
 * and what the forward pass, which kept its values, left.
 *
 * Steps are gone through from the last to the first: a value's gradient is complete when the step that
 * made it is reached.
 */
export function backward(
  encoder: Encoder,
  { run, gradients }: { readonly run: Run; readonly gradients: Kept },
  doutput: Tensor,
): void {
  const { ops, graph: { steps, output, differentiated } } = encoder;
  const { sequences } = run.pass;
  const capacity = { tokens: sequences.tokens, sequences: sequences.count };
  const sums = gradientSums(ops, capacity, gradients);
  sums.share(output, doutput);
  for (let at = steps.length - 1; at >= 0; at--) {
    const step = steps[at];
    if (!differentiated[at] && !gradients.has(step.out)) {
      sums.forget(step.out);
      continue;
    }
    const dout = sums.complete(step.out);
    const mask = step.kind === "linear" ? maskOf(run.pass, step) : undefined;
    if (mask) ops.mask(dout, mask); // a masked unit's gradient is zero as well
    if (differentiated[at]) stepBackward(encoder, run, step, { dout, sums });
    sums.forget(step.out);
  }
  sums.close();
}

/** Adds what a step's readings gain of the gradient of what it made. */
function stepBackward(
  encoder: Encoder,
  run: Run,
  step: Step,
  { dout, sums }: { readonly dout: Tensor; readonly sums: GradientSums },
): void {
  const { ops, graph, weights } = encoder;
  const { sequences } = run.pass;
  const of = (value: Value) => run.tensors.get(value)!;
  switch (step.kind) {
    case "embed":
    case "start":
    case "segment":
      return;
    case "linear": {
      const preactivation = step.preactivation && of(step.preactivation);
      return sums.add(step.preactivation ?? step.x, (dx, plus) => {
        ops.linearBackward(dx, dout, weights.linears.get(step.linear)!, { plus, preactivation });
      });
    }
    case "addNorm": {
      // d(x + residual): both get it
      const { x, residual } = step;
      const norm = weights.norms.get(step.norm)!;
      const made = graph.steps[graph.madeBy[x.id]];
      const masked = made.kind === "linear" && maskOf(run.pass, made) !== undefined;
      const write = (dx: Tensor) => ops.addNormBackward(dx, dout, of(x), of(residual), norm);
      // the residual's gradient passes a mask by, and what other readers of x add
      return sums.writeShared(x, residual, write, { alone: !masked && graph.readers[x.id] === 1 });
    }
    case "norm":
      return sums.add(step.x, (dx, plus) => {
        ops.normBackward(dx, dout, of(step.x), weights.norms.get(step.norm)!, { plus });
      });
    case "add":
      sums.share(step.x, dout);
      return sums.share(step.y, dout);
    case "activate": {
      const { x, name, gate } = step;
      return sums.write(gate ? [x, gate] : [x], ([dx, dgate]) => {
        ops.activateBackward(dx, dout, of(x), { name, gate: gate && of(gate), dgate });
      });
    }
    case "rotate":
      return sums.write([step.x], ([dx]) => {
        ops.rotate(dx, dout, rotationOf(encoder, run, step, true));
      });
    case "attend":
      return sums.write([step.query, step.key, step.value], ([query, key, value]) => {
        const gradient = { query, key, value };
        ops.attentionBackward(
          gradient,
          dout,
          of(step.out),
          of(step.lse),
          attentionOf(encoder, run, step),
        );
      });
    case "tanh":
      return sums.write([step.x], ([dx]) => ops.tanhBackward(dx, dout, of(step.out)));
    case "take":
      return sums.addInto(step.x, (dx) => ops.addRows(dx, dout, sequences.taken));
    case "pool":
      return sums.write([step.x], ([dx]) => {
        ops.meanRowsBackward(dx, dout, sequences.tokensOfSequence!, sequences.sequenceOfToken);
      });
    case "similarity":
      return sums.write([step.x], ([dx]) => {
        ops.similarityBackward(dx, dout, of(step.x), step.similarity);
      });
    case "terms":
      return sums.write([step.x], ([dx]) => {
        compareTermsBackward(encoder, sequences, { dx, dout, x: of(step.x), tiles: step.tiles });
      });
    case "maxSim":
      return sums.write([step.x], ([dx]) => {
        const tables = { pairs: sequences.pairs!, textOf: sequences.sequenceOfToken };
        ops.maxSimBackward(dx, dout, of(step.x), of(step.best), tables);
      });
  }
}

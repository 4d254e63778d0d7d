/** FLOPs of evaluations and forward passes, and of the whole paper. */

/** A model's sizes and the tokens of a pair. */
export interface Shape {
  readonly layers: number;
  readonly width: number;
  readonly inner: number;
  readonly tokens: number;
}

/** FLOPs of a forward pass of one pair: six linears a layer, and attention over all pairs of tokens. */
export function forwardFlops({ layers, width, inner, tokens }: Shape): number {
  const linears = 2 * (4 * width * width + 2 * width * inner);
  return layers * tokens * (linears + 4 * tokens * width);
}

/**
 * FLOPs of an evaluation: forward, the same linears backward (no weight is changed, so no gradient of
 * weights), and attention backward, which computes the scores again.
 */
export function evaluationFlops(shape: Shape): number {
  const { layers, width, tokens } = shape;
  return 2 * forwardFlops(shape) + layers * tokens * 6 * tokens * width;
}

/**
 * FLOPs of an evaluation as it is computed: {@linkcode evaluationFlops}, but in the last layer key and
 * value alone for every token, the rest at [CLS].
 */
export function computedFlops(shape: Shape): number {
  const { width, tokens } = shape;
  const below = evaluationFlops({ ...shape, layers: shape.layers - 1 });
  return below + 2 * tokens * 2 * (2 * width * width);
}

/** What is run. */
export interface Plan {
  readonly schemes: number;
  readonly pairsPerScheme: number;
  readonly evaluationsPerPair: number;
  /** Collections whose lists are ranked again, queries of each, candidates of each. */
  readonly lists: number;
  readonly queries: number;
  readonly candidates: number;
  /** Neuron sets zeroed, the empty one included. */
  readonly masks: number;
}

/** Evaluations, forward passes and FLOPs of a plan. */
export function costOf(plan: Plan, shape: Shape) {
  const evaluations = plan.schemes * plan.pairsPerScheme * plan.evaluationsPerPair;
  const forwards = plan.lists * plan.queries * plan.candidates * plan.masks;
  return {
    evaluations,
    forwards,
    attributionFlops: evaluations * evaluationFlops(shape),
    ablationFlops: forwards * forwardFlops(shape),
  };
}

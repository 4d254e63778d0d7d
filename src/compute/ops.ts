/**
 * The arithmetic contract: every operation that a cross-encoder and its attribution need, with its
 * equation and shapes. `cpu/` computes it in float64 (the oracle), `gpu/` and `simd/` in float32.
 *
 * M tokens of R rows (sequences) lie one after another without padding; C is the model's width,
 * H its heads, N and K the outputs and inputs of a linear. Operations are recorded in order and
 * need not have run before {@linkcode Ops.read} resolves. Outputs come first.
 *
 * @module
 */

/** A matrix [rows, width] in the memory of one {@linkcode Ops}; vectors have one row. */
export interface Tensor {
  /** Number of rows. */
  readonly rows: number;
  /** Number of columns. */
  readonly width: number;
  /** `float`: the backend's floating-point type. `index`: unsigned 32-bit integers. */
  readonly type: "float" | "index";
}

/** A linear layer y = x Wᵀ + b, as PyTorch stores it. */
export interface Linear {
  /** W [N, K]. */
  readonly weight: Tensor;
  /** b [1, N]. */
  readonly bias: Tensor;
}

/**
 * LayerNorm(x) = (x - mean) / √(variance + ε) ⊙ γ + β, or RMSNorm(x) = x / √(mean(x²) + ε) ⊙ γ + β,
 * over each row or each group of its columns.
 */
export interface Norm {
  /** γ [1, C]. */
  readonly gain: Tensor;
  /** β [1, C]; nothing is added where there is none. */
  readonly bias?: Tensor;
  /** ε. */
  readonly epsilon: number;
  /** `layer` unless given. */
  readonly kind?: "layer" | "rms";
}

/** Which units a linear's output keeps, by row. */
export interface UnitMask {
  /** Ones and zeros [masks, N]. */
  readonly keep: Tensor;
  /** index [M, 1]: the mask of each row. */
  readonly maskOf: Tensor;
}

/** What a linear does to its output in the same pass. */
export interface LinearOptions {
  /** out[m] ⊙= keep[maskOf[m]]. */
  readonly mask?: UnitMask;
  /** Receives gelu(out) = out Φ(out), Φ the normal distribution function (exact GELU, as BERT uses). [M, N] */
  readonly activated?: Tensor;
}

/** What a linear's gradient is added to and multiplied by in the same pass. */
export interface LinearBackwardOptions {
  /** Is added; may be dx itself. [M, K] */
  readonly plus?: Tensor;
  /** What x was before gelu made it, z: then dx = ∂F/∂z = ∂F/∂x ⊙ (Φ(z) + z φ(z)). [M, K] */
  readonly preactivation?: Tensor;
}

/** An activation: f(x) is exact or tanh-approximated gelu, x σ(x), or max(x, 0). */
export type ActivationName = "gelu" | "gelu-tanh" | "silu" | "relu";

/** The names of activations, in the order of their codes in the kernels. */
export const activations: readonly ActivationName[] = ["gelu", "gelu-tanh", "silu", "relu"];

/** Options of {@linkcode Ops.activate}. */
export interface Activation {
  /** f. */
  readonly name: ActivationName;
  /** Multiplies f(x). [M, N] */
  readonly gate?: Tensor;
}

/** By which angles {@linkcode Ops.rotate} turns each token's numbers. */
export interface Rotation {
  /** [P, d]: the cosines of the d/2 angles of each position, then their sines. */
  readonly angles: Tensor;
  /** index [M, 1]: the position of each token. */
  readonly positions: Tensor;
  /** Whether to turn back, which is the gradient: a rotation's inverse is its transpose. */
  readonly inverse?: boolean;
}

/** What F is, of the logits of one row; `label` is the class it speaks for. */
export type Target = "logit" | "probability" | "log-probability" | "margin";

/** The names of {@linkcode Target}, in the order of their codes in the kernels. */
export const targets: readonly Target[] = ["logit", "probability", "log-probability", "margin"];

/** How the vectors of two texts are compared: u·v / (|u| |v|), or u·v. */
export type Similarity = "cosine" | "dot";

/** Inputs of {@linkcode Ops.embed}. */
export interface Embedding {
  /** Word embeddings of the batch [W, C]; an index into it is a "word" below. */
  readonly words: Tensor;
  /** Position embeddings [P, C]; none are added where there are none. */
  readonly positions?: Tensor;
  /** Token type embeddings [S, C]; none are added where there are none. */
  readonly types?: Tensor;
  /** The LayerNorm after the sum, over whole rows, if there is one. */
  readonly norm?: Norm;
  /** index [n, 4], one line a token of a pair: input word, baseline word, position, type. */
  readonly tokens: Tensor;
  /** index [R, 4], one line a row: its first line in the output, its length, its first line in `tokens`, 0. */
  readonly rows: Tensor;
  /** index [M, 1]: the row of each token. */
  readonly rowOf: Tensor;
  /** float [R, 1]: where on the path each row is; 0 the baseline, 1 the input. */
  readonly t: Tensor;
}

/**
 * Inputs of {@linkcode Ops.attention}. d is the depth of a head, H·d the width of queries. What is not
 * given of the last eight leaves it softmax(QKᵀ/√d) V over all of a row's keys.
 */
export interface Attention {
  /** Queries [Q, H·d]; head h is columns h·d … (h+1)·d - 1. */
  readonly query: Tensor;
  /** Keys [M, G·d]. */
  readonly key: Tensor;
  /** Values [M, G·d]. */
  readonly value: Tensor;
  /** index [R, 4], one line a row: first key, number of keys, first query, number of queries. */
  readonly rows: Tensor;
  /** index [Q, 1]: the row of each query. */
  readonly rowOfQuery: Tensor;
  /** index [M, 1]: the row of each key. */
  readonly rowOfKey: Tensor;
  /** H. */
  readonly heads: number;
  /** Most queries, and most keys, of one row. */
  readonly longest: { readonly queries: number; readonly keys: number };
  /** What q·k is multiplied by; 1/√d unless given. */
  readonly scale?: number;
  /** G, which divides H: H/G query heads one after another share a head of keys; H unless given. */
  readonly keyHeads?: number;
  /** Whether the query at place i of its row sees only keys j ≤ i. */
  readonly causal?: boolean;
  /** The query at place i sees only keys j with |i - j| ≤ window; all unless given. */
  readonly window?: number;
  /**
   * Where a row has fewer queries than keys, which of its tokens they are: query q is at place q, or
   * at keys - queries + q. `first` unless given.
   */
  readonly queriesAre?: "first" | "last";
  /**
   * [2P - 1, H], P at least the most keys of a row: line P - 1 + j - i is added to the scaled scores of
   * the query at place i with key j. It gets no gradient.
   */
  readonly bias?: Tensor;
  /** What DeBERTa adds to scores; with `scale` and `queriesAre` alone. */
  readonly relative?: RelativePositions;
}

/**
 * Scores by content and position, of the query at place i with key j, b = bucketOf[P - 1 + i - j]:
 * scale (q_i·k_j + (q_i ⊙ keepKey)·key[b] + (k_j ⊙ keepQuery)·query[b]), head by head (He et al. 2020,
 * arXiv:2006.03654). The tables get no gradient; q and k get theirs through all three terms.
 */
export interface RelativePositions {
  /** Positions as keys [B, H·d], which queries meet. */
  readonly key: Tensor;
  /** Positions as queries [B, H·d], which keys meet. */
  readonly query: Tensor;
  /** index [2P - 1, 1], P at least the most keys of a row: the line of the tables for i - j. */
  readonly bucketOf: Tensor;
  /** Units that are masked in the tables: `key` by row of q [Q, 1], `query` by row of k [M, 1]. */
  readonly keep?: { readonly query?: UnitMask; readonly key?: UnitMask };
}

/** What a backend can hold. */
export interface Limits {
  /** Largest tensor, in bytes of its own floating-point type. */
  readonly tensorBytes: number;
  /** Bytes that one attribution or scoring batch may take beside the weights, unless told otherwise. */
  readonly memoryBytes: number;
  /** Tokens that a pass should have: one with fewer leaves some of the machine idle, more gain nothing. */
  readonly passTokens: number;
  /**
   * Passes that should be under way at once where memory holds them, so that the machine computes one
   * while the host waits for the numbers of another.
   */
  readonly passes: number;
  /** Bytes of one floating-point number: 4 or 8. */
  readonly floatBytes: 4 | 8;
  /** Bytes of one number of {@linkcode Ops.weights}: 2 where they are rounded to float16. */
  readonly weightBytes: 2 | 4 | 8;
  /** A {@linkcode Ops.slice} begins at a multiple of this many rows. */
  readonly rowAlignment: number;
}

/** A backend as its users see it; models opened on it compute there. */
export interface Backend {
  /** `gpu`: WGSL on WebGPU; `simd`: float32 WebAssembly on the cores; `cpu`: float64. */
  readonly kind: "cpu" | "gpu" | "simd";
  /** What it runs on, for provenance. */
  readonly adapter: string;
  /** Releases the device and all memory; no model on it can be used afterwards. */
  close(): void;
}

/** The operations. Shapes are checked by {@linkcode checked}, which every backend passes through. */
export interface Ops extends Backend {
  /** What it can hold. */
  readonly limits: Limits;
  /** What the device offers beyond the least, by WebGPU's names. */
  readonly features?: readonly string[];
  /** Which kernels were chosen for it, by purpose. */
  readonly kernels?: Readonly<Record<string, string>>;
  /**
   * How products differ from plain float32's, where they do, in words for provenance, and the relative
   * error, ‖found - exact‖ / ‖exact‖, that one may have.
   */
  readonly products?: { readonly name: string; readonly error: number };
  /** Time by operation up to the last `read`, where the backend was opened to measure it. */
  timings?(): readonly Timing[];

  /** A float tensor of zeros. */
  zeros(rows: number, width: number): Tensor;
  /** A float tensor of unknown contents, to be written whole before it is read. */
  empty(rows: number, width: number): Tensor;
  /** A float tensor holding `data` [rows, width], row by row. */
  floats(rows: number, width: number, data: Float32Array | Float64Array): Tensor;
  /** W of a linear [N, K], rounded to the precision in which weights are kept; only linears read it. */
  weights(rows: number, width: number, data: Float32Array | Float64Array): Tensor;
  /** An index tensor holding `data` [rows, width]. */
  indices(rows: number, width: number, data: Uint32Array): Tensor;
  /** `count` rows from `start`, sharing memory with `x`; freeing it frees nothing. */
  slice(x: Tensor, start: number, count: number): Tensor;
  /** Runs what is recorded and returns the numbers of `x`, row by row. */
  read(x: Tensor): Promise<Float32Array | Float64Array>;
  /**
   * The same, not before the runtime says that the device is done: where {@linkcode Ops.read} does not
   * wait for that, to check it by.
   */
  readAwaited?(x: Tensor): Promise<Float32Array | Float64Array>;
  /** Frees tensors, once the operations recorded so far have run. */
  free(...tensors: readonly Tensor[]): void;

  /**
   * out[m] = LayerNorm(x′ + t(x - x′) + position + type), x, x′ the words of token m; position, type
   * and LayerNorm where they are given. out [M, C]
   */
  embed(out: Tensor, embedding: Embedding): void;
  /** out = x Wᵀ + b, then masked; activated = gelu(out). out [M, N], x [M, K] */
  linear(out: Tensor, x: Tensor, linear: Linear, options?: LinearOptions): void;
  /** dx = (dy W + plus) ⊙ gelu′(preactivation). dx [M, K], dy [M, N] */
  linearBackward(dx: Tensor, dy: Tensor, linear: Linear, options?: LinearBackwardOptions): void;
  /** out = tanh(x). [R, C] */
  tanh(out: Tensor, x: Tensor): void;
  /** dx = dy ⊙ (1 - y²), y = tanh(x). All [R, C] */
  tanhBackward(dx: Tensor, dy: Tensor, y: Tensor): void;
  /** out = Norm(x) over each group of γ's d columns: a norm a head where n > 1. out, x [M, n·d], γ [1, d] */
  norm(out: Tensor, x: Tensor, norm: Norm): void;
  /** dx = ∂F/∂x of `norm`, given dy, + plus, which may be dx itself. All [M, n·d] */
  normBackward(
    dx: Tensor,
    dy: Tensor,
    x: Tensor,
    norm: Norm,
    options?: { readonly plus?: Tensor },
  ): void;
  /** out = x + y. out may be x or y. All [M, N] */
  add(out: Tensor, x: Tensor, y: Tensor): void;
  /** out = x / y, and 0 where y is 0. All [M, N] */
  divide(out: Tensor, x: Tensor, y: Tensor): void;
  /** out = f(x), or f(x) ⊙ gate. All [M, N] */
  activate(out: Tensor, x: Tensor, activation: Activation): void;
  /** dx = dout ⊙ f′(x), or dout ⊙ f′(x) ⊙ gate, and then dgate = dout ⊙ f(x). All [M, N] */
  activateBackward(
    dx: Tensor,
    dout: Tensor,
    x: Tensor,
    activation: Activation & { readonly dgate?: Tensor },
  ): void;
  /**
   * Rotary position embedding in halves: of each group of d columns with halves (a, b),
   * out = (a cos - b sin, b cos + a sin). out, x [M, n·d]
   */
  rotate(out: Tensor, x: Tensor, rotation: Rotation): void;
  /** out = LayerNorm(x + residual), β given. All [M, C] */
  addNorm(out: Tensor, x: Tensor, residual: Tensor, norm: Norm): void;
  /** dx = the gradient of LayerNorm(x + residual) with respect to that sum, given dy. All [M, C] */
  addNormBackward(dx: Tensor, dy: Tensor, x: Tensor, residual: Tensor, norm: Norm): void;
  /**
   * out = softmax(S) V by row and head, S = scale QKᵀ + bias, or with `relative` as it says, over the
   * keys that a query sees; lse = log Σ exp S. out [Q, H·d], lse [Q, H]. A query must see a key.
   */
  attention(out: Tensor, lse: Tensor, attention: Attention): void;
  /** The gradients of `attention`, given dout, out and lse; those of keys in rows without queries are 0. dq, dout, out [Q, H·d], dk, dv [M, G·d] */
  attentionBackward(
    gradient: { readonly query: Tensor; readonly key: Tensor; readonly value: Tensor },
    dout: Tensor,
    out: Tensor,
    lse: Tensor,
    attention: Attention,
  ): void;
  /** out[r] = x[index[r]]. out [R, C], x [M, C], index [R, 1] */
  takeRows(out: Tensor, x: Tensor, index: Tensor): void;
  /** dx[index[r]] += dy[r]. dx [M, C], dy [R, C], index [R, 1] without repetitions */
  addRows(dx: Tensor, dy: Tensor, index: Tensor): void;
  /**
   * out[r] = the mean of x[first … first + count - 1], (first, count) = groups[r]; 0 of no rows.
   * out [R, N], x [M, N], groups index [R, 2]
   */
  meanRows(out: Tensor, x: Tensor, groups: Tensor): void;
  /**
   * dx[m] = dout[r] / count, r = rowOf[m], (first, count) = groups[r]; 0 where m is not of that group.
   * dx [M, N], dout [R, N], groups index [R, 2], rowOf index [M, 1]
   */
  meanRowsBackward(dx: Tensor, dout: Tensor, groups: Tensor, rowOf: Tensor): void;
  /**
   * out[r] = u·v, or u·v / (|u| |v|), u = x[2r], v = x[2r + 1]; no length counts for less than 1e-12.
   * out [R, 1], x [2R, N]
   */
  similarity(out: Tensor, x: Tensor, kind: Similarity): void;
  /** dx = the gradient of `similarity`, given dout [R, 1]. dx, x [2R, N] */
  similarityBackward(dx: Tensor, dout: Tensor, x: Tensor, kind: Similarity): void;
  /**
   * out[r] = Σ_i max_j x_i·x_j, i of the query's tokens, j of the passage's with counted[j] ≠ 0, of which
   * there must be one: pairs[r] says first query token, how many, first passage token, how many. best[i] is
   * the first such j, from the passage's first token on, and 0 for tokens of passages.
   * out [R, 1], best [M, 1], x [M, N], pairs index [R, 4], counted index [M, 1]
   */
  maxSim(out: Tensor, best: Tensor, x: Tensor, pairs: Tensor, counted: Tensor): void;
  /**
   * dx = the gradient of `maxSim`, given dout [R, 1] and best. dx, x [M, N], textOf index [M, 1]: text 2r is
   * the query of row r, 2r + 1 its passage; every token must be of one.
   */
  maxSimBackward(
    dx: Tensor,
    dout: Tensor,
    x: Tensor,
    best: Tensor,
    tables: { readonly pairs: Tensor; readonly textOf: Tensor },
  ): void;
  /**
   * out[r] = log(1 + max(0, max_i x[first + i])), i < count, from[r] = the first i that reaches the maximum,
   * (first, count) = groups[r], count ≥ 1. out, from [R, N], x [M, N], groups index [R, 2]
   */
  termWeights(out: Tensor, from: Tensor, x: Tensor, groups: Tensor): void;
  /**
   * dx[m] = dout[r] exp(-out[r]) where m is the row that from[r] says and out[r] > 0, else 0; r = rowOf[m].
   * dx [M, N], dout, out, from [R, N], groups index [R, 2], rowOf index [M, 1]
   */
  termWeightsBackward(
    dx: Tensor,
    dout: Tensor,
    out: Tensor,
    from: Tensor,
    tables: { readonly groups: Tensor; readonly rowOf: Tensor },
  ): void;
  /** x[m] ⊙= keep[maskOf[m]]: what `linear` does to its output, for gradients. x [M, N] */
  mask(x: Tensor, mask: UnitMask): void;
  /**
   * value = F, dlogits = ∂F/∂logits. value [R, 1], dlogits and logits [R, labels], label [R, 1].
   * Two logits: F of class `label`. One logit s stands for the pair (0, s), with F = ±s for
   * `logit` and `margin`, + if label is 1.
   */
  objective(value: Tensor, dlogits: Tensor, logits: Tensor, label: Tensor, target: Target): void;
  /**
   * out[i] = Σ_{token < count} (left·g[a+token] + right·g[b+token]) ⊙ (y[b+token] - y[a+token]), one
   * interval of the path a line of items (a, b, count). out [I, N], y, g [tokens, N], items [I, 3]
   */
  conductance(out: Tensor, y: Tensor, g: Tensor, items: Tensor, pairing: EndpointWeights): void;
  /**
   * out[at + g] (+)= Σ x[first + i], i < count, in order, (first, count) = groups[g]; the other
   * lines of out stay. out [≥ at + G, N], x [I, N], groups [G, 2]
   */
  sumRows(out: Tensor, x: Tensor, groups: Tensor, options: SumRows): void;
  /** out[at + r] = Σ of the columns of x[r]; the other lines of out stay. out [≥ at + R, 1], x [R, N] */
  sumColumns(out: Tensor, x: Tensor, options: { readonly at: number }): void;
}

/** How long all calls of one operation took together. */
export interface Timing {
  /** The operation, or the kernel that computes it. */
  readonly operation: string;
  /** How often it ran. */
  readonly calls: number;
  /** Milliseconds, all calls together. */
  readonly milliseconds: number;
  /** What a matrix product computes, all calls together; 0 for other operations. */
  readonly gigaflop: number;
}

/** Options of {@linkcode Ops.sumRows}. */
export interface SumRows {
  /** Whether to add to what out holds. */
  readonly accumulate: boolean;
  /** The line of out where the first group goes. */
  readonly at: number;
}

/** Which gradients multiply an interval's change: those of its left end, its right end, or both. */
export interface EndpointWeights {
  /** Weight of the gradient at the left end. */
  readonly left: number;
  /** Weight of the gradient at the right end. */
  readonly right: number;
}

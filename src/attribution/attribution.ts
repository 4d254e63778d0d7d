/** What is asked of a pair, with which options, and what is found: the types of attributions. */

import type { Target } from "../compute/ops.ts";
import type { Label } from "../ir/words.ts";
import type { TextPair } from "../model/cross_encoder.ts";
import type { UnitKind } from "../model/heads.ts";
import type { Masks } from "../model/mask.ts";
import type { EncodeOptions } from "../model/pair_tokenizer.ts";
import type { Baseline, MovingText } from "./target/baseline.ts";
import type { Completeness } from "./completeness.ts";
import type { Round } from "./adaptive/pair_refinement.ts";
import type { Rule } from "./rule.ts";

/** A pair with its label. */
export interface LabelledPair extends TextPair {
  /** Which class F speaks for; `relevant` in a triple. */
  readonly label: Label;
  /** The passage that is not relevant, where `passage` is: the triple of target `pairwise`. */
  readonly other?: string;
}

/** What F is of the logits; `pairwise`, of a triple: σ(m₊ - m₋), m the margins of its two pairs. */
export type AttributionTarget = Target | "pairwise";

/** Options of {@linkcode attribute}. */
export interface AttributeOptions extends EncodeOptions {
  /** What F is; `logit` of the label's class unless given. */
  readonly target?: AttributionTarget;
  /**
   * The unit whose activation is F, in place of `target`: e.g. `7.intermediate.12`, or
   * `7.intermediate.12@passage`,
   * summed over all tokens or those of a segment (`cls`, `query`, `sep1`, `passage`, `sep2`). Or a
   * head's attention from one segment to another, `7.head.3.query>passage`. Units that are not below it
   * have conductance NaN.
   */
  readonly towards?: string;
  /** What is attributed to: outputs of `linears`, attention `heads`, or both; `linears` unless given. */
  readonly units?: readonly UnitKind[];
  /** Whether the conductances of linears are also split by the segment of their tokens; false unless given. */
  readonly bySegment?: boolean;
  /** Where the path begins; `pad` unless given. */
  readonly baseline?: Baseline;
  /** Which texts of a bi-encoder move along the path; `both` unless given. */
  readonly path?: MovingText;
  /** The quadrature; `adaptive` at its default tolerance unless given. */
  readonly rule?: Rule;
  /** Names of neurons that are zeroed, e.g. `7.value.312`. */
  readonly without?: readonly string[];
  /** The most pairs that share a pass; chosen for speed unless given. */
  readonly pairsPerBatch?: number;
  /**
   * Bytes of the host's memory for points of pairs that are too long for the backend's; three times
   * the backend's `memoryBytes` unless given. Points that do not fit are evaluated again.
   */
  readonly hostBytes?: number;
  /** Called as each round of the adaptive rule finishes for a pair. */
  readonly onRound?: (round: Round) => void;
  /** Ends the work between two rounds: its reason is thrown, and all memory given back. */
  readonly signal?: AbortSignal;
}

/** The same with masks that are in memory, in place of names. */
export interface MaskedOptions extends Omit<AttributeOptions, "without"> {
  /** Neurons that are zeroed or scaled: the first mask is used for every pair. */
  readonly masks?: Masks;
}

/** The attribution of one pair. */
export interface PairAttribution {
  /** Its place among the pairs given. */
  readonly index: number;
  /** Conductance of every neuron by id, summed over tokens; NaN where one is not below the unit of `towards`. */
  readonly conductance: Float64Array;
  /** With target `pairwise` that of the pair with the other passage; `conductance` is the relevant one's. */
  readonly other?: Float64Array;
  /**
   * With `bySegment`: what the tokens of each segment (`cls`, `query`, `sep1`, `passage`, `sep2`) contribute.
   * The five sum to `conductance`; heads have zeros in all of them. A value that a sequence has once, as
   * after pooling, counts for the token that it is read at.
   */
  readonly bySegment?: readonly Float64Array[];
  /** F at the baseline, at the input, and at each of `points`. */
  readonly F: {
    readonly baseline: number;
    readonly input: number;
    readonly along: readonly number[];
  };
  /** Forward and backward evaluations: the points of its path. */
  readonly evaluations: number;
  /** Evaluations done again where memory was short. */
  readonly repeated: number;
  /** The points t that the rule sums over, ascending. */
  readonly points: readonly number[];
  /** Its gaps of completeness at every cut. */
  readonly completeness: Completeness;
  /** Number of tokens. */
  readonly tokens: number;
}

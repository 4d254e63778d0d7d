/** What `describe` finds, as its file holds it. */

import type { Label } from "../../ir/words.ts";
import type { AxiomEffect } from "./axiom_effects.ts";
import type { MinimalPair } from "./axioms.ts";
import type { Quantity, SignalCorrelation, SignalLeftOut } from "./correlations.ts";
import type { Example } from "./examples.ts";
import type { NearestWords } from "./nearest_words.ts";
import type { SignalName } from "./signals.ts";

/** The version of the file. */
export const DESCRIPTION_FORMAT = "neuron-description/2";

/** A described pair. */
export interface PairDescription {
  /** What was asked. */
  readonly query: string;
  /** What may answer it. */
  readonly passage: string;
  /** Its class. */
  readonly label: Label;
  /** Its word pieces, special ones included. */
  readonly tokens: readonly string[];
  /** F at the input, and at the baseline. */
  readonly F: { readonly input: number; readonly baseline: number };
  /** null where the pair has none of that name. */
  readonly signals: Readonly<Record<SignalName, number | null>>;
}

/** A described neuron. */
export interface NeuronDescription extends NearestWords {
  /** `layer.component.unit`. */
  readonly neuron: string;
  /** The most exciting first. */
  readonly examples: readonly Example[];
}

/** Neurons that belong together, by name. */
export interface DescribedSet {
  /** As tables call it. */
  readonly name: string;
  /** `layer.component.unit`, each once. */
  readonly neurons: readonly string[];
}

/** How many neurons go along with a signal. */
export interface SignalSummary {
  /** The set whose neurons are counted. */
  readonly set: string;
  /** What of the neurons. */
  readonly quantity: Quantity;
  /** With what. */
  readonly signal: SignalName;
  /** Neurons whose correlation can be told. */
  readonly neurons: number;
  /** Those of them with p below .05 after correction and ρ above 0. */
  readonly positive: number;
  /** The same with ρ below 0. */
  readonly negative: number;
  /** Median of all neurons' ρ; null where none can be told. */
  readonly median: number | null;
  /** A quarter of them is below the first, a quarter above the last; null likewise. */
  readonly quartiles: readonly [low: number, high: number] | null;
  /** The neuron of the largest |ρ|, and its ρ; null where none can be told. */
  readonly strongest: { readonly neuron: string; readonly rho: number } | null;
}

/** How many neurons a change moves. */
export interface AxiomSummary {
  /** The set whose neurons are counted. */
  readonly set: string;
  /** Neurons that were looked at. */
  readonly neurons: number;
  /** Those of them whose conductance grows, p below .05 after correction. */
  readonly up: number;
  /** Those whose conductance falls. */
  readonly down: number;
  /** F's own effect. */
  readonly F: AxiomEffect;
}

/** What neurons respond to. */
export interface Description {
  /** In the order in which they were given. */
  readonly neurons: readonly NeuronDescription[];
  /** Likewise. */
  readonly pairs: readonly PairDescription[];
  /** Pairs that are as long as the model reads: the rest of their text counts in signals alone. */
  readonly cut: number;
  /** The sets, which may share neurons. */
  readonly sets: readonly DescribedSet[];
  /** Forward and backward evaluations that it took. */
  readonly evaluations: number;
  /** By set, quantity and signal. */
  readonly summary: readonly SignalSummary[];
  /** By neuron, quantity and signal. */
  readonly correlations: readonly SignalCorrelation[];
  /** Signals that there is no correlation with. */
  readonly leftOut: readonly SignalLeftOut[];
  /** By set and axiom. */
  readonly axioms: readonly (AxiomSummary & Pick<AxiomEffect, "axiom">)[];
  /** Of F by axiom, then by neuron and axiom. */
  readonly effects: readonly AxiomEffect[];
  /** What the effects are of. */
  readonly minimalPairs: readonly MinimalPair[];
}

/** What a study says of what its neurons respond to; the files beside it say it neuron by neuron. */

import type { AxiomEffect } from "../describe/axiom_effects.ts";
import type { SignalLeftOut } from "../describe/correlations.ts";
import type { AxiomSummary, SignalSummary } from "../describe/description.ts";

/** Sets, signals and axioms. */
export interface StudyDescription {
  /** The collection that the pairs are of. */
  readonly collection: string;
  /** The level that sets are cut at, a part of all neurons. */
  readonly level: number;
  /** The sets, as expressions, and their neurons. */
  readonly sets: readonly { readonly expression: string; readonly neurons: number }[];
  /** Pairs of either label that the model agrees with. */
  readonly pairs: number;
  /** Their queries. */
  readonly queries: number;
  /** Correlations that are corrected together. */
  readonly correlations: number;
  /** By set, quantity and signal. */
  readonly summary: readonly SignalSummary[];
  /** Signals that there is no correlation with. */
  readonly leftOut: readonly SignalLeftOut[];
  /** By set and axiom. */
  readonly axioms: readonly (AxiomSummary & Pick<AxiomEffect, "axiom">)[];
  /** Every neuron's correlations and contrasts: a TSV file. */
  readonly table: string;
  /** The same as a page with tokens: an HTML file. */
  readonly page: string;
}

/** How a scheme's strongest neurons are found, where the paper leaves it open; numbers as in docs/multiverse.md. */

/** Whether neurons are ordered by their mean conductance, or by its size whatever its sign (A12). */
export const strengths = ["signed", "absolute"] as const;

/**
 * Whether an intersection of sets of X % is filled up to X % (A17): it then has the X % whose worst
 * place among the orders of all schemes is best.
 */
export const refills = ["none", "level"] as const;

/**
 * What a fusion is the mean of (A20): the conductances, the conductances over their scheme's sum of
 * sizes, or the places among all neurons in order of strength.
 */
export const fusions = ["mean", "l1", "rank"] as const;

/** The choices; `signed`, `none` and `mean` unless given. */
export interface Selection {
  /** How neurons are ordered. */
  readonly strength?: (typeof strengths)[number];
  /** Whether intersections are filled up. */
  readonly refill?: (typeof refills)[number];
  /** What fusions are means of. */
  readonly fusion?: (typeof fusions)[number];
}

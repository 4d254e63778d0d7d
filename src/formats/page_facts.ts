/** What `explore` serves its page as JSON. */

import type { Label } from "../ir/words.ts";

/** explore.json: what the page begins with. */
export interface PageFacts {
  readonly model: { readonly name: string; readonly address: string; readonly kept: boolean };
  readonly pairs: readonly {
    readonly query: string;
    readonly passage: string;
    readonly label: Label;
  }[];
  readonly study?: StudyFacts;
}

/** A study as the page knows it. */
export interface StudyFacts {
  readonly title: string;
  /** Addresses below the page's. */
  readonly report: string;
  readonly schemes: readonly {
    /** P_ms, as its file is named. */
    readonly name: string;
    readonly collection: string;
    readonly label: string;
    readonly address: string;
  }[];
  readonly sets: Readonly<Record<string, readonly string[]>>;
  /** Collections whose queries can be re-ranked. */
  readonly validation: readonly { readonly abbreviation: string; readonly name: string }[];
}

/** The queries of a collection with their candidates. */
export interface QueryList {
  readonly collection: string;
  readonly queries: readonly {
    readonly id: string;
    readonly text: string;
    /** All judgements of the query by document, candidates or not. */
    readonly grades: Readonly<Record<string, number>>;
    readonly candidates: readonly { readonly id: string; readonly text: string }[];
  }[];
}

// The words of retrieval: queries, passages, judgements and runs.

/** An information need, as its collection words it. */
export interface Query {
  /** As its collection numbers it. */
  readonly id: string;
  /** As somebody would ask it. */
  readonly text: string;
}

/** A document, or the part of one that is ranked: its title, where it has one, leads its text. */
export interface Passage {
  /** As its collection numbers it. */
  readonly id: string;
  /** What is read: a title, where there is one, then the text. */
  readonly text: string;
}

/** What a cross-encoder reads at once. */
export interface Pair {
  /** What was asked. */
  readonly query: Query;
  /** What may answer it. */
  readonly passage: Passage;
}

/** The two classes of the paper's pairs. */
export type Label = "relevant" | "non-relevant";

/** The label of all pairs of a list; `mixed` where it has both. */
export type ListLabel = Label | "mixed";

/** The class of a label, and of a model's two logits: 1 relevant, 0 non-relevant. */
export function classOf(label: Label): 0 | 1 {
  return label === "relevant" ? 1 : 0;
}

/** A pair that an assessor, or the sampling of negatives, put into a class. */
export interface JudgedPair extends Pair {
  /** The class it stands for. */
  readonly label: Label;
  /** True where nobody judged the pair: a negative drawn from a ranking. */
  readonly sampled: boolean;
}

/** Grades that assessors gave: query id → document id → grade, an integer; above 0 is relevant. */
export type Qrels = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** What a system retrieved: query id → document id → score, the higher the better. */
export type Run = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** What the page asks of the worker, what it is told meanwhile, and what is answered. */

import type { Component, NeuronSpace } from "./names.ts";

/** A query, a passage, and the class that F speaks for: 1 relevant, 0 non-relevant. */
export interface Pair {
  readonly query: string;
  readonly passage: string;
  readonly label: "relevant" | "non-relevant";
}

/** Units (units.ts) whose outputs or probabilities are multiplied by a factor; 0 zeroes them. */
export interface MaskPart {
  readonly ids: readonly number[];
  readonly factor: number;
}

/** Where a model's files come from. */
export type ModelSource =
  | {
    /** Files below an address. */
    readonly kind: "address";
    readonly name: string;
    readonly address: string;
    /** Whether the browser keeps them between visits. */
    readonly kept: boolean;
  }
  | {
    /** Files of a folder of this machine, by their paths in it. */
    readonly kind: "files";
    readonly name: string;
    readonly files: readonly (readonly [path: string, file: Blob])[];
  };

/** What computes. */
export type BackendKind = "gpu" | "simd" | "cpu";

/** An open model. */
export interface ModelFacts {
  readonly name: string;
  /** What computes, e.g. "2 threads of WebAssembly". */
  readonly adapter: string;
  readonly kind: BackendKind;
  readonly space: NeuronSpace;
  readonly neurons: number;
  /** What tokens belong to, in the order of their indices. */
  readonly segments: readonly string[];
  /** Longest pair, in tokens. */
  readonly maxTokens: number;
  readonly seconds: number;
}

/** What a model says of a pair. */
export interface ScoreFacts {
  readonly logits: readonly number[];
  readonly probability: number;
}

/** A token of a pair, and its index into the segments' names. */
export interface Token {
  readonly piece: string;
  readonly segment: number;
}

/** How far an attribution has come. */
export interface Round {
  readonly evaluations: number;
  /** Points so far, ascending, F there, and the largest gap as a part of F's change. */
  readonly points?: readonly number[];
  readonly F?: readonly number[];
  readonly gap?: number;
}

/** A pair that was attributed. */
export interface Attributed {
  /** Its number in this session. */
  readonly run: number;
  readonly pair: Pair;
  readonly mask: readonly MaskPart[];
  /** The model's name and what computed. */
  readonly model: string;
  readonly adapter: string;
  readonly kind: BackendKind;
  readonly tokens: readonly Token[];
  readonly score: ScoreFacts;
  readonly conductance: Float64Array;
  /** Ids of all neurons, the largest |conductance| first. */
  readonly order: Uint32Array;
  readonly F: { readonly baseline: number; readonly input: number };
  readonly evaluations: number;
  readonly gap: number;
  readonly cuts: readonly { readonly cut: string; readonly gap: number }[];
  readonly points: readonly number[];
  readonly seconds: number;
}

/** A neuron along the path of a pair. */
export interface UnitPath {
  readonly id: number;
  /** Conductance by token. */
  readonly byToken: readonly number[];
  readonly points: readonly number[];
  readonly F: readonly number[];
  /** Sums over tokens by point. */
  readonly activation: readonly number[];
  readonly gradient: readonly number[];
  /** Conductance from the baseline up to each point. */
  readonly cumulative: readonly number[];
}

/** What a mask does to a pair's score, and what matched random neurons do. */
export interface Effect {
  readonly whole: ScoreFacts;
  readonly masked: ScoreFacts;
  readonly random: readonly ScoreFacts[];
}

/** A scheme of a study. */
export interface SchemeFile {
  /** P_ms, as its file is named. */
  readonly name: string;
  /** Its address. */
  readonly address: string;
}

/** A neuron's place in a scheme. */
export interface Place {
  readonly scheme: string;
  readonly mean: number;
  /** 1 is the largest mean. */
  readonly rank: number;
}

/** A passage to be ranked for a query. */
export interface Candidate {
  readonly id: string;
  readonly text: string;
}

/** Candidates ranked whole and under a mask. */
export interface Reranked {
  readonly candidates: readonly {
    readonly id: string;
    readonly before: number;
    readonly after: number;
    /** Margins: logit of relevance minus that of non-relevance. */
    readonly whole: number;
    readonly masked: number;
  }[];
  readonly ndcg: { readonly before: number; readonly after: number };
}

/** A text that excites a neuron. */
export interface Excitement {
  /** Its place among the pairs that were asked about. */
  readonly pair: number;
  readonly tokens: readonly Token[];
  /** The neuron's output at every token; null where the model does not compute it, as in the last layer. */
  readonly activation: readonly (number | null)[];
  /** The largest of them. */
  readonly highest: number;
}

/** Every question with what it brings. */
export interface Questions {
  /** Opens a model in place of the one before. */
  open: {
    readonly ask: {
      readonly source: ModelSource;
      readonly backend: BackendKind | undefined;
      /** Bytes that a batch may take. */
      readonly memoryBytes: number | undefined;
    };
    readonly news: { readonly file: string; readonly loaded: number; readonly total?: number };
    readonly answer: ModelFacts;
  };
  score: { readonly ask: Pick<Pair, "query" | "passage">; readonly answer: ScoreFacts };
  attribute: {
    readonly ask: { readonly pair: Pair; readonly mask: readonly MaskPart[] };
    readonly news: Round;
    readonly answer: Attributed;
  };
  /** Needs the pair's path, which is evaluated at the first question about it. */
  unit: { readonly ask: { readonly run: number; readonly id: number }; readonly answer: UnitPath };
  /** Sums over units by layer, then segment. */
  segments: {
    readonly ask: { readonly run: number; readonly component: Component };
    readonly answer: readonly (readonly number[])[];
  };
  /** The pair once more, attributed to attention's heads: in the order of their ids, 25 a head. */
  heads: {
    readonly ask: { readonly run: number };
    readonly news: Round;
    readonly answer: { readonly conductance: Float64Array; readonly seconds: number };
  };
  /** The same points in float64: the largest difference as a part of the largest conductance. */
  check: {
    readonly ask: { readonly run: number };
    readonly news: Round;
    readonly answer: { readonly difference: number; readonly seconds: number };
  };
  effect: {
    readonly ask: {
      readonly pair: Pair;
      readonly mask: readonly MaskPart[];
      readonly draws: number;
      /** Conductance of the pair's heads, where they were attributed: random ones are of those that have some. */
      readonly heads?: Float64Array;
    };
    readonly answer: Effect;
  };
  /** Ids of an expression's neurons; `run` is the pair that P[pair], N[pair] mean. */
  set: {
    readonly ask: {
      readonly expression: string;
      readonly level: string;
      readonly run: number | undefined;
    };
    readonly answer: { readonly ids: readonly number[] };
  };
  /** Says which schemes there are; they are read when they are needed. */
  schemes: {
    readonly ask: {
      readonly schemes: readonly SchemeFile[];
      readonly sets: Readonly<Record<string, readonly string[]>>;
    };
    readonly answer: Record<string, never>;
  };
  places: { readonly ask: { readonly id: number }; readonly answer: readonly Place[] };
  rerank: {
    readonly ask: {
      readonly query: string;
      readonly candidates: readonly Candidate[];
      /** All judgements of the query by document, candidates or not: nDCG's ideal needs them. */
      readonly grades: Readonly<Record<string, number>>;
      readonly mask: readonly MaskPart[];
    };
    readonly news: { readonly done: number; readonly of: number };
    readonly answer: Reranked;
  };
  excite: {
    readonly ask: {
      readonly id: number;
      readonly pairs: readonly Pick<Pair, "query" | "passage">[];
    };
    readonly news: { readonly done: number; readonly of: number };
    readonly answer: readonly Excitement[];
  };
}

/** The name of a question. */
export type Question = keyof Questions;
/** What a question is told meanwhile. */
export type NewsOf<Q extends Question> = Questions[Q] extends { readonly news: infer News } ? News
  : never;

/** From the page: a question, or that its answer is not wanted any more. */
export type ToWorker =
  | { readonly id: number; readonly question: Question; readonly ask: unknown }
  | { readonly id: number; readonly stop: true };

/** From the worker. */
export type FromWorker =
  | { readonly id: number; readonly news: unknown }
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: WorkerError };

/** What went wrong, as one sentence. */
export interface WorkerError {
  readonly message: string;
  /** The device was lost or is full, the question was stopped, or anything else. */
  readonly kind: "device" | "stopped" | "other";
}

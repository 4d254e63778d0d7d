/** Tokens, and what makes them of a piece of text. */

/** One token. */
export interface Token {
  readonly id: number;
  readonly token: string;
}

/** Cuts pieces of text into tokens. */
export interface PieceModel {
  /** Ids by entry. */
  readonly ids: ReadonlyMap<string, number>;
  encode(piece: string): readonly Token[];
}

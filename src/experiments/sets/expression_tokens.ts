/** The tokens of neuron set expressions. */

/** A name or number, a sign, or the end. */
export interface Token {
  readonly kind: "name" | "sign" | "end";
  readonly text: string;
  /** Column, from 1. */
  readonly at: number;
}

/** Other spellings of signs, for expressions that are pasted from the paper. */
const alike: Readonly<Record<string, string>> = {
  "∩": "&",
  "∪": "|",
  "∖": "-",
  "\\": "-",
  "⊕": "+",
};

/** The tokens of a text, the end last; a SyntaxError shows the column of anything else. */
export function readTokens(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s+|([\p{L}\p{N}_.]+)|([-+&|^()[\],∩∪∖\\⊕])|(.)/gsu;
  for (const match of text.matchAll(pattern)) {
    const [, name, sign, other] = match;
    const at = match.index + 1;
    if (name !== undefined) tokens.push({ kind: "name", text: name, at });
    if (sign !== undefined) tokens.push({ kind: "sign", text: alike[sign] ?? sign, at });
    if (other !== undefined) {
      throw expressionError(
        text,
        at,
        `expected a name, a number or one of + - & ^ | ( ) [ ] , got ${JSON.stringify(other)}`,
      );
    }
  }
  return [...tokens, { kind: "end", text: "", at: text.length + 1 }];
}

/** An error at a column of an expression. */
export function expressionError(text: string, at: number, what: string): SyntaxError {
  return new SyntaxError(`Cannot read expression ${JSON.stringify(text)}, column ${at}: ${what}`);
}

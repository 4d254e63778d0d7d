/**
 * The expression language of neuron sets: text → tree.
 *
 * ```text
 * P[ms]  N[ms]         the strongest neurons of an attribution scheme
 * P[ms] + N[ms]  F[ms] fusion: the strongest of the schemes' mean
 * fuse(A)              fusion of every scheme of the collections A
 * all(P, A - b - f)    intersection of one letter's sets over collections
 * random(X, seed)      as many neurons as X has in the same layer and component
 * a - b, a & b, a ^ b, a | b   difference, intersection, symmetric difference, union
 * ```
 *
 * Operators bind as in Python: `+` first, then `-`, `&`, `^`, `|`; those alike from the left.
 */

import { expressionError, readTokens, type Token } from "./expression_tokens.ts";

/** A letter of a scheme: relevant, non-relevant, the fusion of both. */
export type Letter = "P" | "N" | "F";

/** An expression; `at` is the column (from 1) where it begins. */
export type Expression =
  | { readonly kind: "scheme"; readonly at: number; readonly letter: Letter; readonly of: Name }
  | { readonly kind: "fuse"; readonly at: number; readonly of: Collections }
  | { readonly kind: "mean"; readonly at: number; readonly parts: readonly Expression[] }
  | {
    readonly kind: "all";
    readonly at: number;
    readonly letter: Letter;
    readonly of: Collections;
  }
  | { readonly kind: "random"; readonly at: number; readonly of: Expression; readonly seed: number }
  | {
    readonly kind: "set";
    readonly at: number;
    readonly operator: SetOperator;
    readonly left: Expression;
    readonly right: Expression;
  };

/** Difference, intersection, symmetric difference, union. */
export type SetOperator = "-" | "&" | "^" | "|";

/** A name where it was read. */
export interface Name {
  /** Column, from 1. */
  readonly at: number;
  /** Its name. */
  readonly name: string;
}

/** Collections: a declared set or a collection, others added or taken away in turn. */
export interface Collections {
  /** The one that is named first. */
  readonly first: Name;
  /** What is added or taken away, in turn. */
  readonly rest: readonly { readonly operator: "+" | "-"; readonly name: Name }[];
}

/** The most names and signs of an expression: deeper ones would overflow the stack. */
const MOST_TOKENS = 1000;

/** Operators from the loosest to the tightest. */
const levels: readonly SetOperator[] = ["|", "^", "&", "-"];

/**
 * Reads an expression.
 *
 * @throws {SyntaxError} that shows the column where it cannot go on.
 */
export function parseExpression(text: string): Expression {
  const tokens = readTokens(text);
  if (tokens.length > MOST_TOKENS) {
    throw new SyntaxError(
      `Cannot read expression ${
        JSON.stringify(text.slice(0, 40))
      }…: expected at most ${MOST_TOKENS} names and signs, got ${tokens.length}`,
    );
  }
  let next = 0;
  const peek = () => tokens[next];
  const fail = (token: Token, wanted: string): never => {
    throw expressionError(text, token.at, `expected ${wanted}, got ${found(token)}`);
  };
  function take(wanted: string): Token {
    if (peek().text !== wanted) fail(peek(), `"${wanted}"`);
    return tokens[next++];
  }
  function name(what: string): Name {
    const token = peek();
    if (token.kind !== "name") fail(token, what);
    next++;
    return { at: token.at, name: token.text };
  }

  function binary(level: number): Expression {
    if (level === levels.length) return fusion();
    let left = binary(level + 1);
    while (peek().text === levels[level]) {
      next++;
      const right = binary(level + 1);
      left = { kind: "set", at: left.at, operator: levels[level], left, right };
    }
    return left;
  }
  function fusion(): Expression {
    const parts = [primary()];
    while (peek().text === "+") {
      const { at } = tokens[next++];
      parts.push(primary());
      const wrong = parts.find((part) => !isVector(part));
      if (wrong) {
        throw expressionError(
          text,
          at,
          'expected attribution schemes on both sides of "+" (fusion averages schemes before they are cut), got a neuron set',
        );
      }
    }
    return parts.length === 1 ? parts[0] : { kind: "mean", at: parts[0].at, parts };
  }
  function primary(): Expression {
    const token = peek();
    if (token.text === "(") {
      next++;
      const inner = binary(0);
      take(")");
      return inner;
    }
    if (token.kind !== "name") {
      fail(token, "P[…], N[…], F[…], all(…), fuse(…), random(…) or (");
    }
    next++;
    const { at } = token;
    if (token.text === "fuse") {
      take("(");
      const of = collections();
      take(")");
      return { kind: "fuse", at, of };
    }
    if (token.text === "all") {
      take("(");
      const letter = letterOf(peek());
      next++;
      take(",");
      const of = collections();
      take(")");
      return { kind: "all", at, letter, of };
    }
    if (token.text === "random") {
      take("(");
      const of = binary(0);
      take(",");
      const seed = peek();
      if (seed.kind !== "name" || !/^\d{1,15}$/.test(seed.text)) fail(seed, "a seed, e.g. 0");
      next++;
      take(")");
      return { kind: "random", at, of, seed: Number(seed.text) };
    }
    const letter = letterOf(token);
    take("[");
    const of = name("a collection");
    take("]");
    return { kind: "scheme", at, letter, of };
  }
  function letterOf(token: Token): Letter {
    if (token.text === "P" || token.text === "N" || token.text === "F") return token.text;
    return fail(token, "P, N or F");
  }
  function collections(): Collections {
    const first = name("a set or a collection");
    const rest: { operator: "+" | "-"; name: Name }[] = [];
    for (let { text } = peek(); text === "+" || text === "-"; text = peek().text) {
      next++;
      rest.push({ operator: text, name: name("a set or a collection") });
    }
    return { first, rest };
  }

  const expression = binary(0);
  if (peek().kind !== "end") fail(peek(), "an operator (+ - & ^ |) or the end");
  return expression;
}

/** Whether an expression is a scheme or a fusion, not yet cut to a set. */
function isVector({ kind }: Expression): boolean {
  return kind === "scheme" || kind === "fuse" || kind === "mean";
}

function found(token: Token): string {
  return token.kind === "end" ? "the end" : JSON.stringify(token.text);
}

/** Expands the quantifiers of expressions: which schemes these need, and how they are combined. */

import type { Collections, Expression, Letter, SetOperator } from "./expression.ts";
import { expressionError } from "./expression_tokens.ts";
import type { Selection } from "./selection.ts";

/** A scheme by its label's letter and its collection's abbreviation, as its file is named: P_ms. */
export type SchemeName = `${"P" | "N"}_${string}`;

/** What names in an expression mean. */
export interface Scope {
  /** Declared sets of collections. */
  readonly sets: ReadonlyMap<string, readonly string[]>;
  /** The schemes there are. */
  readonly schemes: ReadonlySet<SchemeName>;
  /** How their strongest neurons are found. */
  readonly selection?: Selection;
}

/** A vector over neurons: the means of a scheme, or the mean of other vectors, scaled first if `scale` is given. */
export type Vector =
  | { readonly kind: "scheme"; readonly name: SchemeName }
  | { readonly kind: "mean"; readonly parts: readonly Vector[]; readonly scale?: "l1" | "rank" };

/** The strongest neurons of a vector; with `absolute` those of the largest size, whatever the sign. */
export interface TopPlan {
  readonly kind: "top";
  readonly vector: Vector;
  readonly by?: "absolute";
}

/** A neuron set: the top of a vector, a combination of sets, or a random set matched to one. */
export type NeuronSetPlan =
  | TopPlan
  | {
    readonly kind: "combined";
    readonly operator: SetOperator;
    readonly parts: readonly NeuronSetPlan[];
    /** Whether an intersection of strongest neurons is filled up to the level's size. */
    readonly refill?: true;
  }
  | { readonly kind: "random"; readonly of: NeuronSetPlan; readonly seed: number };

/**
 * Expands the quantifiers of an expression.
 *
 * @throws {SyntaxError} that shows the column of a name that means nothing, and what there is.
 */
export function resolve(expression: Expression, text: string, scope: Scope): NeuronSetPlan {
  const { strength, refill, fusion } = scope.selection ?? {};
  const top = (vector: Vector): TopPlan => ({
    kind: "top",
    vector,
    ...(strength === "absolute" ? { by: strength } : {}),
  });
  const mean = (parts: readonly Vector[]): Vector => ({
    kind: "mean",
    parts,
    ...(fusion === "l1" || fusion === "rank" ? { scale: fusion } : {}),
  });
  function combined(operator: SetOperator, parts: readonly NeuronSetPlan[]): NeuronSetPlan {
    const fills = refill === "level" && operator === "&" && topsOf(parts) !== undefined;
    return { kind: "combined", operator, parts, ...(fills ? { refill: true as const } : {}) };
  }
  function plan(node: Expression): NeuronSetPlan {
    switch (node.kind) {
      case "set":
        return combined(node.operator, [plan(node.left), plan(node.right)]);
      case "random":
        return { kind: "random", of: plan(node.of), seed: node.seed };
      case "all": {
        const parts = members(node.of, node.at)
          .map((collection) => top(schemeVector(node.letter, collection, node.at)));
        return parts.length === 1 ? parts[0] : combined("&", parts);
      }
      default:
        return top(vector(node));
    }
  }
  function vector(node: Expression): Vector {
    if (node.kind === "scheme") return schemeVector(node.letter, node.of.name, node.of.at);
    if (node.kind === "mean") return mean(node.parts.map(vector));
    if (node.kind !== "fuse") throw expressionError(text, node.at, "expected a scheme, got a set");
    // the fusion is of every P, and of N where there is one
    const parts = members(node.of, node.at).flatMap((collection) => [
      schemeVector("P", collection, node.at),
      ...(scope.schemes.has(`N_${collection}`) ? [schemeVector("N", collection, node.at)] : []),
    ]);
    return parts.length === 1 ? parts[0] : mean(parts);
  }
  function schemeVector(letter: Letter, collection: string, at: number): Vector {
    if (letter === "F") {
      return mean((["P", "N"] as const).map((one) => schemeVector(one, collection, at)));
    }
    const name: SchemeName = `${letter}_${collection}`;
    if (scope.schemes.has(name)) return { kind: "scheme", name };
    const there = [...scope.schemes].sort().map(shown).join(" ");
    const hint = letter === "N" && scope.schemes.has(`P_${collection}`)
      ? `; leave it out: "- ${collection}" in all(…)`
      : "";
    throw expressionError(
      text,
      at,
      `expected one of the schemes ${there || "(none)"}, got ${shown(name)}${hint}`,
    );
  }
  function members({ first, rest }: Collections, at: number): string[] {
    const known = new Set([...scope.schemes].map((name) => name.slice(2)));
    const collectionsOf = ({ name, at }: Collections["first"]): readonly string[] => {
      const set = scope.sets.get(name) ?? (known.has(name) ? [name] : undefined);
      if (set) return set;
      throw expressionError(
        text,
        at,
        `expected a set (${[...scope.sets.keys()].join(" ") || "none is declared"}) ` +
          `or a collection (${[...known].sort().join(" ") || "there are none"}), got "${name}"`,
      );
    };
    let chosen = [...new Set(collectionsOf(first))];
    for (const { operator, name } of rest) {
      const others = collectionsOf(name);
      chosen = operator === "+"
        ? [...new Set([...chosen, ...others])]
        : chosen.filter((collection) => !others.includes(collection));
    }
    if (chosen.length > 0) return chosen;
    throw expressionError(text, at, "expected at least one collection, got none");
  }
  return plan(expression);
}

/** `P[ms]`, as expressions write the scheme P_ms. */
export function shown(name: SchemeName): string {
  return `${name[0]}[${name.slice(2)}]`;
}

/**
 * The sets of strongest neurons that an intersection is of, however it is bracketed; undefined where it is of
 * other sets too.
 */
export function topsOf(parts: readonly NeuronSetPlan[]): TopPlan[] | undefined {
  const found: TopPlan[] = [];
  for (const part of parts) {
    if (part.kind === "top") found.push(part);
    else if (part.kind === "combined" && part.refill) found.push(...topsOf(part.parts)!);
    else return undefined;
  }
  return found;
}

/** The schemes that a plan needs, each once, in the order of their first use. */
export function schemesOf(plan: NeuronSetPlan): SchemeName[] {
  const ofVector = (vector: Vector): SchemeName[] =>
    vector.kind === "scheme" ? [vector.name] : vector.parts.flatMap(ofVector);
  const ofPlan = (one: NeuronSetPlan): SchemeName[] => {
    if (one.kind === "top") return ofVector(one.vector);
    return one.kind === "random" ? ofPlan(one.of) : one.parts.flatMap(ofPlan);
  };
  return [...new Set(ofPlan(plan))];
}

import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseExpression } from "../../../src/experiments/sets/expression.ts";
import { resolve, type SchemeName, schemesOf } from "../../../src/experiments/sets/resolve.ts";

const schemes = new Set<SchemeName>(["P_ms", "N_ms", "P_nf", "N_nf", "P_b"]);
const sets = new Map([["A", ["ms", "nf", "b"]], ["O", ["nf", "b"]]]);

function plan(text: string) {
  return resolve(parseExpression(text), text, { sets, schemes });
}

/** A plan with brackets around everything. */
function written(text: string): string {
  type Node = ReturnType<typeof parseExpression>;
  const show = (node: Node): string => {
    if (node.kind === "set") return `(${show(node.left)}${node.operator}${show(node.right)})`;
    if (node.kind === "scheme") return `${node.letter}${node.of.name}`;
    if (node.kind === "mean") return `(${node.parts.map(show).join("+")})`;
    return node.kind;
  };
  return show(parseExpression(text));
}

Deno.test("parseExpression() binds + first, then - & ^ |, those alike from the left", () => {
  assertEquals(written("P[a] | P[b] ^ P[c] & P[d] - P[e]"), "(Pa|(Pb^(Pc&(Pd-Pe))))");
  assertEquals(written("P[a] - P[b] - P[c]"), "((Pa-Pb)-Pc)");
  assertEquals(written("P[a] + N[a] - P[c]"), "((Pa+Na)-Pc)");
  assertEquals(written("P[a] - (P[b] - P[c])"), "(Pa-(Pb-Pc))");
  assertEquals(written("P[a] ∩ P[b] ⊕ N[b]"), "(Pa&(Pb+Nb))");
});

Deno.test("parseExpression() shows the column of what it cannot read", () => {
  const typos: [string, number, string][] = [
    ["P[ms] & ", 9, "the end"],
    ["P[ms] & Q[nf]", 9, '"Q"'],
    ["P[ms", 5, "the end"],
    ["P[ms] N[ms]", 7, '"N"'],
    ["P{ms}", 2, '"{"'],
    ["all(P O)", 7, '"O"'],
    ["random(P[ms], x)", 15, '"x"'],
    ["(P[ms] & P[nf]", 15, "the end"],
    ["(P[ms] & P[nf]) + P[b]", 17, "a neuron set"],
    ["", 1, "the end"],
  ];
  for (const [text, column, found] of typos) {
    const error = assertThrows(() => parseExpression(text), SyntaxError);
    assert(error.message.includes(`column ${column}:`), `${text}: ${error.message}`);
    assert(error.message.includes(`got ${found}`), `${text}: ${error.message}`);
  }
});

Deno.test("resolve() writes quantifiers out over declared sets and single collections", () => {
  assertEquals(schemesOf(plan("all(P, A)")), ["P_ms", "P_nf", "P_b"]);
  assertEquals(schemesOf(plan("all(N, A - b)")), ["N_ms", "N_nf"]);
  assertEquals(schemesOf(plan("all(P, O - b + ms)")), ["P_nf", "P_ms"]);
  assertEquals(schemesOf(plan("all(F, A - O)")), ["P_ms", "N_ms"]);
});

Deno.test("resolve() fuses every P and the N that there are", () => {
  const fused = plan("fuse(A)");
  assertEquals(schemesOf(fused), ["P_ms", "N_ms", "P_nf", "N_nf", "P_b"]);
  if (fused.kind !== "top" || fused.vector.kind !== "mean") throw new Error("no fusion");
  assertEquals(fused.vector.parts.length, 5); // the plain mean of five, not of three fusions
});

Deno.test("resolve() names the column of a scheme, set or collection that is not there", () => {
  const wrong: [string, number, string][] = [
    ["P[ms] & N[b]", 11, "N[b]"],
    ["all(N, A)", 1, "N[b]"],
    ["all(P, X)", 8, '"X"'],
    ["all(P, A - xy)", 12, '"xy"'],
    ["all(P, O - nf - b)", 1, "none"],
    ["F[b]", 3, "N[b]"],
  ];
  for (const [text, column, found] of wrong) {
    const error = assertThrows(() => plan(text), SyntaxError);
    assert(error.message.includes(`column ${column}:`), `${text}: ${error.message}`);
    assert(error.message.includes(`got ${found}`), `${text}: ${error.message}`);
  }
});

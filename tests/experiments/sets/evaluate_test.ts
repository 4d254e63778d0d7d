import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { evaluate } from "../../../src/experiments/sets/evaluate.ts";
import { parseExpression } from "../../../src/experiments/sets/expression.ts";
import { levelName, parseLevel } from "../../../src/experiments/sets/levels.ts";
import { countMembers } from "../../../src/experiments/sets/matched.ts";
import { resolve, type SchemeName } from "../../../src/experiments/sets/resolve.ts";
import { neuronCount } from "../../../src/model/neurons.ts";
import { randomVector, space } from "../schemes.ts";

const names: SchemeName[] = ["P_ms", "N_ms", "P_nf", "N_nf", "P_b"];
const of = new Map(names.map((name, seed) => [name, randomVector(seed)]));
const sets = new Map([["A", ["ms", "nf", "b"]], ["O", ["nf", "b"]]]);

function evaluated(text: string, level: number): number[] {
  const plan = resolve(parseExpression(text), text, { sets, schemes: new Set(names) });
  return [...evaluate(plan, { space, of }, level)];
}

/** The ids above the value that `size` ids are above: another way to the same set. */
function top(vector: readonly number[], level: number): Set<number> {
  const size = Math.max(1, Math.round(level * vector.length));
  const threshold = vector.toSorted((a, b) => b - a)[size];
  return new Set(vector.flatMap((value, id) => value > threshold ? [id] : []));
}
const vector = (name: SchemeName) => [...of.get(name)!];
const mean = (...vectors: number[][]) =>
  vectors[0].map((_, i) => vectors.map((one) => one[i]).reduce((a, b) => a + b) / vectors.length);
const ascending = (ids: Iterable<number>) => [...ids].sort((a, b) => a - b);

Deno.test("evaluate() cuts every scheme first, then combines", () => {
  for (const level of [0.02, 0.1, 0.3, 0.7]) {
    const [p, n, q] = (["P_ms", "N_ms", "P_nf"] as const).map((name) => top(vector(name), level));
    assertEquals(evaluated("P[ms]", level), ascending(p));
    assertEquals(evaluated("P[ms] & P[nf]", level), ascending([...p].filter((id) => q.has(id))));
    assertEquals(evaluated("P[ms] - N[ms]", level), ascending([...p].filter((id) => !n.has(id))));
    assertEquals(evaluated("P[ms] | N[ms]", level), ascending(new Set([...p, ...n])));
    assertEquals(
      evaluated("(P[ms] | N[ms]) - (P[ms] & N[ms])", level),
      evaluated("P[ms] ^ N[ms]", level),
    );
    assertEquals(evaluated("all(P, A)", level), evaluated("P[ms] & P[nf] & P[b]", level));
  }
});

Deno.test("evaluate() averages a fusion before it is cut, each scheme with the same weight", () => {
  const level = 0.2;
  const fused = top(mean(vector("P_ms"), vector("N_ms")), level);
  assertEquals(evaluated("F[ms]", level), ascending(fused));
  assertEquals(evaluated("P[ms] + N[ms]", level), ascending(fused));
  assertEquals(evaluated("fuse(A)", level), ascending(top(mean(...names.map(vector)), level)));
  assertEquals(evaluated("all(F, A - b)", level), evaluated("F[ms] & F[nf]", level));
});

Deno.test("evaluate() gives an empty intersection as an empty set", () => {
  assertEquals(evaluated("P[ms] - P[ms]", 0.1), []);
  assertEquals(evaluated("random(P[ms] - P[ms], 3)", 0.1), []);
});

Deno.test("random() has as many neurons in every layer and component, the same for a seed", () => {
  const ids = evaluated("F[nf]", 0.4);
  const drawn = evaluated("random(F[nf], 1)", 0.4);
  const counts = (set: number[]) => countMembers(space, Uint32Array.from(set));
  assertEquals(counts(drawn), counts(ids));
  assertEquals(drawn, evaluated("random(F[nf], 1)", 0.4));
  assertNotEquals(drawn, evaluated("random(F[nf], 2)", 0.4));
  assertEquals(new Set(drawn).size, ids.length);
});

Deno.test("random() draws every unit of a component equally often", () => {
  const draws = 4000;
  const counts = new Array(neuronCount(space)).fill(0);
  for (let seed = 0; seed < draws; seed++) {
    for (const id of evaluated(`random(P[ms], ${seed})`, 0.2)) counts[id]++;
  }
  const members = countMembers(space, Uint32Array.from(evaluated("P[ms]", 0.2)));
  const expected = draws * members[0][4] / space.inner; // layer 0, intermediate: ids 16 … 21
  const deviation = Math.sqrt(expected * (1 - members[0][4] / space.inner));
  for (const count of counts.slice(16, 22)) {
    assertEquals(Math.abs(count - expected) < 4.5 * deviation, true, `${count}, not ${expected}`);
  }
});

Deno.test("parseLevel() reads per cent and refuses 0, more than 100 and bare numbers", () => {
  assertEquals(parseLevel("1%"), 0.01);
  assertEquals(parseLevel(" 0.01 % "), 0.0001);
  assertEquals(parseLevel("100%"), 1);
  assertEquals([0.0001, 0.001, 0.01, 0.07].map(levelName), ["0.01 %", "0.1 %", "1 %", "7 %"]);
  for (const text of ["0%", "101%", "0.01", "-1%", "one%", "", "%"]) {
    assertThrows(() => parseLevel(text), RangeError, JSON.stringify(text));
  }
});

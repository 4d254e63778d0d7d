/** The two sides of a scheme of triples. */

import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  addPair,
  mergeSums,
  schemeOf,
  type SchemeSums,
  schemeSums,
} from "../../src/attribution/schemes/scheme.ts";
import { encodeScheme, openScheme } from "../../src/attribution/schemes/scheme_file.ts";
import { sideOfScheme } from "../../src/attribution/schemes/scheme_sides.ts";
import { neuronCount } from "../../src/model/neurons.ts";
import { bertSpace } from "../spaces.ts";

const space = bertSpace({ layers: 2, width: 3, inner: 5 });
const vector = (seed: number) =>
  Float64Array.from({ length: neuronCount(space) }, (_, id) => Math.sin(seed + id));

/** Triples: of the query, the relevant passage's run and the other's. */
const triples = ["bread", "sail", "bread", "pan"].map((query, i) => ({
  ...{ query, relevant: vector(10 * i), other: vector(10 * i + 5) },
}));

function sumsOf(side: "both" | "relevant" | "other", some = triples): SchemeSums {
  const sums = schemeSums(space, { byQuery: true, isPairwise: side === "both" });
  for (const { query, relevant, other } of some) {
    addPair(sums, side === "other" ? other : relevant, query, side === "both" ? { other } : {});
  }
  return sums;
}

const reopened = async (scheme: Parameters<typeof encodeScheme>[0]) => {
  const bytes = encodeScheme(scheme);
  return await openScheme(() => Promise.resolve(bytes), "x");
};

Deno.test("sideOfScheme() gives the scheme that pairs of that side alone would, from its file too", async () => {
  const metadata = { label: "relevant", target: "pairwise" };
  const whole = schemeOf(sumsOf("both"), metadata);
  for (const from of [whole, await reopened(whole)]) {
    for (const [label, side] of [["relevant", "relevant"], ["non-relevant", "other"]] as const) {
      const found = sideOfScheme(from, label);
      const wanted = schemeOf(sumsOf(side), { ...metadata, label });
      assertEquals(encodeScheme(found), encodeScheme(wanted));
      assertEquals(await reopened(found), await reopened(wanted));
    }
  }
  const of = sideOfScheme(whole, "non-relevant").sums!.byQuery!.get("bread")!;
  assertEquals(of.pairs, 2);
  assertAlmostEquals(of.sum[3], triples[0].other[3] + triples[2].other[3], 1e-11); // rounded to 2⁻⁴⁰
});

Deno.test("mergeSums() adds the other side's sums by query, and drops them where one side lacks them", () => {
  const merged = sumsOf("both", triples.slice(0, 2));
  mergeSums(merged, sumsOf("both", triples.slice(2)));
  const named = (sums: SchemeSums) => [...sums.other!.byQuery!].sort(([a], [b]) => a < b ? -1 : 1);
  assertEquals(named(merged), named(sumsOf("both")));
  const without = schemeSums(space, { isPairwise: true });
  mergeSums(merged, without);
  assertEquals([merged.byQuery, merged.other!.byQuery], [undefined, undefined]);
});

Deno.test("sideOfScheme() refuses a scheme of pairs", () => {
  assertThrows(
    () => sideOfScheme(schemeOf(sumsOf("relevant"), {}), "relevant"),
    TypeError,
    "expected one of triples",
  );
});

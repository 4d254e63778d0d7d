import { assertEquals, assertThrows } from "@std/assert";
import { addPair, schemeOf, schemeSums } from "../../../src/attribution/schemes/scheme.ts";
import { encodeScheme } from "../../../src/attribution/schemes/scheme_file.ts";
import { mergeSchemes } from "../../../src/experiments/schemes/merge.ts";
import { randomVector, space } from "../schemes.ts";

const gaps = JSON.stringify({ mean: 0.01, worst: 0.02, worst_absolute: 0.1 });

/** The scheme of random pairs `from` … `to`. */
function shard(from: number, to: number, metadata: Record<string, string> = {}) {
  const sums = schemeSums(space);
  for (let pair = from; pair < to; pair++) addPair(sums, randomVector(pair));
  const own = { label: "relevant", evaluations: "20", completeness: gaps, dropped: "0" };
  return schemeOf(sums, { ...own, pair_list_sha256: `${from}-${to}`, ...metadata });
}

Deno.test("mergeSchemes() gives the bytes of one run over all pairs, in any order of files", () => {
  const files = [shard(0, 5), shard(5, 6), shard(6, 13)]
    .map((scheme, i) => ({ name: `${i}.safetensors`, scheme }));
  const whole = { ...shard(0, 13).metadata, pair_list_sha256: "" };
  const merged = mergeSchemes(files, { pair_list_sha256: "" });
  assertEquals(
    encodeScheme({ ...merged, metadata: whole }),
    encodeScheme({ ...shard(0, 13), metadata: whole }),
  );
  assertEquals(
    encodeScheme(mergeSchemes(files.toReversed())),
    encodeScheme(mergeSchemes(files)),
  );
  assertEquals([merged.pairs, merged.metadata.evaluations], [13, "20"]);
});

Deno.test("mergeSchemes() names what keeps files from being merged", () => {
  const a = { name: "a.safetensors", scheme: shard(0, 3) };
  const refused = (metadata: Record<string, string>, message: string, sums = true) => {
    const scheme = shard(3, 5, metadata);
    const b = { name: "b.safetensors", scheme: sums ? scheme : { ...scheme, sums: undefined } };
    assertThrows(() => mergeSchemes([a, b]), RangeError, message);
  };
  refused({ model_sha256: "1" }, "expected model_sha256 none in both, got 1 in b.safetensors");
  refused({ rule: "right" }, "expected rule");
  refused({ label: "non-relevant" }, "expected label relevant, got non-relevant");
  refused({ pair_list_sha256: "0-3" }, "got the same list in both");
  refused({}, "expected the exact sums", false);
  const listed = (name: string, first: number, pairs: string[]) => ({
    name,
    scheme: shard(first, first + 2),
    pairs,
  });
  assertThrows(
    () => mergeSchemes([listed("a", 0, ["q1 d1", "q1 d2"]), listed("b", 2, ["q2 d1", "q1 d2"])]),
    RangeError,
    'Cannot merge a and b: expected no pair in both, got "q1 d2"',
  );
});

Deno.test("mergeSchemes() keeps sums by query where all files have them", () => {
  const file = (name: string, query: string, seed: number) => {
    const sums = schemeSums(space, { byQuery: true });
    for (const pair of [0, 1]) addPair(sums, randomVector(seed + pair), query);
    const own = { label: "relevant", evaluations: "20", completeness: gaps, dropped: "0" };
    return { name, scheme: schemeOf(sums, { ...own, pair_list_sha256: name }) };
  };
  const [a, b] = [file("a", "one", 1), file("b", "two", 3)];
  const merged = mergeSchemes([a, b]);
  assertEquals(merged.metadata.by_query, "on");
  assertEquals([...merged.sums!.byQuery!.keys()], ["one", "two"]);
  assertEquals(merged.sums!.byQuery!.get("two"), b.scheme.sums!.byQuery!.get("two"));
  assertEquals(mergeSchemes([a, { name: "c", scheme: shard(5, 7) }]).metadata.by_query, "off");
});

Deno.test("mergeSchemes() averages gaps of completeness by pairs, and keeps the worst", () => {
  const gap = (mean: number, worst: number, absolute: number) =>
    JSON.stringify({ mean, worst, worst_absolute: absolute });
  const completeness = (...some: readonly [pairs: number, text: string][]) => {
    let first = 0;
    const files = some.map(([pairs, text], i) => {
      const scheme = shard(first, first += pairs, { completeness: text });
      return { name: String(i), scheme };
    });
    return JSON.parse(mergeSchemes(files).metadata.completeness);
  };
  assertEquals(
    completeness([3, gap(0.5, 0.75, 0.125)], [1, gap(0.25, 0.5, 0.25)]),
    { mean: 0.4375, worst: 0.75, worst_absolute: 0.25 },
  );
  assertEquals( // what a file does not say counts as none
    completeness([1, gap(0.5, 0.75, 0.125)], [1, ""]),
    { mean: 0.25, worst: 0.75, worst_absolute: 0.125 },
  );
});

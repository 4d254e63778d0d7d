import { assertEquals, assertStringIncludes } from "@std/assert";
import { addPair, schemeOf, schemeSums } from "../../../src/attribution/schemes/scheme.ts";
import { encodeScheme } from "../../../src/attribution/schemes/scheme_file.ts";
import { randomVector, space } from "../../experiments/schemes.ts";
import { cli, inFolder } from "../run.ts";

async function write(path: string, [from, to]: [number, number], metadata = {}) {
  const sums = schemeSums(space);
  for (let pair = from; pair < to; pair++) addPair(sums, randomVector(pair));
  const completeness = JSON.stringify({ mean: 0, worst: 0, worst_absolute: 0 });
  const scheme = schemeOf(sums, {
    label: "relevant",
    evaluations: "5",
    completeness,
    pair_list_sha256: `${from}`,
    ...metadata,
  });
  await Deno.writeFile(path, encodeScheme(scheme));
}

Deno.test("merge writes one scheme of several, the same bytes in any order", async () => {
  await inFolder(async (folder) => {
    const file = (name: string) => `${folder}/${name}.safetensors`;
    await write(file("a"), [0, 4]);
    await write(file("b"), [4, 9]);
    const [one, other] = await Promise.all([
      cli(["merge", file("x"), file("a"), file("b")]),
      cli(["merge", file("y"), file("b"), file("a")]),
    ]);
    assertEquals([one.code, other.code], [0, 0], one.stderr);
    assertEquals(await Deno.readFile(file("x")), await Deno.readFile(file("y")));
    assertStringIncludes(one.stderr, "9 pairs of 2 files");
  });
});

Deno.test("merge refuses other models, pairs in common and missing files, by name", async () => {
  await inFolder(async (folder) => {
    const file = (name: string) => `${folder}/${name}.safetensors`;
    await write(file("a"), [0, 4]);
    await write(file("b"), [4, 9], { model_sha256: "1" });
    await write(file("c"), [0, 3]);
    await write(file("d"), [5, 6], { dataset: "x" });
    await write(file("e"), [6, 7], { dataset: "x" });
    const list = "query-id\tcorpus-id\tlabel\tsource\nq1\td1\trelevant\tjudged\n";
    for (const name of ["d", "e"]) await Deno.writeTextFile(`${file(name)}.pairs.tsv`, list);
    const merge = (...names: string[]) => cli(["merge", file("out"), ...names.map(file)]);
    const [model, twice, pair, missing] = await Promise.all([
      merge("a", "b"),
      merge("a", "c"),
      merge("d", "e"),
      merge("a", "nowhere"),
    ]);
    assertEquals([model, twice, pair, missing].map(({ code }) => code), [1, 1, 1, 1]);
    assertStringIncludes(model.stderr, "expected model_sha256 none in both, got 1");
    assertStringIncludes(twice.stderr, "got the same list in both");
    assertStringIncludes(pair.stderr, 'got "x q1 d1"');
    assertStringIncludes(missing.stderr, "nowhere.safetensors: no such file");
  });
});

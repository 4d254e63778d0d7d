import { assertEquals, assertLess, assertThrows } from "@std/assert";
import { parseSynonyms } from "../../src/formats/synonyms.ts";

Deno.test("parseSynonyms() makes words of a line synonyms of each other, and joins lines", () => {
  const found = parseSynonyms("Car\tautomobile\tauto\nauto\tautomatic\nCAR\tcar\twagon\n", {
    name: "s",
  });
  const words = ["car", "automobile", "auto", "automatic", "wagon"];
  assertEquals(words.map((word) => found.get(word)), [
    ["automobile", "auto", "wagon"],
    ["car", "auto"],
    ["car", "automobile", "automatic"],
    ["auto"],
    ["car"],
  ]);
  assertEquals([found.get("Car"), found.get("bus")], [undefined, undefined]);
});

Deno.test("parseSynonyms() holds a line of very many words once", () => {
  const words = Array.from({ length: 30_000 }, (_, i) => `w${i}`);
  const started = performance.now();
  const found = parseSynonyms(words.join("\t"), { name: "s" });
  assertEquals(found.get("w7")?.length, 29_999);
  assertLess(performance.now() - started, 5000); // 9e8 pairs of words take more, and more than memory has
});

Deno.test("parseSynonyms() names the file and line of what is no list of words", () => {
  const refused = (text: string, says: string) =>
    assertThrows(() => parseSynonyms(text, { name: "s.tsv" }), SyntaxError, says);
  refused("", "Cannot read synonyms of s.tsv: the file is empty");
  const wanted = "expected two or more single words with tabs between them, got";
  for (const line of ["car", "car\tCar", "car\tmotor car", "car\t", "", "car, auto"]) {
    refused(`a\tb\n${line}\nc\td`, `s.tsv, line 2: ${wanted} ${JSON.stringify(line)}`);
  }
});

import { assertEquals, assertThrows } from "@std/assert";
import { parseSynonyms } from "../../src/formats/synonyms.ts";

Deno.test("parseSynonyms() makes words of a line synonyms of each other, and joins lines", () => {
  const found = parseSynonyms("Car\tautomobile\tauto\nauto\tautomatic\nCAR\tcar\twagon\n", {
    name: "s",
  });
  assertEquals([...found], [
    ["car", ["automobile", "auto", "wagon"]],
    ["automobile", ["car", "auto"]],
    ["auto", ["car", "automobile", "automatic"]],
    ["automatic", ["auto"]],
    ["wagon", ["car"]],
  ]);
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

import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { levelName, parseLevel } from "../../../src/experiments/sets/levels.ts";

Deno.test("parseLevel() reads per cent of all neurons", () => {
  assertEquals(["100%", "50 %", "1%", ".5%", " 25. % "].map(parseLevel), [1, .5, .01, .005, .25]);
  assertAlmostEquals(parseLevel("0.01 %"), 1e-4, 1e-18);
  for (const text of ["0%", "0.0%", "100.1%", "1", "-1%", "1e-2%", "", "%", "1%%"]) {
    assertThrows(
      () => parseLevel(text),
      RangeError,
      `level ${JSON.stringify(text)}: expected more than 0 % and at most 100 %, e.g. 0.1%`,
    );
  }
});

Deno.test("levelName() writes what parseLevel() reads", () => {
  assertEquals([1, .05, .001, 1e-4, .07].map(levelName), [
    "100 %",
    "5 %",
    "0.1 %",
    "0.01 %",
    "7 %",
  ]);
  for (const level of [1, .05, .001, 1e-4, .3]) {
    assertAlmostEquals(parseLevel(levelName(level)), level, 1e-15);
  }
});

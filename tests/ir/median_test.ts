import { assertEquals } from "@std/assert";
import { median } from "../../src/ir/median.ts";

Deno.test("median() is the middle value, or the mean of the two in the middle, in any order", () => {
  assertEquals([median([3, 1, 2]), median([4, 1, 10, 2]), median([7])], [2, 3, 7]);
  assertEquals(median([]), NaN);
});

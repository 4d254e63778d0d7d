/** Damaged files are refused with a typed error that says what is wrong, and nothing else happens. */

import { assert, assertEquals } from "@std/assert";
import { fuzz } from "./fuzz.ts";
import { targets } from "./targets.ts";

const CASES = 2000;

for (const target of targets) {
  Deno.test(`fuzz: ${target.name} of all kinds of damage are read, or refused with a reason`, async () => {
    const wanted = target.cases ?? CASES;
    const { cases, refused } = await fuzz(target, { cases: wanted, seed: 0 });
    assertEquals(cases, wanted);
    assert(refused > 0 && refused < cases);
  });
}

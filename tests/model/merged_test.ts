/** Generators side by side: as results come, how they fail, and how they are left. */

import { assertEquals, assertRejects } from "@std/assert";
import { merged } from "../../src/model/merged.ts";

/** Sources of which each gives a letter when it is told to; what happened. */
function sources(names: string) {
  const told: string[] = [];
  const waiting = new Map<string, PromiseWithResolvers<void>>();
  async function* source(name: string) {
    try {
      for (let i = 0; i < 2; i++) {
        const promise = Promise.withResolvers<void>();
        waiting.set(name, promise);
        await promise.promise;
        yield `${name}${i}`;
      }
    } finally {
      told.push(`${name} ended`);
    }
  }
  return {
    all: [...names].map(source),
    told,
    tell: (name: string) => waiting.get(name)!.resolve(),
    fail: (name: string) => waiting.get(name)!.reject(new Error(`${name} failed`)),
  };
}
const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

Deno.test("merged() gives what comes first, and goes on with the others meanwhile", async () => {
  const { all, told, tell } = sources("ab");
  const work = merged(all);
  const first = work.next();
  await turn();
  tell("b");
  assertEquals((await first).value, "b0");
  await turn(); // b goes on though nobody has asked for more
  tell("b");
  tell("a");
  const more = [(await work.next()).value, (await work.next()).value];
  assertEquals(more.sort(), ["a0", "b1"]);
  const last = work.next();
  await turn();
  tell("a");
  assertEquals((await last).value, "a1");
  assertEquals([(await work.next()).done, told.sort()], [true, ["a ended", "b ended"]]);
});

Deno.test("merged() fails as the first source that fails, once the others have ended", async () => {
  const { all, told, tell, fail } = sources("ab");
  const failing = Array.fromAsync(merged(all));
  failing.catch(() => {});
  await turn();
  fail("b");
  await turn();
  assertEquals(told, ["b ended"]); // a is under way
  tell("a");
  await assertRejects(() => failing, Error, "b failed");
  assertEquals(told, ["b ended", "a ended"]);
});

Deno.test("merged() that is left early ends its sources, after what is under way", async () => {
  const { all, told, tell } = sources("ab");
  const work = merged(all);
  const first = work.next();
  await turn();
  tell("a");
  assertEquals((await first).value, "a0");
  const left = work.return(undefined);
  await turn();
  assertEquals(told, []);
  tell("a");
  tell("b");
  await left;
  assertEquals(told.sort(), ["a ended", "b ended"]);
});

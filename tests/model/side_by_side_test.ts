/** Pieces of work side by side: how many, in which order, how they fail, and how they are left. */

import { assertEquals, assertRejects } from "@std/assert";
import { sideBySide } from "../../src/model/side_by_side.ts";

/** Pieces that end when they are told to, and what happened. */
function pieces(names: string) {
  const told: string[] = [];
  const ends = new Map<string, () => void>();
  const all = [...names].map((name) => async () => {
    told.push(`${name} begins`);
    await new Promise<void>((resolve) => ends.set(name, resolve));
    told.push(`${name} ends`);
    return name;
  });
  return { all, told, end: (name: string) => ends.get(name)!() };
}

Deno.test("sideBySide() begins a piece when the one before is dealt with, where one may run", async () => {
  const { all, told, end } = pieces("ab");
  const work = sideBySide(all, 1);
  const first = work.next();
  assertEquals(told, ["a begins"]);
  end("a");
  assertEquals((await first).value, "a");
  assertEquals(told, ["a begins", "a ends"]);
  const second = work.next();
  assertEquals(told.at(-1), "b begins");
  end("b");
  assertEquals([(await second).value, (await work.next()).done], ["b", true]);
});

Deno.test("sideBySide() runs as many as may be, and gives results in the order of their beginning", async () => {
  const { all, told, end } = pieces("abcd");
  const work = sideBySide(all, 3);
  const first = work.next();
  assertEquals(told, ["a begins", "b begins", "c begins"]);
  end("c");
  end("a");
  assertEquals((await first).value, "a");
  assertEquals(told.includes("d begins"), false);
  const second = work.next();
  await Promise.resolve();
  assertEquals(told.at(-1), "d begins");
  end("d");
  end("b");
  assertEquals([(await second).value, ...await Array.fromAsync(work)], ["b", "c", "d"]);
});

Deno.test("sideBySide() fails as the first piece that failed", async () => {
  const fail = (message: string) => () => Promise.reject(new Error(message));
  for (const most of [1, 3]) {
    const work = sideBySide([fail("first"), fail("second")], most);
    await assertRejects(() => Array.fromAsync(work), Error, "first");
  }
});

Deno.test("sideBySide() that is left early waits for what is under way", async () => {
  const { all, told, end } = pieces("abc");
  const work = sideBySide(all, 2);
  const first = work.next();
  end("a");
  await first;
  const left = work.return(undefined);
  setTimeout(() => end("b"), 1);
  await left;
  assertEquals(told, ["a begins", "b begins", "a ends", "b ends"]);
});

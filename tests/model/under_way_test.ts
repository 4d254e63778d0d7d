/** Pieces of work side by side: how many, in which order, and how they fail. */

import { assertEquals, assertRejects } from "@std/assert";
import { underWay } from "../../src/model/under_way.ts";

/** Pieces that end when they are told to, and what happened. */
function pieces() {
  const told: string[] = [];
  const ends: (() => void)[] = [];
  const piece = (name: string) => async () => {
    told.push(`${name} begins`);
    await new Promise<void>((resolve) => ends.push(resolve));
    told.push(`${name} ends`);
  };
  return { told, ends, piece };
}

Deno.test("underWay() runs one piece after another where one may run", async () => {
  const { told, ends, piece } = pieces();
  const work = underWay(1);
  const first = work.begin(piece("a"));
  assertEquals(told, ["a begins"]);
  ends[0]();
  await first;
  assertEquals(told, ["a begins", "a ends"]);
});

Deno.test("underWay() waits for the earliest of as many as may run, and in the end for all", async () => {
  const { told, ends, piece } = pieces();
  const work = underWay(3);
  await work.begin(piece("a"));
  await work.begin(piece("b"));
  const third = work.begin(piece("c"));
  assertEquals(told, ["a begins", "b begins", "c begins"]);
  ends[0]();
  await third;
  assertEquals(told.at(-1), "a ends");
  const all = work.end();
  ends[2]();
  ends[1]();
  await all;
  assertEquals(told.slice(-2), ["c ends", "b ends"]);
});

Deno.test("underWay() fails as the first piece that failed, whoever waits", async () => {
  const fail = (message: string) => () => Promise.reject(new Error(message));
  await assertRejects(() => underWay(1).begin(fail("alone")), Error, "alone");
  const work = underWay(3);
  await work.begin(fail("first"));
  await work.begin(fail("second"));
  await assertRejects(() => work.end(), Error, "first");
});

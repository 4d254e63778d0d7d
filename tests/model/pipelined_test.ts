/** Tasks in a pipeline: how many, in which order, how they fail, and how they are left. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { pipelined } from "../../src/model/pipelined.ts";

/** Tasks that end when they are told to, and what happened. */
function tasks(names: string) {
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

Deno.test("pipelined() begins a task when the one before is dealt with, where one may run", async () => {
  const { all, told, end } = tasks("ab");
  const work = pipelined(all, 1);
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

Deno.test("pipelined() runs as many as may be, and gives results in the order of their beginning", async () => {
  const { all, told, end } = tasks("abcd");
  const work = pipelined(all, 3);
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

Deno.test("pipelined() fails as the first task that failed", async () => {
  const fail = (message: string) => () => Promise.reject(new Error(message));
  for (const most of [1, 3]) {
    const work = pipelined([fail("first"), fail("second")], most);
    await assertRejects(() => Array.fromAsync(work), Error, "first");
  }
});

Deno.test("pipelined() that is left early waits for what is under way", async () => {
  const { all, told, end } = tasks("abc");
  const work = pipelined(all, 2);
  const first = work.next();
  end("a");
  await first;
  const left = work.return(undefined);
  setTimeout(() => end("b"), 1);
  await left;
  assertEquals(told, ["a begins", "b begins", "a ends", "b ends"]);
});

Deno.test("pipelined() holds nothing of what came of tasks that are dealt with", async () => {
  const module = new URL("../../src/model/pipelined.ts", import.meta.url);
  const code = `
    import { pipelined } from ${JSON.stringify(module.href)};
    const mebibyte = () => Promise.resolve(new Uint8Array(2 ** 20).fill(1));
    let external = 0;
    let count = 0;
    for await (const _ of pipelined(Array(100).fill(mebibyte), 3)) {
      if (++count < 100) continue;
      gc();
      await new Promise((resolve) => setTimeout(resolve, 10));
      gc();
      external = Deno.memoryUsage().external;
    }
    console.log(external / 2 ** 20);`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--v8-flags=--expose-gc", code],
  }).output();
  const mebibytes = Number(new TextDecoder().decode(stdout));
  assert(mebibytes > 0 && mebibytes < 20, `${mebibytes} MiB of 100 are held`); // 3 and Deno's own
});

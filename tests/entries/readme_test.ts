/** README.md's program for the library prints what its comments say. */

import { assert, assertEquals } from "@std/assert";
import { root } from "../backends.ts";

Deno.test("README's program runs, and prints the names and numbers that it tells", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", root));
  const [, program] = /^```ts\n(.*?)^```/ms.exec(readme)!;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "-"],
    cwd: root,
    env: { NO_COLOR: "1" },
    ...{ stdin: "piped", stdout: "piped", stderr: "piped" },
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(program));
  await input.close();
  const { code, stdout, stderr } = await child.output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const printed = new TextDecoder().decode(stdout).split(/[\s,[\]]+/);
  const told = [...program.matchAll(/\/\/.*/g)]
    .flatMap(([comment]) => comment.match(/"[\d.\w]+"|\d+\.\d+(?=…)/g) ?? []);
  assertEquals(told.length, 4);
  for (const value of told) assert(printed.some((one) => one.startsWith(value)), value);
});

/** cluster/attribute.kubernetes.yaml: its command is one that attribute takes, its counts agree. */

import { assertEquals } from "@std/assert";
import { attributeCommand } from "../../src/cli/commands/attribute.ts";
import { readArguments } from "../../src/cli/command.ts";
import { parseShard } from "../../src/cli/options/shard.ts";
import { root } from "../backends.ts";

const text = await Deno.readTextFile(new URL("cluster/attribute.kubernetes.yaml", root));
const command = text.slice(text.indexOf("command:"), text.indexOf("env:"));
const [program, ...args] = [...command.matchAll(/^ +- (.+)$/gm)].map(([, word]) => word);

Deno.test("attribute.kubernetes.yaml gives attribute options that it has, and a shard a pod", () => {
  assertEquals([program, args[0]], ["deno", "run"]);
  const from = args.indexOf("attribute");
  assertEquals(args[from - 1], "cli.ts");
  const parsed = readArguments(attributeCommand, args.slice(from + 1));
  const [, completions] = /^ {2}completions: (\d+)$/m.exec(text)!;
  const [, told] = /name: JOB_COMPLETIONS.*\n +value: "(\d+)"/.exec(text)!;
  assertEquals(told, completions);
  const env: Record<string, string> = { JOB_COMPLETION_INDEX: "7", JOB_COMPLETIONS: told };
  assertEquals(parseShard(parsed.get("shard"), (name) => env[name]), { index: 7, of: 8 });
});

Deno.test("attribute.kubernetes.yaml lets a pod write what it writes, and no more", () => {
  const written = args.filter((arg) => /^--(output|metrics)=/.test(arg));
  const [allowed] = args.filter((arg) => arg.startsWith("--allow-write="));
  assertEquals(allowed, "--allow-write=/data");
  assertEquals(written.filter((arg) => !arg.includes("=/data/")), []);
});

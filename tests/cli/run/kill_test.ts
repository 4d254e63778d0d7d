/** `attribute`, `ablate` and `converge` under kill -9: bench/kills.ts does the same for longer. */

import { assertEquals } from "@std/assert";
import { inFolder } from "../run.ts";
import { killedAblate, killedAttribute, killedConverge, killRuns } from "../kills.ts";

Deno.test("attribute ends in the same bytes however often it is killed", () =>
  inFolder(async (folder) => {
    const { kills } = await killRuns(folder, killedAttribute(25), { kills: 10, seed: 1 });
    assertEquals(kills, 10);
  }));

Deno.test("ablate ends in the same bytes however often it is killed, and computes no chunk twice", () =>
  inFolder(async (folder) => {
    const found = await killRuns(folder, killedAblate(12), { kills: 8, seed: 1 });
    assertEquals([found.kills, found.again], [8, 0]);
  }));

Deno.test("converge ends in the same bytes however often it is killed, and makes none of it twice", () =>
  inFolder(async (folder) => {
    const found = await killRuns(folder, killedConverge, { kills: 6, seed: 1 });
    assertEquals([found.kills, found.again], [6, 0]);
  }));

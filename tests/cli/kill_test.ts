/** `attribute` under kill -9: bench/kills.ts does the same for longer. */

import { assertEquals } from "@std/assert";
import { inFolder } from "./run.ts";
import { killRuns } from "./kills.ts";

Deno.test("attribute ends in the same bytes however often it is killed", () =>
  inFolder(async (folder) => {
    const { kills } = await killRuns(folder, { kills: 10, pairs: 25, seed: 1 });
    assertEquals(kills, 10);
  }));

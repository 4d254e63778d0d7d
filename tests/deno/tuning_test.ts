/** What is remembered of a GPU's kernels, and what is not believed. */

import { assertEquals, assertMatch } from "@std/assert";
import type { Device, Tuning } from "../../internal.ts";
import { matrixTiles } from "../../src/compute/gpu/tile.ts";
import { remember, tuningOf, tuningTable } from "../../src/deno/tuning.ts";
import { inFolder } from "../cli/run.ts";

const device = { adapter: "a GPU", identity: "1\n2", software: true } as Device;
const tile = { family: "lanes", rows: 8, columns: 8 } as const;
const tuning: Tuning = [{
  product: "linear",
  size: "large",
  shape: [4, 5, 6],
  candidates: [{ tile, gigaflops: 7 }, { tile: { ...tile, rows: 12 }, gigaflops: 0 }],
  chosen: tile,
}];
const measured = { tuning, freeBytes: 5e9 };
const recall = (folder: string, of = device) => tuningOf(of, { measure: "remembered", folder });

Deno.test("tuningOf() remembers the kernels of an adapter, and of no other", () =>
  inFolder(async (folder) => {
    assertEquals(await recall(folder), undefined);
    await remember(device, measured, { folder: `${folder}/new` });
    assertEquals(await recall(`${folder}/new`), measured);
    assertEquals(await recall(`${folder}/new`, { ...device, identity: "1\n3" }), undefined);
    assertEquals(await recall(`${folder}/new`, { ...device, software: false }), undefined);
  }));

Deno.test("tuningOf() does not measure on what plays a GPU unless it is asked to", () =>
  inFolder(async (folder) => {
    assertEquals(await tuningOf(device, { measure: "once", folder }), undefined);
  }));

Deno.test("tuningOf() does not believe a file that it cannot have written", () =>
  inFolder(async (folder) => {
    await remember(device, measured, { folder });
    const [{ name }] = await Array.fromAsync(Deno.readDir(folder));
    const [line] = tuning;
    const huge = { ...tile, rows: 1e9 };
    const odd = { ...tile, rows: 7 };
    const unit = { rows: 8, columns: 8, inner: 8, lanes: 8 }; // which the device lacks
    const [matrix] = matrixTiles(unit, 2);
    const ofLanes = { ...tile, lanes: 4 }; // its name is the tile's
    const known = { adapter: "a GPU", ...measured };
    const texts = [
      "",
      "{",
      "[]",
      JSON.stringify({ ...known, adapter: "another" }),
      JSON.stringify({ ...known, freeBytes: undefined }),
      JSON.stringify({ ...known, tuning: [] }),
      JSON.stringify({ ...known, tuning: [{ ...line, chosen: { ...tile, rows: 16 } }] }),
      JSON.stringify({ ...known, tuning: [{ ...line, chosen: ofLanes }] }),
      ...[huge, odd, matrix].map((other) =>
        JSON.stringify({
          ...known,
          tuning: [{ ...line, candidates: [{ tile: other, gigaflops: 1 }], chosen: other }],
        })
      ),
    ];
    await Deno.writeTextFile(`${folder}/${name}`, JSON.stringify(known));
    assertEquals(await recall(folder), measured);
    for (const text of texts) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
      assertEquals(await recall(folder), undefined, text);
    }
  }));

Deno.test("remember() of a folder that cannot be made is no error", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    await remember(device, measured, { folder: `${folder}/file/below` });
    await remember(device, measured, {});
  }));

Deno.test("tuningTable() marks the chosen kernel and says which one is wrong", () => {
  const [title, chosen, wrong] = tuningTable(tuning).split("\n");
  assertEquals(title, "linear, large: 4 x 5 x 6");
  assertMatch(chosen, /^\* lanes 8x128, 8x8 a lane +7\.0 GFLOP\/s$/);
  assertMatch(wrong, /^ {2}lanes 12x128, 12x8 a lane +wrong or not possible$/);
});

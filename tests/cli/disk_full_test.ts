/** `attribute` on a disk that fills: a small memory file system, where the system lets one be mounted. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { root } from "../bodies.ts";
import { cli, inFolder } from "./run.ts";

const path = (name: string) => decodeURIComponent(new URL(name, root).pathname);

async function mounted(folder: string, kilobytes: number): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  const args = ["-t", "tmpfs", "-o", `size=${kilobytes}k`, "none", folder];
  try {
    return (await new Deno.Command("mount", { args, stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

const mayMount = await (async () => {
  const folder = await Deno.makeTempDir();
  const can = await mounted(folder, 64);
  if (can) await new Deno.Command("umount", { args: [folder] }).output();
  await Deno.remove(folder);
  return can;
})();

Deno.test({
  name: "attribute says that the disk is full, keeps its journal, and goes on when there is room",
  ignore: !mayMount,
  fn: () =>
    inFolder(async (folder) => {
      const attribute = (output: string) =>
        cli([
          ...["attribute", "--model", path("fixtures/tiny-cross-encoder"), "--output", output],
          ...["--pairs", path("fixtures/pairs.tsv"), "--device", "simd", "--max-pairs", "20"],
          ...["--rule", "right", "--steps", "10"],
        ]);
      assertEquals((await attribute(`${folder}/whole`)).code, 0);
      const disk = `${folder}/disk`;
      await Deno.mkdir(disk);
      assert(await mounted(disk, 480)); // the journal takes 290 kB, the scheme 230 kB
      try {
        // 20 pairs do not fit beside this, then they do but for the scheme, then all
        for (
          const [filler, message] of [
            [300_000, /Cannot write .*S\.journal: no space is left; .* is kept: make room/],
            [50_000, /Cannot write .*S: no space is left/],
          ] as const
        ) {
          await Deno.writeFile(`${disk}/filler`, new Uint8Array(filler));
          const { code, stderr } = await attribute(`${disk}/S`);
          assertEquals(code, 1);
          assertMatch(stderr, message);
          assertEquals(
            [...Deno.readDirSync(disk)].map(({ name }) => name).sort(),
            ["S.journal", "filler"],
          );
        }
        await Deno.remove(`${disk}/filler`);
        await new Deno.Command("mount", { args: ["-o", "remount,size=2m", disk] }).output();
        const { code, stderr } = await attribute(`${disk}/S`);
        assertEquals(code, 0, stderr);
        assertMatch(stderr, /all 20 pairs are done/);
        assertEquals(await Deno.readFile(`${disk}/S`), await Deno.readFile(`${folder}/whole`));
      } finally {
        await new Deno.Command("umount", { args: [disk] }).output();
      }
    }),
});

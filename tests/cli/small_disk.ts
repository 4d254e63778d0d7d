// A disk that fills: a small memory file system, where the system lets one be mounted.

import { inFolder } from "./run.ts";

/** A small file system. */
export interface SmallDisk {
  readonly folder: string;
  /** Leaves so many free bytes, in pages of 4096; all unless given. */
  leave(bytes?: number): Promise<void>;
  /** What lies there, but for what fills it. */
  files(): string[];
}

const FILLER = "filler";
const PAGE = 4096;

async function mount(folder: string, kilobytes: number): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  const args = ["-t", "tmpfs", "-o", `size=${kilobytes}k`, "none", folder];
  try {
    return (await new Deno.Command("mount", { args, stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

const unmount = (folder: string) => new Deno.Command("umount", { args: [folder] }).output();

/** Whether one can be mounted. */
export const hasSmallDisk: boolean = await (async () => {
  const folder = await Deno.makeTempDir();
  const can = await mount(folder, 64);
  if (can) await unmount(folder);
  await Deno.remove(folder);
  return can;
})();

/** Runs `test` with an empty folder and a disk of so many KiB. */
export function onSmallDisk(
  kilobytes: number,
  test: (folder: string, disk: SmallDisk) => Promise<void>,
): Promise<void> {
  return inFolder(async (folder) => {
    const disk = `${folder}/disk`;
    await Deno.mkdir(disk);
    if (!await mount(disk, kilobytes)) throw new Error(`Cannot mount ${disk}`);
    try {
      await test(folder, {
        folder: disk,
        async leave(bytes) {
          await Deno.remove(`${disk}/${FILLER}`).catch(() => {});
          if (bytes === undefined) return;
          using file = await Deno.open(`${disk}/${FILLER}`, { create: true, write: true });
          let size = 0;
          try {
            for (;; size += PAGE) file.writeSync(new Uint8Array(PAGE));
          } catch {
            file.truncateSync(size - Math.ceil(bytes / PAGE) * PAGE);
          }
        },
        files: () =>
          [...Deno.readDirSync(disk)].map(({ name }) => name).filter((name) => name !== FILLER)
            .sort(),
      });
    } finally {
      await unmount(disk);
    }
  });
}

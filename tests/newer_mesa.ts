/**
 * A newer Mesa's software Vulkan, on which Dawn runs and has matrices of float16: tests of both are ignored, and
 * say so, where NEWER_MESA names no folder of .ci/newer_mesa.
 */

import { outcomeOf } from "./cli/run.ts";

const folder = Deno.env.get("NEWER_MESA");
const isThere = folder !== undefined &&
  await Deno.stat(`${folder}/deno`).then(({ isFile }) => isFile, () => false);
if (folder && !isThere) console.warn(`No ${folder}/deno: tests of Dawn's matrices are ignored`);

/** Runs Deno on it, without the lock: the package webgpu is not in it. */
export async function onNewerMesa(args: readonly string[]) {
  const [command, ...rest] = args;
  return await outcomeOf(
    new Deno.Command(`${folder}/deno`, {
      args: [command, "-A", "--no-lock", "--quiet", ...rest],
      env: { NO_COLOR: "1" },
    }),
  );
}

/** A test that runs there. */
export function mesaTest(name: string, fn: () => Promise<void>): void {
  const title = isThere ? name : `${name} (needs .ci/newer_mesa)`;
  Deno.test({ name: title, ignore: !isThere, fn });
}

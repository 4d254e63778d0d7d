/**
 * A newer Mesa's software Vulkan, on which Dawn runs and has matrices of float16: tests of both are ignored, and
 * say so, where NEWER_MESA names no folder of .ci/newer_mesa.
 */

const folder = Deno.env.get("NEWER_MESA");
const isThere = folder !== undefined &&
  await Deno.stat(`${folder}/deno`).then(({ isFile }) => isFile, () => false);
if (folder && !isThere) console.warn(`No ${folder}/deno: tests of Dawn's matrices are ignored`);

/** Runs Deno on it, without the lock: the package webgpu is not in it. */
export async function onNewerMesa(args: readonly string[]) {
  const [command, ...rest] = args;
  const { code, stdout, stderr } = await new Deno.Command(`${folder}/deno`, {
    args: [command, "-A", "--no-lock", "--quiet", ...rest],
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** A test that runs there. */
export function mesaTest(name: string, fn: () => Promise<void>): void {
  const title = isThere ? name : `${name} (needs .ci/newer_mesa)`;
  Deno.test({ name: title, ignore: !isThere, fn });
}

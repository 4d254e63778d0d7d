/**
 * Compiles assembly/*.ts to relaxed.generated.ts and plain.generated.ts: `deno run -A src/compute/simd/build.ts`.
 * The only place that needs AssemblyScript; a test checks that the bytes follow from the sources.
 */

import asc from "npm:assemblyscript@0.28.20/asc";
import { tileSource } from "./tile.ts";

const options = [
  "--runtime stub --noAssert --importMemory --sharedMemory",
  "--memoryBase 1024 --initialMemory 1 --maximumMemory 65536",
  "--enable simd --enable relaxed-simd --enable threads",
  "-O1", // higher levels join the tile's steps, and its registers spill
].join(" ").split(" ");

/** The bytes of both builds. */
export async function compileKernels(): Promise<{ relaxed: Uint8Array; plain: Uint8Array }> {
  return { relaxed: await compile(true), plain: await compile(false) };
}

async function compile(relaxed: boolean): Promise<Uint8Array> {
  let bytes = new Uint8Array();
  const args = ["index.ts", "--outFile", "kernels.wasm", "--use", `RELAXED=${relaxed ? 1 : 0}`];
  const { error, stderr } = await asc.main([...args, ...options], {
    readFile: (name) => {
      if (name === "tile.ts") return tileSource();
      try {
        return Deno.readTextFileSync(new URL(`./assembly/${name}`, import.meta.url));
      } catch {
        return null;
      }
    },
    writeFile: (_, contents) => {
      if (typeof contents !== "string") bytes = Uint8Array.from(contents);
    },
    listFiles: () => [],
  });
  if (error) throw new SyntaxError(`Cannot compile the kernels: ${error.message}\n${stderr}`);
  return bytes;
}

/** The module that holds the bytes of a build: a file each, so that a page fetches the one that it runs. */
export function kernelModule(name: "relaxed" | "plain", bytes: Uint8Array): string {
  return [
    "/** WebAssembly of assembly/*.ts in base64, written by build.ts. */\n",
    `/** With ${name === "relaxed" ? "relaxed SIMD" : "SIMD only"}: ${bytes.length} bytes. */`,
    "// deno-fmt-ignore",
    `export const kernels: string =\n  "${bytes.toBase64()}";\n`,
  ].join("\n");
}

if (import.meta.main) {
  const builds = await compileKernels();
  for (const name of ["relaxed", "plain"] as const) {
    const file = new URL(`./${name}.generated.ts`, import.meta.url);
    await Deno.writeTextFile(file, kernelModule(name, builds[name]));
    console.log(`${name} ${builds[name].length} bytes`);
  }
}

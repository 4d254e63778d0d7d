/**
 * Compiles assembly/*.ts to kernels.generated.ts: `deno run -A src/compute/simd/build.ts`.
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

/** The module that holds the bytes. */
export function kernelModule(kernels: { relaxed: Uint8Array; plain: Uint8Array }): string {
  const lines = [
    "/** WebAssembly of assembly/*.ts in base64, written by build.ts. */",
    ...Object.entries(kernels).map(([name, bytes]) =>
      [
        `\n/** With ${
          name === "relaxed" ? "relaxed SIMD" : "SIMD only"
        }: ${bytes.length} bytes. */`,
        "// deno-fmt-ignore",
        `export const ${name}: string =\n  "${bytes.toBase64()}";`,
      ].join("\n")
    ),
  ];
  return lines.join("\n") + "\n";
}

if (import.meta.main) {
  const kernels = await compileKernels();
  await Deno.writeTextFile(
    new URL("./kernels.generated.ts", import.meta.url),
    kernelModule(kernels),
  );
  console.log(`relaxed ${kernels.relaxed.length} bytes, plain ${kernels.plain.length} bytes`);
}

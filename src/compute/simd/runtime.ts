/** What this runtime can do: workers that share memory, SIMD. */

/** Whether there are workers, and memory may be shared with them: pages must be cross-origin isolated. */
export function maySend(): boolean {
  const { crossOriginIsolated, Worker } = globalThis as {
    readonly crossOriginIsolated?: boolean;
    readonly Worker?: unknown;
  };
  return crossOriginIsolated !== false && Worker !== undefined;
}

/** The kernels that this runtime can run. */
export async function kernels(instructions?: "relaxed" | "plain") {
  const builds = [
    { name: "SIMD (relaxed)", kind: "relaxed", load: () => import("./relaxed.generated.ts") },
    { name: "SIMD", kind: "plain", load: () => import("./plain.generated.ts") },
  ];
  for (const { name, kind, load } of builds) {
    if (instructions && instructions !== kind) continue;
    const base64 = (await load()).kernels;
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    if (WebAssembly.validate(bytes)) return { module: await WebAssembly.compile(bytes), name };
  }
  throw new TypeError("Cannot run the SIMD operations: this runtime has no WebAssembly SIMD");
}

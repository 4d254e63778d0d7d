import { assertEquals, assertRejects } from "@std/assert";
import { encodeScheme } from "../../../src/attribution/schemes/scheme_file.ts";
import { openSchemes, schemeNameOf } from "../../../src/experiments/schemes/scheme_folder.ts";
import type { ByteRange } from "../../../src/formats/load.ts";
import { randomScheme } from "../schemes.ts";

Deno.test("schemeNameOf() takes P and N of a collection from a file's name, and nothing else", () => {
  const names = ["P_ms.safetensors", "N_trec-covid.safetensors", "N_über_2.safetensors"];
  assertEquals(names.map(schemeNameOf), ["P_ms", undefined, "N_über_2"]);
  for (const other of ["F_ms.safetensors", "P_.safetensors", "P_ms.json", "xP_ms.safetensors"]) {
    assertEquals(schemeNameOf(other), undefined);
  }
});

Deno.test("openSchemes() takes schemes of their name's label or of none, and names those of another", async () => {
  const files = new Map([
    ["P_a.safetensors", encodeScheme(randomScheme(1, { metadata: { label: "relevant" } }))],
    ["N_a.safetensors", encodeScheme(randomScheme(2))],
    ["N_b.safetensors", encodeScheme(randomScheme(3, { metadata: { label: "relevant" } }))],
    ["P_b.safetensors", encodeScheme(randomScheme(4, { metadata: { target: "margin" } }))],
  ]);
  const load = (name: string, range?: ByteRange) => {
    const bytes = files.get(name)!;
    return Promise.resolve(range ? bytes.subarray(range.start, range.end) : bytes);
  };
  const schemes = await openSchemes(load, ["P_a", "N_a"]);
  assertEquals([...schemes.keys()], ["P_a", "N_a"]);
  assertEquals(schemes.get("N_a")!.mean, randomScheme(2).mean);
  await assertRejects(
    () => openSchemes(load, ["N_b"]),
    RangeError,
    "Cannot use scheme N_b.safetensors: expected label non-relevant, got relevant",
  );
  await assertRejects(
    () => openSchemes(load, ["P_a", "P_b"]),
    RangeError,
    "expected target logit in both, got margin in P_b.safetensors",
  );
});

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { openCheckpoint } from "../../src/formats/checkpoint.ts";
import type { Load } from "../../src/formats/load.ts";
import { encodeSafetensors, openSafetensors } from "../../src/formats/safetensors.ts";
import { streamSafetensors } from "../../src/formats/safetensors_writer.ts";
import { folder, memory, sharedTest } from "./files.ts";

/** A safetensors file with this header text and this many bytes behind it. */
function withHeader(header: string | Uint8Array, dataLength = 0, length?: bigint): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + dataLength);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const open = (bytes: Uint8Array) =>
  openSafetensors(memory({ "f.safetensors": bytes }), "f.safetensors");

const tensors = {
  weight: { shape: [2, 3], data: new Float32Array([1, -2, 3.5, 0, Infinity, NaN]) },
  scalar: { shape: [], data: new Float64Array([Math.PI]) },
  empty: { shape: [0, 4], data: new Float32Array(0) },
};

Deno.test("openSafetensors() reads what encodeSafetensors() wrote", async () => {
  const file = await open(encodeSafetensors(tensors, { format: "test/1", label: "Größe" }));
  assertEquals(file.metadata, { format: "test/1", label: "Größe" });
  assertEquals([...file.entries.keys()].sort(), ["empty", "scalar", "weight"]);
  assertEquals(file.entries.get("weight")?.dtype, "F32");
  assertEquals(file.entries.get("weight")?.shape, [2, 3]);
  assertEquals(await file.read("weight"), tensors.weight.data);
  assertEquals(await file.read("scalar"), tensors.scalar.data);
  assertEquals(await file.read("empty"), tensors.empty.data);
});

Deno.test("openSafetensors() reads through a loader that gives only whole files, asking it once", async () => {
  const bytes = encodeSafetensors(tensors);
  let calls = 0;
  const whole: Load = () => Promise.resolve((calls++, bytes));
  const file = await openSafetensors(whole, "f");
  const first = await file.read("weight");
  first[0] = 99;
  assertEquals((await file.read("weight"))[0], 1);
  assertEquals(calls, 1);
});

Deno.test("encodeSafetensors() gives the same bytes whatever the order of keys, its header padded to 8", () => {
  const { empty, scalar, weight } = tensors;
  const one = encodeSafetensors({ empty, scalar, weight }, { a: "1", b: "2" });
  const other = encodeSafetensors({ weight, empty, scalar }, { b: "2", a: "1" });
  assertEquals(one, other);
  assertEquals(new DataView(one.buffer).getBigUint64(0, true) % 8n, 0n);
});

Deno.test("encodeSafetensors() refuses a shape that does not fit and the name __metadata__", () => {
  const data = new Float32Array(3);
  assertThrows(() => encodeSafetensors({ x: { shape: [2], data } }), TypeError, `tensor "x"`);
  assertThrows(() => encodeSafetensors({ __metadata__: { shape: [3], data } }), TypeError);
});

Deno.test("streamSafetensors() copies a file of any dtype byte for byte", async () => {
  const header = JSON.stringify({
    half: { dtype: "F16", shape: [2], data_offsets: [16, 20] },
    ids: { dtype: "I64", shape: [2], data_offsets: [0, 16] },
  });
  const source = withHeader(header, 20);
  source.set([1, 2, 3, 4], source.length - 4);
  const file = await open(source);
  const pieces = await Array.fromAsync(streamSafetensors(file.entries.values(), file.bytes));
  const copy = await open(new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer()));
  assertEquals(await copy.bytes("half"), new Uint8Array([1, 2, 3, 4]));
  assertEquals([...copy.entries.keys()], ["ids", "half"]);
});

Deno.test("TensorFile.read() widens F16 and BF16 exactly, subnormals, infinities and NaN included", async () => {
  // IEEE 754 binary16: 1, -2, smallest subnormal 2⁻²⁴, largest 65504, ∞, -∞, NaN, -0.
  const f16 = [0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0xfc00, 0x7e00, 0x8000];
  // bfloat16: 1, -2, smallest subnormal 2⁻¹³³, largest, ∞, -∞, NaN, -0.
  const bf16 = [0x3f80, 0xc000, 0x0001, 0x7f7f, 0x7f80, 0xff80, 0x7fc0, 0x8000];
  const header = JSON.stringify({
    f16: { dtype: "F16", shape: [8], data_offsets: [0, 16] },
    bf16: { dtype: "BF16", shape: [8], data_offsets: [16, 32] },
  });
  const bytes = withHeader(header, 32);
  bytes.set(new Uint8Array(new Uint16Array([...f16, ...bf16]).buffer), bytes.length - 32);
  const file = await open(bytes);
  const largest = (2 - 2 ** -7) * 2 ** 127;
  assertEquals([...await file.read("f16")], [1, -2, 2 ** -24, 65504, Infinity, -Infinity, NaN, -0]);
  assertEquals([...await file.read("bf16")], [
    1,
    -2,
    2 ** -133,
    largest,
    Infinity,
    -Infinity,
    NaN,
    -0,
  ]);
});

Deno.test("TensorFile.read() refuses an integer tensor and a name that is not listed", async () => {
  const header = `{"ids":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}`;
  const file = await open(withHeader(header, 8));
  assertEquals(file.entries.get("ids")?.dtype, "I64");
  await assertRejects(() => file.read("ids"), TypeError, "got I64");
  await assertRejects(() => file.read("weight"), RangeError, `"weight"`);
});

const f32 = (start: number, end: number) =>
  `{"dtype":"F32","shape":[${(end - start) / 4}],"data_offsets":[${start},${end}]}`;

const HOSTILE: Record<string, readonly [bytes: Uint8Array, cause: string]> = {
  "an empty file": [new Uint8Array(0), "file of 0 bytes"],
  "a file of 7 bytes": [new Uint8Array(7), "file of 7 bytes"],
  "a header longer than the file": [withHeader("{}", 0, 1000n), "the end of the file"],
  "a header longer than 100 MB": [withHeader("{}", 0, 2n ** 63n), "at most 100000000"],
  "a header that is not UTF-8": [withHeader(new Uint8Array([0x7b, 0xff, 0x7d])), "UTF-8"],
  "a header that is not JSON": [withHeader("{,}"), "expected JSON"],
  "no header at all": [withHeader(""), "expected JSON"],
  "an array as header": [withHeader("[]"), "an array"],
  "null as header": [withHeader("null"), "null"],
  "a tensor twice": [withHeader(`{"a":${f32(0, 4)},"a":${f32(0, 4)}}`, 4), `"a" twice`],
  "a dtype twice": [withHeader(`{"a":{"dtype":"F32","dtype":"F32"}}`), `"dtype" twice`],
  "an entry without shape": [withHeader(`{"a":{"dtype":"F32","data_offsets":[0,4]}}`, 4), `of "a"`],
  "a tensor that is null": [withHeader(`{"a":null}`), `of "a"`],
  "a negative size": [
    withHeader(`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, 4),
    `of "a"`,
  ],
  "a size beyond integers": [
    withHeader(`{"a":{"dtype":"F32","shape":[9007199254740991,4096],"data_offsets":[0,4]}}`, 4),
    "bytes of",
  ],
  "an unknown dtype": [
    withHeader(`{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}`, 4),
    `"F33"`,
  ],
  "a dtype from Object's prototype": [
    withHeader(`{"a":{"dtype":"constructor","shape":[1],"data_offsets":[0,4]}}`, 4),
    `"constructor"`,
  ],
  "offsets that end before they start": [
    withHeader(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`, 4),
    "data_offsets [4,0]",
  ],
  "offsets that do not fit the shape": [
    withHeader(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, 4),
    "8 bytes",
  ],
  "overlapping tensors": [withHeader(`{"a":${f32(0, 8)},"b":${f32(4, 12)}}`, 12), "another tensor"],
  "a hole between tensors": [withHeader(`{"a":${f32(0, 4)},"b":${f32(8, 12)}}`, 12), "a hole"],
  "a hole before the first tensor": [withHeader(`{"a":${f32(4, 8)}}`, 8), "a hole"],
  "a file cut short": [withHeader(`{"a":${f32(0, 8)}}`, 7), "cut short"],
  "bytes behind the last tensor": [withHeader(`{"a":${f32(0, 8)}}`, 9), "more bytes"],
  "metadata that is no string": [withHeader(`{"__metadata__":{"pairs":3}}`), "__metadata__"],
};

for (const [what, [bytes, cause]] of Object.entries(HOSTILE)) {
  Deno.test(`openSafetensors() refuses ${what}, naming the file`, async () => {
    const error = await assertRejects(() => open(bytes), SyntaxError, cause);
    assertEquals(error.message.includes(`"f.safetensors"`), true, error.message);
  });
}

Deno.test("openSafetensors() meets any damaged byte by an answer or a SyntaxError", async () => {
  const bytes = encodeSafetensors(tensors, { format: "test/1" });
  for (let at = 0; at < bytes.length; at++) {
    for (const bits of [0x01, 0x80, 0xff]) {
      const damaged = bytes.slice();
      damaged[at] ^= bits;
      try {
        const file = await open(damaged);
        for (const tensor of file.entries.keys()) await file.bytes(tensor);
      } catch (error) {
        assertEquals((error as Error).name, "SyntaxError", `byte ${at}: ${error}`);
      }
    }
  }
});

Deno.test("openSafetensors() asks for no bytes that a lying header length promises", async () => {
  const bytes = withHeader("{}", 0, 99_000_000n);
  let longest = 0;
  const load: Load = (_, range) => {
    longest = Math.max(longest, range!.end - range!.start);
    return Promise.resolve(bytes.slice(range!.start, range!.end));
  };
  await assertRejects(() => openSafetensors(load, "f"), SyntaxError);
  assertEquals(longest, 8);
});

Deno.test("openCheckpoint() reads a sharded checkpoint through its index", async () => {
  const shard = (value: number) => ({ shape: [1], data: new Float32Array([value]) });
  const index = { metadata: {}, weight_map: { a: "1.safetensors", b: "2.safetensors" } };
  const files = {
    "model.safetensors.index.json": new TextEncoder().encode(JSON.stringify(index)),
    "1.safetensors": encodeSafetensors({ a: shard(1) }),
    "2.safetensors": encodeSafetensors({ b: shard(2), unlisted: shard(3) }),
  };
  const file = await openCheckpoint(memory(files));
  assertEquals([...file.entries.keys()], ["a", "b"]);
  assertEquals([...await file.read("b")], [2]);
  await assertRejects(() => file.read("unlisted"), RangeError);
  const { "2.safetensors": _, ...rest } = files;
  await assertRejects(() => openCheckpoint(memory(rest)), RangeError, `"2.safetensors"`);
});

Deno.test("openCheckpoint() refuses a shard outside the folder", async () => {
  for (const file of ["../secret", "/etc/passwd", "..", "a\\b", "", 3]) {
    const index = new TextEncoder().encode(JSON.stringify({ weight_map: { a: file } }));
    const load = memory({ "model.safetensors.index.json": index });
    await assertRejects(() => openCheckpoint(load), SyntaxError, "expected a file name");
  }
});

Deno.test("openCheckpoint() says once what it looked for where there are no weights", async () => {
  await assertRejects(() => openCheckpoint(memory({})), RangeError, "model.safetensors.index.json");
});

for (const model of ["small-monobert", "minilm-cross-encoder"]) {
  sharedTest(`openCheckpoint() reads every tensor of ${model}`, `models/${model}/`, async (at) => {
    const file = await openCheckpoint(folder(at));
    for (const { name, dtype } of file.entries.values()) {
      if (dtype === "I64") continue;
      assertEquals((await file.read(name)).every(Number.isFinite), true, name);
    }
  });
}

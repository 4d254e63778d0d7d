import { assertEquals, assertRejects } from "@std/assert";
import { openCheckpoint } from "../../src/formats/checkpoint.ts";
import type { Load } from "../../src/formats/load.ts";
import { openPyTorch } from "../../src/formats/pytorch.ts";
import { openSafetensors } from "../../src/formats/safetensors.ts";
import { streamSafetensors } from "../../src/formats/safetensors_writer.ts";
import { folder, memory } from "./files.ts";

const GOLDEN = new URL("golden/", import.meta.url);
const load = folder(GOLDEN);

interface Golden {
  readonly dtype: string;
  readonly shape: number[];
  /** As Python prints them. */
  readonly elements: string[];
}

const golden: Record<string, Golden> = JSON.parse(
  Deno.readTextFileSync(new URL("state.json", GOLDEN)),
);

const DTYPES: Record<string, string> = {
  "torch.float32": "F32",
  "torch.float64": "F64",
  "torch.float16": "F16",
  "torch.bfloat16": "BF16",
  "torch.int64": "I64",
  "torch.bool": "BOOL",
};

/** A Python float; "inf" and "-inf" are spelled otherwise in JavaScript. */
function python(text: string): number {
  return Number(text.replace("inf", "Infinity"));
}

for (const name of ["state.zip.bin", "state.legacy.bin"]) {
  Deno.test(`openPyTorch() reads every tensor of ${name} as torch sees it`, async () => {
    const file = await openPyTorch(load, name);
    assertEquals([...file.entries.keys()], Object.keys(golden));
    for (const [tensor, { dtype, shape, elements }] of Object.entries(golden)) {
      const entry = file.entries.get(tensor)!;
      assertEquals([entry.dtype, entry.shape], [DTYPES[dtype], shape], tensor);
      if (["I64", "BOOL"].includes(entry.dtype)) {
        await assertRejects(() => file.read(tensor), TypeError, entry.dtype);
      } else {
        assertEquals([...await file.read(tensor)], elements.map(python), tensor);
      }
    }
  });

  Deno.test(`openPyTorch() reads ${name} through a loader that gives only whole files`, async () => {
    const bytes = await load(name);
    const file = await openPyTorch(() => Promise.resolve(bytes), name);
    assertEquals([...await file.read("window")], golden.window.elements.map(python));
  });

  Deno.test(`openPyTorch() refuses ${name} cut short anywhere, at once`, async () => {
    const bytes = await load(name);
    // Every length near the ends of the parts, and steps of a prime between them.
    for (let length = 0; length < bytes.length; length += length < 300 ? 1 : 13) {
      const cut = memory({ cut: bytes.slice(0, length) });
      await assertRejects(() => openPyTorch(cut, "cut"), SyntaxError, `Cannot read "cut"`);
    }
    const last = memory({ cut: bytes.slice(0, -1) });
    await assertRejects(() => openPyTorch(last, "cut"), SyntaxError, `Cannot read "cut"`);
  });

  Deno.test(`openPyTorch() meets ${name} with any byte damaged by an answer or a SyntaxError`, async () => {
    const bytes = await load(name);
    for (let at = 0; at < bytes.length; at += 3) {
      const damaged = bytes.slice();
      damaged[at] ^= 0xff;
      try {
        const file = await openPyTorch(memory({ damaged }), "damaged");
        for (const tensor of file.entries.keys()) await file.bytes(tensor);
      } catch (error) {
        assertEquals((error as Error).name, "SyntaxError", `byte ${at}: ${error}`);
      }
    }
  });

  Deno.test(`streamSafetensors() converts ${name} element for element`, async () => {
    const file = await openPyTorch(load, name);
    const pieces = await Array.fromAsync(streamSafetensors(file.entries.values(), file.bytes));
    const bytes = new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer());
    const copy = await openSafetensors(memory({ copy: bytes }), "copy");
    for (const [tensor, { dtype, elements }] of Object.entries(golden)) {
      assertEquals(await copy.bytes(tensor), await file.bytes(tensor), tensor);
      if (dtype.startsWith("torch.int") || dtype === "torch.bool") continue;
      assertEquals([...await copy.read(tensor)], elements.map(python), tensor);
    }
    assertEquals(new BigInt64Array((await copy.bytes("position_ids")).buffer)[4], 4n);
  });
}

for (const name of ["evil.zip.bin", "evil.legacy.bin"]) {
  Deno.test(`openPyTorch() refuses ${name}, which asks for os.system, by that name`, async () => {
    // Python calls the module after the system: posix or nt.
    await assertRejects(() => openPyTorch(load, name), SyntaxError, "asks for posix.system");
  });
}

/** A legacy stream whose object pickle is this text. */
function legacy(object: string): Load {
  const header = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19." +
    "\x80\x02M\xe9\x03." +
    "\x80\x02}X\x0d\x00\x00\x00little_endian\x88s.";
  const text = header + object + "\x80\x02]." + "\x00".repeat(64);
  return memory({ f: Uint8Array.from(text, (character) => character.charCodeAt(0)) });
}

/** A state dict of one tensor of one axis, a view of a storage of 8 elements; numbers are bytes. */
function tensor(storage: string, offset: string, length: string, stride: string): string {
  const id = `(U\x07storagectorch\n${storage}\nU\x01kU\x03cpuK\x08NtQ`;
  const view = `(${id}K${offset}K${length}\x85K${stride}\x85\x89}t`;
  return `\x80\x02}U\x01wctorch._utils\n_rebuild_tensor_v2\n${view}Rs.`;
}

const REFUSED: Record<string, readonly [pickle: string, cause: string]> = {
  "a builtin": ["\x80\x02c__builtin__\neval\n(U\x011tR.", "__builtin__.eval"],
  "a name with dots": [
    "\x80\x02ctorch\nstorage._load_from_bytes\n.",
    "torch.storage._load_from_bytes",
  ],
  "a name of Object's prototype": ["\x80\x02ctorch\nconstructor\n.", "torch.constructor"],
  "a global named through the stack": ["\x80\x04\x8c\x05posix\x8c\x06system\x93.", "posix.system"],
  "an object of a class": ["\x80\x02(cposix\nsystem\no.", "posix.system"],
  "an instance by opcode INST": ["\x80\x02(iposix\nsystem\n.", "opcode 0x69"],
  "an extension": ["\x80\x02\x82\x01.", "opcode 0x82"],
  "a call of data": ["\x80\x02U\x01a)R.", "calls what is no function"],
  "a call of a storage type": ["\x80\x02ctorch\nFloatStorage\n)R.", "calls what is no function"],
  "a memo never stored": ["\x80\x02h\x05.", "recalls"],
  "a value from an empty stack": ["\x80\x02.", "takes from no value"],
  "items without a mark": ["\x80\x02}u.", "takes from no mark"],
  "a list": ["\x80\x02].", "no dict"],
  "text that is not UTF-8": ["\x80\x02U\x01\xff.", "encoded data"],
  "a dict of numbers": ["\x80\x02}U\x01aK\x01s.", `"a" is no tensor`],
  "an unknown storage": [
    tensor("ComplexFloatStorage", "\x00", "\x02", "\x01"),
    "torch.ComplexFloatStorage",
  ],
  "a tensor beyond its storage": [
    tensor("FloatStorage", "\x07", "\x02", "\x01"),
    "beyond its storage",
  ],
  "strides beyond the storage": [
    tensor("FloatStorage", "\x00", "\x03", "\x04"),
    "beyond its storage",
  ],
  "a storage missing from the list": [
    tensor("FloatStorage", "\x00", "\x02", "\x01"),
    "without storage k",
  ],
};

for (const [what, [pickle, cause]] of Object.entries(REFUSED)) {
  Deno.test(`openPyTorch() refuses ${what}, naming the file`, async () => {
    const error = await assertRejects(() => openPyTorch(legacy(pickle), "f"), SyntaxError, cause);
    assertEquals(error.message.startsWith(`Cannot read "f" as PyTorch checkpoint`), true);
  });
}

Deno.test("openPyTorch() refuses a state dict inside another dict, and other kinds of file", async () => {
  await assertRejects(() => openPyTorch(load, "odd.bin"), SyntaxError, `"model" is no tensor`);
  const pointer = new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\n");
  await assertRejects(
    () => openPyTorch(memory({ f: pointer }), "f"),
    SyntaxError,
    "begins 76 65 72",
  );
});

Deno.test("openCheckpoint() reads pytorch_model.bin, and prefers model.safetensors to it", async () => {
  const bytes = await load("state.legacy.bin");
  const file = await openCheckpoint(memory({ "pytorch_model.bin": bytes }));
  assertEquals([...await file.read("scalar")], [3.25]);
  const index = new TextEncoder().encode(`{"weight_map":{"scalar":"1.bin","shared":"1.bin"}}`);
  const sharded = memory({ "pytorch_model.bin.index.json": index, "1.bin": bytes });
  assertEquals([...(await openCheckpoint(sharded)).entries.keys()], ["scalar", "shared"]);
});

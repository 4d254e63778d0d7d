/** What fuzzing and hostile files found, once each. */

import { assert, assertLess, assertRejects, assertThrows } from "@std/assert";
import { openSafetensors, openTokenizer, parseExpression } from "../../internal.ts";
import { openPyTorch } from "../../src/formats/pytorch.ts";
import { memory } from "../formats/files.ts";

const utf8 = new TextEncoder();

Deno.test("parseExpression() refuses what would fill the stack", () => {
  const nested = (open: string, close: string) =>
    open.repeat(100_000) + "P[a]" + close.repeat(100_000);
  for (
    const text of [nested("(", ")"), nested("random(", ", 1)"), Array(5000).fill("P[a]").join("-")]
  ) {
    const error = assertThrows(() => parseExpression(text), SyntaxError, "at most 1000 names");
    assertLess(error.message.length, 200);
  }
  parseExpression("(".repeat(450) + "P[a]" + ")".repeat(450));
});

Deno.test("openSafetensors() quotes no more than a line of a header", async () => {
  const header = utf8.encode(`{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`);
  const file = new Uint8Array(8 + header.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  const error = await assertRejects(() => openSafetensors(memory({ file }), "file"), SyntaxError);
  assertLess(error.message.length, 300);
});

Deno.test("openPyTorch() takes deep pickles without a deep stack", async () => {
  for (const opcode of [0x85, 0x5d, 0x7d]) { // tuples, lists, dicts
    const file = new Uint8Array(200_004).fill(opcode);
    file.set([0x80, 2, 0x4e]);
    file[file.length - 1] = 0x2e;
    await assertRejects(() => openPyTorch(memory({ file }), "file"), SyntaxError);
  }
});

Deno.test("openTokenizer() refuses tokens without an id rather than taking [PAD]'s", async () => {
  const special = ["[UNK]", "[CLS]", "[SEP]"];
  const tokenizer = (model: Record<string, unknown>) =>
    openTokenizer(memory({
      "tokenizer.json": utf8.encode(JSON.stringify({
        added_tokens: special.map((content, id) => ({ id, content, special: true })),
        ...{ normalizer: null, pre_tokenizer: null, post_processor: null },
        decoder: { type: "WordPiece" },
        model: { type: "WordPiece", unk_token: "[UNK]", ...model },
      })),
    }));
  const vocab = Object.fromEntries(special.map((token, id) => [token, id]));
  for (
    const [model, why] of [
      [{ vocab, unk_token: "[unknown]" }, 'its vocabulary lacks the unknown token "[unknown]"'],
      ...["7", -7, 0.5].map((word) =>
        [{ vocab: { ...vocab, word } }, 'expected an id of token "word" in the vocabulary'] as const
      ),
    ] as const
  ) {
    await assertRejects(() => tokenizer(model), SyntaxError, why);
  }
  assert((await tokenizer({ vocab })).encode("word", "word").ids.length === 5);
});

/** Every component of tokenizer.json against Hugging Face's tokenizers, over many scripts and odd characters. */

import { assert, assertEquals } from "@std/assert";
import { type EncodedPair, openTokenizer } from "../../internal.ts";
import { makeNormalizer } from "../../src/model/tokenizer/normalizers.ts";
import { makePreTokenizer } from "../../src/model/tokenizer/pre_tokenizers.ts";
import { root } from "../backends.ts";
import { memory } from "../formats/files.ts";

const folder = new URL("tests/golden/tokenizers/", root);

/** A text a line, with escapes for what is not seen. */
const texts = (await Deno.readTextFile(new URL("texts.txt", folder))).split("\n").map((line) =>
  line.replaceAll(
    /\\(?:u([0-9a-f]{4})|U([0-9a-f]{8})|([trn]))/g,
    (_, short, long, letter) =>
      letter
        ? { t: "\t", r: "\r", n: "\n" }[letter as "t" | "r" | "n"]
        : String.fromCodePoint(parseInt(short ?? long, 16)),
  )
);

async function cases<T>(name: string): Promise<T[]> {
  const lines = await Deno.readTextFile(new URL(`${name}.jsonl`, folder));
  return lines.trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** A component as a test's name shows it. */
function nameOf(component: unknown): string {
  const text = JSON.stringify(component);
  return text.length > 90 ? `${text.slice(0, 90)}…` : text;
}

interface Case<T> {
  readonly component: unknown;
  readonly results: readonly T[];
}

for (const { component, results } of await cases<Case<string>>("normalizers")) {
  Deno.test(`makeNormalizer() rewrites as Hugging Face's: ${nameOf(component)}`, () => {
    const normalize = makeNormalizer(component);
    assertEquals(results.length, texts.length);
    texts.forEach((text, i) => assertEquals(normalize(text), results[i], text));
  });
}

for (const { component, results } of await cases<Case<string[]>>("pre_tokenizers")) {
  Deno.test(`makePreTokenizer() cuts as Hugging Face's: ${nameOf(component)}`, () => {
    const cut = makePreTokenizer(component);
    assertEquals(results.length, texts.length);
    texts.forEach((text, i) => assertEquals(cut(text), results[i], text));
  });
}

interface TokenizerCase {
  readonly name: string;
  readonly definition: unknown;
  readonly ids: readonly (readonly number[])[];
  readonly pairs: readonly {
    readonly query: number;
    readonly ids: readonly number[];
    readonly types: readonly number[];
  }[];
}

for (const { name, definition, ids, pairs } of await cases<TokenizerCase>("tokenizers")) {
  Deno.test(`openTokenizer() encodes as Hugging Face's: ${name}`, async () => {
    const json = new TextEncoder().encode(JSON.stringify(definition));
    const tokenizer = await openTokenizer(memory({ "tokenizer.json": json }));
    const wide = { maxLength: 100_000 };
    const part = (pair: EncodedPair, segment: number) =>
      Array.from(pair.ids.filter((_, i) => pair.segments[i] === segment));
    assertEquals(ids.length, texts.length);
    texts.forEach((text, i) =>
      assertEquals(part(tokenizer.encode(text, "", wide), 1), ids[i], text)
    );
    assert(pairs.length > 0);
    for (const pair of pairs) {
      const passage = texts.at(pair.query - 1)!;
      const encoded = tokenizer.encode(texts[pair.query], passage, wide);
      assertEquals([...encoded.ids], pair.ids, passage);
      assertEquals([...encoded.types], pair.types, passage);
    }
  });
}

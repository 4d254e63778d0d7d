/** Pairs of tokens: truncation, vocab.txt and tokenizer.json, segments, limits. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { openTokenizer, type PairTokenizer, segments } from "../../internal.ts";
import { parseConfig } from "../../src/model/config.ts";
import { truncated } from "../../src/model/tokenizer/encoders.ts";
import { loaderOf } from "../backends.ts";
import { folderOf, loadWith } from "./models.ts";

const fixture = "fixtures/tiny-cross-encoder";

/** A tokenizer with the limits of its model. */
async function open(name: string): Promise<PairTokenizer> {
  const load = loaderOf(folderOf(name));
  return await openTokenizer(load, parseConfig(await load("config.json")));
}

/**
 * By limit: tokens of two texts > how many of each remain. From tokenizers 0.23.3, words "a" and
 * "b" of a WordLevel model: enable_truncation(limit, strategy="longest_first").
 */
const truncations: Readonly<Record<number, string>> = {
  2: `0 9 > 0 2, 9 0 > 2 0, 1 1 > 1 1, 2 5 > 1 1, 5 2 > 1 1, 3 4 > 1 1, 4 3 > 1 1,
    4 4 > 1 1, 6 5 > 1 1, 5 6 > 1 1, 1 50 > 1 1, 50 1 > 1 1, 70 40 > 1 1,
    40 70 > 1 1, 100 100 > 1 1, 100 20 > 1 1, 20 100 > 1 1, 31 30 > 1 1, 31 31 > 1 1`,
  3: `0 9 > 0 3, 9 0 > 3 0, 1 1 > 1 1, 2 5 > 1 2, 5 2 > 2 1, 3 4 > 1 2, 4 3 > 2 1,
    4 4 > 1 2, 6 5 > 2 1, 5 6 > 1 2, 1 50 > 1 2, 50 1 > 2 1, 70 40 > 2 1,
    40 70 > 1 2, 100 100 > 1 2, 100 20 > 2 1, 20 100 > 1 2, 31 30 > 2 1, 31 31 > 1 2`,
  7: `0 9 > 0 7, 9 0 > 7 0, 1 1 > 1 1, 2 5 > 2 5, 5 2 > 5 2, 3 4 > 3 4, 4 3 > 4 3,
    4 4 > 3 4, 6 5 > 4 3, 5 6 > 3 4, 1 50 > 1 6, 50 1 > 6 1, 70 40 > 4 3,
    40 70 > 3 4, 100 100 > 3 4, 100 20 > 4 3, 20 100 > 3 4, 31 30 > 4 3, 31 31 > 3 4`,
  8: `0 9 > 0 8, 9 0 > 8 0, 1 1 > 1 1, 2 5 > 2 5, 5 2 > 5 2, 3 4 > 3 4, 4 3 > 4 3,
    4 4 > 4 4, 6 5 > 4 4, 5 6 > 4 4, 1 50 > 1 7, 50 1 > 7 1, 70 40 > 4 4,
    40 70 > 4 4, 100 100 > 4 4, 100 20 > 4 4, 20 100 > 4 4, 31 30 > 4 4, 31 31 > 4 4`,
  61: `0 9 > 0 9, 9 0 > 9 0, 1 1 > 1 1, 2 5 > 2 5, 5 2 > 5 2, 3 4 > 3 4, 4 3 > 4 3,
    4 4 > 4 4, 6 5 > 6 5, 5 6 > 5 6, 1 50 > 1 50, 50 1 > 50 1, 70 40 > 31 30,
    40 70 > 30 31, 100 100 > 30 31, 100 20 > 41 20, 20 100 > 20 41, 31 30 > 31 30, 31 31 > 30 31`,
};

Deno.test("truncated() cuts as Hugging Face's longest_first does, both texts long or one", () => {
  for (const [limit, lines] of Object.entries(truncations)) {
    for (const line of lines.split(",")) {
      const [first, second, ...kept] = line.match(/\d+/g)!.map(Number);
      assertEquals(truncated(first, second, Number(limit)), kept, `${line} in ${limit}`);
    }
  }
});

/** Accents, scripts, control and private characters, specials, long words, punctuation. */
const texts = [
  "The comet's orbit",
  "Crème brûlée, naïve café Ångström",
  "北京大学 and 東京!",
  "a\u0000b\u200bc\u00a0d\te\r\nf",
  "[MASK] and [UNK] [SEP] x",
  `${"x".repeat(100)} ${"x".repeat(101)} star`,
  "don't stop—now… 3.14% $5 #tag @me e=mc² ½ ﬁne",
  "İstanbul ß ẞ Σίσυφος 한국어 עברית العربية",
  "👍 star \ud83d lone",
  "\ufeffstar a\u0301 ﬀ １２３ Ⅷ",
  "   ",
  "",
];

Deno.test("openTokenizer() makes the same pairs of vocab.txt as of tokenizer.json", async () => {
  const [definition, vocabulary] = await Promise.all(
    ["vocab.txt", "tokenizer.json"].map((absent) =>
      openTokenizer(loadWith(fixture, { [absent]: null }))
    ),
  );
  for (const query of texts) {
    for (const passage of [texts[0], query]) {
      assertEquals(vocabulary.encode(query, passage), definition.encode(query, passage), query);
    }
  }
});

Deno.test("openTokenizer() takes case, accents and special tokens from tokenizer_config.json", async () => {
  const vocab = ["<pad>", "<unk>", "<cls>", "<sep>", "Ab", "ab", "é", "e", "[UNK]", "ÉÉ"];
  const tokens = async (settings: Record<string, unknown>) => {
    const tokenizer = await openTokenizer(loadWith(fixture, {
      "tokenizer.json": null,
      "vocab.txt": vocab.join("\r\n") + "\r\n",
      "tokenizer_config.json": { cls_token: "<cls>", sep_token: { content: "<sep>" }, ...settings },
    }));
    return tokenizer.encode("Ab é", "<sep> É").tokens.join(" ");
  };
  assertEquals(await tokens({}), "<cls> ab e <sep> <sep> e <sep>");
  assertEquals(await tokens({ do_lower_case: false }), "<cls> Ab é <sep> <sep> [UNK] <sep>");
  assertEquals(await tokens({ strip_accents: false }), "<cls> ab é <sep> <sep> é <sep>");
});

Deno.test("encode() makes [CLS] query [SEP] passage [SEP] with its types and segments", async () => {
  const pair = (await openTokenizer(loaderOf(fixture))).encode("star", "the comet", {});
  assertEquals(pair.tokens, ["[CLS]", "star", "[SEP]", "the", "comet", "[SEP]"]);
  assertEquals([...pair.types], [0, 0, 0, 1, 1, 1]);
  assertEquals(
    Array.from(pair.segments, (segment) => segments[segment]),
    ["[CLS]", "query", "first [SEP]", "passage", "passage", "last [SEP]"],
  );
});

Deno.test("encode() with segments zeros gives the same pair with every type 0", async () => {
  const tokenizer = await openTokenizer(loaderOf(fixture));
  const [pair, zeros] = ["pair", "zeros"].map((segments) =>
    tokenizer.encode("star", "the comet", { segments: segments as "pair" | "zeros" })
  );
  assertEquals(zeros, { ...pair, types: new Uint32Array(6) });
});

Deno.test("encode() in RoBERTa puts two separators between, and has one type", async () => {
  const pair = (await open("roberta-w36-labels2")).encode("a", "b");
  assertEquals(
    pair.tokens.map((token) => /^<\/?s>$/.test(token) ? token : "x").join(" "),
    [
      "<s> x </s> </s> x </s>",
    ].join(),
  );
  assertEquals([...pair.types], [0, 0, 0, 0, 0, 0]);
  assertEquals([...pair.segments], [0, 1, 2, 2, 3, 4]);
});

Deno.test("encode() of an empty query or passage keeps the specials", async () => {
  const tokenizer = await openTokenizer(loaderOf(fixture));
  const encode = (query: string, passage: string) => {
    const { tokens, types, segments } = tokenizer.encode(query, passage);
    return [tokens.join(" "), types.join(""), segments.join("")];
  };
  assertEquals(encode("", "star"), ["[CLS] [SEP] star [SEP]", "0011", "0234"]);
  assertEquals(encode("star", "   "), ["[CLS] star [SEP] [SEP]", "0001", "0124"]);
  assertEquals(encode("", ""), ["[CLS] [SEP] [SEP]", "001", "024"]);
});

Deno.test("encode() keeps to the length given, and to the model's own where that is less", async () => {
  const tokenizer = await open("l2-w36-h3-f50-labels2"); // 48 positions
  const words = (count: number) => Array(count).fill("river").join(" ");
  const lengths = (query: number, passage: number, maxLength?: number) => {
    const { ids, segments } = tokenizer.encode(words(query), words(passage), { maxLength });
    const of = (segment: number) => segments.filter((one) => one === segment).length;
    assertEquals(ids.length, 3 + of(1) + of(3));
    return [of(1), of(3)];
  };
  assertEquals(lengths(5, 40), [5, 40]);
  assertEquals(lengths(5, 41), [5, 40]);
  assertEquals(lengths(5, 400, 10_000), [5, 40]);
  assertEquals(lengths(100, 100), [22, 23]);
  assertEquals(lengths(3, 100, 12), [3, 6]);
  assertEquals(lengths(1, 1, 5), [1, 1]);
});

Deno.test("encode() refuses lengths in which no pair fits", async () => {
  const [bert, roberta] = [
    await openTokenizer(loaderOf(fixture)),
    await open("roberta-w36-labels2"),
  ];
  for (const maxLength of [4, 0, -1, NaN, 7.5]) {
    assertThrows(
      () => bert.encode("a", "b", { maxLength }),
      RangeError,
      `Cannot encode a pair: expected a whole length of at least 5, got ${maxLength}`,
    );
  }
  assertThrows(
    () => roberta.encode("a", "b", { maxLength: 5 }),
    RangeError,
    "of at least 6, got 5",
  );
});

Deno.test("encode() refuses a token beyond the model's vocabulary", async () => {
  const load = loaderOf(fixture);
  const config = parseConfig(await load("config.json"));
  const { ids: [, id] } = (await openTokenizer(load, config)).encode("comet", "star");
  const small = await openTokenizer(load, { ...config, vocabulary: id });
  assertThrows(
    () => small.encode("comet", "star"),
    RangeError,
    `Cannot encode a pair: token id ${id} is beyond the model's vocabulary of ${id}`,
  );
});

Deno.test("openTokenizer() says in one sentence what it cannot open", async () => {
  const opening = (files: Parameters<typeof loadWith>[1]) => () =>
    openTokenizer(loadWith(fixture, files));
  await assertRejects(
    opening({ "tokenizer.json": null, "vocab.txt": null }),
    RangeError,
    "Cannot open the tokenizer: expected tokenizer.json or vocab.txt, found none",
  );
  await assertRejects(
    opening({ "tokenizer.json": "{" }),
    SyntaxError,
    `Cannot read "tokenizer.json": expected JSON`,
  );
  await assertRejects(
    opening({ "tokenizer_config.json": "[]" }),
    SyntaxError,
    `Cannot read "tokenizer_config.json": expected a JSON object, got an array`,
  );
  await assertRejects(
    opening({ "tokenizer.json": { model: { type: "Nothing" } } }),
    SyntaxError,
    "Cannot use the model's tokenizer: ",
  );
  await assertRejects(
    opening({ "tokenizer.json": null, "vocab.txt": "[PAD]\n[UNK]\n[CLS]\nstar\n" }),
    RangeError,
    "Cannot use the model's tokenizer: its vocabulary lacks [SEP]",
  );
  await assertRejects(
    opening({ "tokenizer.json": null, "vocab.txt": Uint8Array.of(0x5b, 0xff) }),
    SyntaxError,
    `Cannot read "vocab.txt": expected UTF-8 text`,
  );
});

Deno.test("openTokenizer() opens a folder without a tokenizer_config.json", async () => {
  const tokenizer = await openTokenizer(loadWith(fixture, { "tokenizer_config.json": null }));
  assert(tokenizer.encode("Star", "comet").tokens.includes("star"));
});

/** ColBERT's checkpoints: what artifact.metadata and PyLate's configuration change, and what is refused. */

import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { cpuOps, openCrossEncoder, score } from "../../internal.ts";
import { parseJsonObject } from "../../src/formats/json.ts";
import type { Load } from "../../src/formats/load.ts";
import { loaderOf } from "../backends.ts";

const folder = "tests/golden/encoders/models";
const [stanford, pylate, modern] = [
  "colbert-l1-w36",
  "colbert-pylate-w30",
  "colbert-modernbert-w36",
];
const pair = { query: "what is the old bridge", passage: "The old stone bridge, the river." };
const artifact = "artifact.metadata";
const about = "config_sentence_transformers.json";

/** A golden model with keys of one file replaced, or without the file. */
function changed(name: string, file: string, change: Record<string, unknown> | null): Load {
  const load = loaderOf(`${folder}/${name}`);
  return async (asked, range) => {
    if (asked !== file) return await load(asked, range);
    if (change === null) throw new Deno.errors.NotFound(file);
    const own = parseJsonObject(new TextDecoder().decode(await load(file)), file);
    return new TextEncoder().encode(JSON.stringify({ ...own, ...change }));
  };
}
const open = (...args: Parameters<typeof changed>) => openCrossEncoder(changed(...args), cpuOps());
const scoreOf = async (...args: Parameters<typeof changed>) =>
  (await score(await open(...args), [pair]))[0].logits[0];

Deno.test("openCrossEncoder() fills queries of ColBERT with [MASK], which others attend to as the metadata say", async () => {
  const { tokenizer, config } = await open(stanford, artifact, {});
  assertEquals([config.similarity, config.labels, config.maxTokens], ["max-sim", 1, 24]);
  const { tokens, second, unseen } = tokenizer.encode(pair.query, pair.passage);
  assertEquals([second, unseen, tokens[1], tokens[second! + 1]], [12, 4, "[unused0]", "[unused1]"]);
  assertEquals(tokens.slice(7, 12), ["[SEP]", ...Array(4).fill("[MASK]")]);
  const seen = await open(stanford, artifact, { attend_to_mask_tokens: true });
  assertEquals(seen.tokenizer.encode(pair.query, pair.passage).unseen, 0);
  const [one, other] = [
    await scoreOf(stanford, artifact, {}),
    (await score(seen, [pair]))[0].logits[0],
  ];
  assertNotEquals(one, other);
});

Deno.test("openCrossEncoder() leaves punctuation of passages out of the maxima, as the metadata say", async () => {
  const { tokenizer } = await open(stanford, artifact, {});
  const { tokens, counted, second } = tokenizer.encode("a, b.", pair.passage);
  const skipped = tokens.filter((_, i) => counted![i] === 0);
  assertEquals(skipped, [",", "."]);
  assert(tokens.slice(0, second).includes(",")); // a query's counts
  const all = await open(stanford, artifact, { mask_punctuation: false });
  assert(all.tokenizer.encode("a, b.", pair.passage).counted!.every((one) => one === 1));
  const words = await open(pylate, about, { skiplist_words: ["river"] });
  const own = words.tokenizer.encode("river", pair.passage);
  assertEquals(own.tokens.filter((_, i) => own.counted![i] === 0), ["river"]);
});

Deno.test("openCrossEncoder() reads PyLate's queries without [MASK]s and without markers", async () => {
  const plain = await open(pylate, about, { do_query_expansion: false, query_prefix: "" });
  const { tokens, second, unseen } = plain.tokenizer.encode("river", "bank");
  assertEquals([second, unseen], [3, 0]);
  assertEquals(tokens, ["[CLS]", "river", "[SEP]", "[CLS]", "[D] ", "bank", "[SEP]"]);
});

Deno.test("PairTokenizer.encode() cuts each text of ColBERT at its own length, or earlier", async () => {
  const { tokenizer } = await open(stanford, artifact, {});
  const long = "the old stone bridge ".repeat(20);
  const lengths = (maxLength?: number) => {
    const { ids, second } = tokenizer.encode(long, long, { maxLength });
    return [second, ids.length - second!];
  };
  assertEquals(lengths(), [12, 24]);
  assertEquals(lengths(10), [10, 10]);
  assertEquals(lengths(512), [12, 24]);
  await assertRejects(
    () => Promise.resolve().then(() => tokenizer.encode("a", "b", { maxLength: 3 })),
    RangeError,
    "Cannot encode a text: expected a whole length of at least 4, got 3",
  );
});

for (
  const [what, name, file, change, says] of [
    [
      "a checkpoint without artifact.metadata",
      stanford,
      artifact,
      null,
      "Cannot use architecture HF_ColBERT: expected artifact.metadata with query_maxlen and doc_maxlen, found none",
    ],
    [
      "another similarity",
      stanford,
      artifact,
      { similarity: "l2" },
      'Cannot use similarity of artifact.metadata: expected "cosine", got "l2"',
    ],
    [
      "another interaction",
      stanford,
      artifact,
      { interaction: "flipr" },
      'Cannot use interaction of artifact.metadata: expected "colbert", got "flipr"',
    ],
    [
      "a length that is none",
      stanford,
      artifact,
      { query_maxlen: "32" },
      'Cannot use query_maxlen of artifact.metadata: expected a positive integer, got "32"',
    ],
    [
      "queries longer than the model",
      stanford,
      artifact,
      { query_maxlen: 41 },
      "Cannot use queries of 41 tokens (query_maxlen, query_length): expected at most the model's 40 positions",
    ],
    [
      "a flag that is none",
      stanford,
      artifact,
      { mask_punctuation: 1 },
      "Cannot use mask_punctuation of artifact.metadata: expected true or false, got 1",
    ],
    [
      "a marker that the vocabulary lacks",
      stanford,
      artifact,
      { doc_token_id: "[unused9]" },
      "Cannot use the model's tokenizer: its vocabulary lacks [unused9]",
    ],
    [
      "vectors of another width",
      stanford,
      artifact,
      { dim: 14 },
      "Cannot open the model: expected linear.weight of shape [14, 36], got [13, 36]",
    ],
    [
      "PyLate's cosine",
      pylate,
      about,
      { similarity_fn_name: "cosine" },
      'Cannot use similarity_fn_name of config_sentence_transformers.json: expected "MaxSim" of a model without pooling, got "cosine"',
    ],
    [
      "a list of words that is none",
      pylate,
      about,
      { skiplist_words: [1] },
      "Cannot use skiplist_words of config_sentence_transformers.json: expected a list of words, got [1]",
    ],
    [
      "residual connections",
      pylate,
      "1_Dense/config.json",
      { use_residual: true },
      "Cannot use use_residual true of 1_Dense/config.json: expected false, as a Dense adds nothing here",
    ],
    [
      "queries whose [MASK]s see nothing",
      modern,
      about,
      { query_length: 14 },
      "Cannot use query_length 14: expected at most local_attention's half, 13, so that every [MASK] sees a token",
    ],
  ] as const
) {
  Deno.test(`openCrossEncoder() refuses ${what} of ColBERT in one sentence`, () =>
    assertRejects(() => open(name, file, change), Error, says).then(() => {}));
}

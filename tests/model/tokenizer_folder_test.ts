/** A tokenizer's neighbour files: what transformers makes of folders, notes, contradictions. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { openTokenizer, parseConfig } from "../../internal.ts";
import { makePreTokenizer } from "../../src/model/tokenizer/pre_tokenizers.ts";
import { root } from "../backends.ts";
import { memory } from "../formats/files.ts";
import { folderOf, readConfig } from "./models.ts";

type Files = Readonly<Record<string, unknown>>;
interface Folder {
  readonly name: string;
  readonly files: Files;
  readonly ids: readonly (readonly number[])[];
}

const golden = new URL("tests/golden/tokenizers/", root);
const texts: string[] = JSON.parse(await Deno.readTextFile(new URL("folder_texts.json", golden)));
const folders: Folder[] = (await Deno.readTextFile(new URL("folders.jsonl", golden))).trimEnd()
  .split("\n").map((line) => JSON.parse(line));

const loaded = (files: Files) =>
  memory(Object.fromEntries(
    Object.entries(files).map(([name, file]) => [
      name,
      new TextEncoder().encode(typeof file === "string" ? file : JSON.stringify(file)),
    ]),
  ));
const roberta = parseConfig(
  new TextEncoder().encode(JSON.stringify(await readConfig(folderOf("roberta-w36-labels2")))),
);

for (const { name, files, ids } of folders) {
  Deno.test(`openTokenizer() reads a folder as transformers does: ${name}`, async () => {
    const limits = /RoBERTa/.test(name) ? { ...roberta, maxTokens: 512 } : undefined;
    const tokenizer = await openTokenizer(loaded(files), limits);
    assertEquals(ids.length, texts.length);
    texts.forEach((text, i) =>
      assertEquals([...tokenizer.encode(text, texts[0]).ids], ids[i], text)
    );
  });
}

const bert = folders.find(({ name }) => name === "tokenizer.json of no class")!.files;

Deno.test("openTokenizer() notes where tokenizer_config.json and tokenizer.json differ", async () => {
  const notes = async (settings: Files) =>
    (await openTokenizer(loaded({ ...bert, "tokenizer_config.json": settings }))).notes;
  assertEquals(await notes({ do_lower_case: true, strip_accents: null }), []);
  assertEquals(await notes({ do_lower_case: false, tokenizer_class: "BertTokenizer" }), [
    "tokenizer_config.json and tokenizer.json differ on lowercase: false of the former holds, as in transformers",
  ]);
  const kept = await notes({ strip_accents: false, tokenizer_class: "PreTrainedTokenizerFast" });
  assert(/strip_accents: null of the latter holds/.test(kept.join()));
});

Deno.test("openTokenizer() refuses what neighbours say that is not done here", async () => {
  for (
    const [settings, why] of [
      [
        { truncation_side: "left" },
        'expected truncation_side of tokenizer_config.json to be "right"',
      ],
      [{ do_basic_tokenize: false }, "expected do_basic_tokenize"],
      [{ never_split: ["a"] }, "expected never_split"],
      [{ split_special_tokens: true }, "expected split_special_tokens"],
      [{ cls_token: 7 }, "expected cls_token of tokenizer_config.json to be a token, got 7"],
      [
        { cls_token: "<cls>" },
        `tokenizer_config.json's cls_token is "<cls>", where the post_processor of tokenizer.json puts "[CLS]"`,
      ],
      [
        { added_tokens_decoder: { 90: { content: "[NEW]" } } },
        'expected the added token "[NEW]" to have id 28, got 90',
      ],
      [{ added_tokens_decoder: [] }, "expected added_tokens_decoder to be an object"],
    ] as const
  ) {
    await assertRejects(
      () => openTokenizer(loaded({ ...bert, "tokenizer_config.json": settings })),
      SyntaxError,
      why,
    );
  }
});

const definition = bert["tokenizer.json"] as Readonly<Record<string, unknown>>;
const model = definition.model as Readonly<Record<string, unknown>>;
const bytes = Object.fromEntries(Array.from("ab", (char, id) => [char, id]));

/** Parts of tokenizer.json that are replaced, and what is said of them. */
const refusals: readonly (readonly [Files, string])[] = [
  [{ normalizer: { type: "Jamo" } }, "expected normalizer of a known type (BertNormalizer, "],
  [
    { normalizer: { type: "BertNormalizer" } },
    "expected clean_text of BertNormalizer in normalizer",
  ],
  [{ normalizer: { type: "Precompiled", precompiled_charsmap: "AAA=" } }, "its trie's size"],
  [{ normalizer: { type: "Precompiled", precompiled_charsmap: "!" } }, "to be base64"],
  [{ pre_tokenizer: { type: "UnicodeScripts" } }, "expected pre_tokenizer of a known type"],
  [{ pre_tokenizer: "Whitespace" }, "expected pre_tokenizer to be an object"],
  [{ pre_tokenizer: { type: "Split", pattern: {}, invert: false } }, "to be a String or a Regex"],
  [
    { pre_tokenizer: { type: "Punctuation", behavior: "Dropped" } },
    "expected behavior of Punctuation in pre_tokenizer to be one of Removed, Isolated",
  ],
  [
    { pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "first" } },
    "to prepend always or never",
  ],
  [{ pre_tokenizer: { type: "Split", pattern: { Regex: "(?>a)" } } }, "a group of another kind"],
  [{ pre_tokenizer: { type: "Split", pattern: { Regex: "[[:alpha:]]" } } }, "a class within"],
  [{ pre_tokenizer: { type: "Split", pattern: { Regex: "\\h" } } }, "the escape \\h"],
  [{ pre_tokenizer: { type: "Split", pattern: { Regex: "(?i:straSSe)" } } }, "no plain letters"],
  [{ pre_tokenizer: { type: "Split", pattern: { Regex: "(?i:[)]s)" } } }, "no plain letters"],
  [{ post_processor: { type: "Other" } }, "expected post_processor of a known type"],
  [
    {
      post_processor: {
        type: "TemplateProcessing",
        special_tokens: {},
        pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
      },
    },
    'expected a pair in post_processor to be [CLS] A [SEP] B [SEP], with one or two tokens between, got "A B"',
  ],
  [{ post_processor: { type: "BertProcessing", cls: ["[CLS]", 1], sep: ["[SEP]", 3] } }, "id 2 of"],
  [{ model: { ...model, type: "WordLevel" } }, "expected model of a known type"],
  [{ model: { ...model, unk_token: "?" } }, 'its vocabulary lacks the unknown token "?"'],
  [{ model: { ...model, max_input_chars_per_word: 1e6 } }, "a whole number from 1 to 1000"],
  [{ model: { type: "Unigram", vocab: [["a", -1]], unk_id: null } }, "expected unk_id of Unigram"],
  [{ model: { type: "Unigram", vocab: [["a"]], unk_id: 0 } }, "to hold [piece, score]"],
  [
    { model: { type: "Unigram", vocab: [["a", 0]], unk_id: 0, byte_fallback: true } },
    "expected byte_fallback of Unigram to be false",
  ],
  [
    { model: { type: "BPE", vocab: bytes, merges: [] } },
    "expected an unk_token of BPE, or every byte",
  ],
  [
    { model: { type: "BPE", vocab: bytes, merges: ["a b"], unk_token: "a" } },
    "expected merges of BPE to be of its vocabulary",
  ],
  [
    { model: { type: "BPE", vocab: bytes, merges: [], unk_token: "a", dropout: 0.1 } },
    "expected dropout of BPE to be 0 or none",
  ],
  [
    { model: { type: "BPE", vocab: bytes, merges: [], unk_token: "a", byte_fallback: true } },
    "expected byte_fallback of BPE",
  ],
  [
    {
      model: {
        type: "BPE",
        vocab: bytes,
        merges: [],
        unk_token: "a",
        continuing_subword_prefix: "#",
      },
    },
    "expected continuing_subword_prefix of BPE",
  ],
  [{ added_tokens: {} }, "expected added_tokens to be a list"],
  [{ added_tokens: [{ content: "x", id: -1 }] }, "expected the id of added_tokens.0"],
];

for (const [change, why] of refusals) {
  Deno.test(`openTokenizer() refuses ${JSON.stringify(change).slice(0, 80)} by name`, async () => {
    const json = { ...definition, ...change };
    await assertRejects(
      () => openTokenizer(loaded({ "tokenizer.json": json })),
      SyntaxError,
      why,
    );
  });
}

Deno.test("makePreTokenizer() of ByteLevel takes U+0085 for white space and U+FEFF for none", () => {
  const cut = makePreTokenizer({ type: "ByteLevel", add_prefix_space: false });
  assertEquals(cut("!\u0085!"), ["!", "Âħ", "!"]); // JavaScript's \s has it the other way round
  assertEquals(cut("!\ufeff!"), ["!ï»¿!"]);
});

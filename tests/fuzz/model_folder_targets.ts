// What is fuzzed of a model's folder: tokenizers by component, settings, neighbour files.

import { type Load, openTokenizer, parseConfig } from "../../internal.ts";
import { checkCompanions } from "../../src/model/companions.ts";
import { readHead } from "../../src/model/modules.ts";
import { settings } from "../../src/model/settings.ts";
import { openCharsmap } from "../../src/model/tokenizer/charsmap.ts";
import { compile } from "../../src/model/tokenizer/pattern.ts";
import { checkPattern, wellKnown } from "../../src/model/tokenizer_patterns.ts";
import { loaderOf } from "../backends.ts";
import { memory } from "../formats/files.ts";
import { damageBytes, damageJson, damageText, type Draw } from "./mutate.ts";

const utf8 = new TextEncoder();
const root = new URL("../../", import.meta.url);

/** Components with their golden values: good ones of every kind. */
const componentsOf = (name: string): unknown[] =>
  Deno.readTextFileSync(new URL(`tests/golden/tokenizers/${name}.jsonl`, root)).trimEnd()
    .split("\n").map((line) => JSON.parse(line).component);
const normalizers = componentsOf("normalizers");
const preTokenizers = componentsOf("pre_tokenizers");

const special = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
const sequence = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
const postProcessors: unknown[] = [
  null,
  { type: "BertProcessing", cls: ["<s>", 0], sep: ["</s>", 1] },
  { type: "RobertaProcessing", cls: ["<s>", 0], sep: ["</s>", 1] },
  {
    type: "TemplateProcessing",
    pair: [special("<s>"), sequence("A", 0), special("</s>"), sequence("B", 1), special("</s>")],
    special_tokens: {
      "<s>": { id: "<s>", ids: [0], tokens: ["<s>"] },
      "</s>": { id: "</s>", ids: [1], tokens: ["</s>"] },
    },
  },
];
const vocab = {
  "<s>": 0,
  "</s>": 1,
  "<unk>": 2,
  t: 3,
  h: 4,
  e: 5,
  th: 6,
  the: 7,
  "##s": 8,
  "▁": 9,
};
const models: unknown[] = [
  { type: "WordPiece", vocab, unk_token: "<unk>", continuing_subword_prefix: "##" },
  { type: "BPE", vocab, merges: ["t h", ["th", "e"]], unk_token: "<unk>", fuse_unk: true },
  {
    type: "Unigram",
    vocab: Object.keys(vocab).map((piece, id) => [piece, -id]),
    unk_id: 2,
    byte_fallback: false,
  },
];
const addedTokens: unknown[] = [
  { id: 0, content: "<s>", special: true },
  { id: 1, content: "</s>", special: true, lstrip: true, rstrip: true },
  { id: 10, content: "[NEW]", special: true },
  { id: 11, content: "New", single_word: true, normalized: true, special: false },
];
const config = JSON.stringify({
  do_lower_case: false,
  strip_accents: null,
  tokenize_chinese_chars: true,
  add_prefix_space: true,
  tokenizer_class: "BertTokenizer",
  model_max_length: 512,
  truncation_side: "right",
  cls_token: "<s>",
  sep_token: { content: "</s>" },
  added_tokens_decoder: { 11: { content: "[NEW]", special: true } },
});

async function encode(files: Record<string, Uint8Array>): Promise<void> {
  const tokenizer = await openTokenizer(memory(files));
  const text = "The s thé 中\u0085 New NEW [NEW] 12 'S\r\n\ufeff \u{1F600}";
  tokenizer.encode(text, text, { maxLength: 40 });
}

/** A JSON file, mostly damaged in its values, which goes deeper than damage to its text. */
const damaged = (json: string, draw: Draw) =>
  draw.below(8)
    ? utf8.encode(JSON.stringify(damageJson(JSON.parse(json), draw)))
    : draw.below(2)
    ? utf8.encode(damageText(json, draw))
    : damageBytes(utf8.encode(json), draw);
const charsmap = Uint8Array.from(
  atob(
    (normalizers.find((one) => (one as { type: string }).type === "Precompiled") as {
      precompiled_charsmap: string;
    }).precompiled_charsmap,
  ),
  (char) => char.charCodeAt(0),
);
const base64 = (bytes: Uint8Array) =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

const bert = JSON.parse(
  Deno.readTextFileSync(new URL("fixtures/tiny-cross-encoder/config.json", root)),
);
const everySetting = JSON.stringify({
  ...Object.fromEntries(
    Object.entries(settings).filter(([, { use }]) => use === "harmless").map(([key]) => [key, 1]),
  ),
  ...bert,
  num_labels: 2,
  problem_type: "single_label_classification",
  sentence_transformers: { activation_fn: "torch.nn.modules.linear.Identity" },
});
const neighbours: Readonly<Record<string, string>> = {
  "modules.json": JSON.stringify([
    { idx: 0, name: "0", path: "", type: "sentence_transformers.models.Transformer" },
  ]),
  "config_sentence_transformers.json": JSON.stringify({
    activation_fn: "torch.nn.modules.activation.Sigmoid",
    prompts: { query: "" },
    default_prompt_name: "query",
  }),
  "sentence_bert_config.json": JSON.stringify({ max_seq_length: 512, do_lower_case: false }),
};

/** What says how two texts are read and compared, in models that have it. */
const lateFiles = [
  ["colbert-l1-w36", "artifact.metadata"],
  ["colbert-pylate-w30", "config_sentence_transformers.json"],
  ["colbert-pylate-w30", "1_Dense/config.json"],
  ["colbert-pylate-w30", "modules.json"],
  ["splade-st-w30", "1_SpladePooling/config.json"],
] as const;

/** The targets. */
export const modelFolderTargets = [
  {
    name: "tokenizer.json of every component",
    read(draw: Draw) {
      const definition = JSON.stringify({
        added_tokens: addedTokens,
        normalizer: draw.pick(normalizers),
        pre_tokenizer: draw.pick(preTokenizers),
        post_processor: draw.pick(postProcessors),
        model: draw.pick(models),
      });
      return encode({ "tokenizer.json": damaged(definition, draw) });
    },
  },
  {
    name: "maps of characters",
    read(draw: Draw) {
      openCharsmap(base64(damageBytes(charsmap, draw)))("WHERE ﬁne Ⅷ é 中\u0301 １２");
    },
  },
  {
    name: "tokenizer_config.json, special_tokens_map.json, added_tokens.json",
    read(draw: Draw) {
      const words = Object.keys(vocab).concat("[UNK]").join("\n");
      return encode({
        "vocab.txt": utf8.encode(words),
        "tokenizer_config.json": draw.below(2)
          ? damaged(config, draw)
          : damaged('{"cls_token":"<s>","sep_token":"</s>"}', draw),
        "special_tokens_map.json": damaged('{"unk_token":"<unk>","cls_token":"<s>"}', draw),
        "added_tokens.json": damaged('{"[NEW]":11,"xyz":12}', draw),
      });
    },
  },
  {
    name: "config.json of every setting",
    read: (draw: Draw) => {
      parseConfig(damaged(everySetting, draw));
    },
  },
  {
    name: "sentence-transformers' files",
    read(draw: Draw) {
      const name = draw.pick(Object.keys(neighbours));
      const files = Object.entries(neighbours).map(([key, text]) =>
        [key, key === name ? damaged(text, draw) : utf8.encode(text)] as const
      );
      return checkCompanions(memory(Object.fromEntries(files)), draw.below(2) ? 1 : 2);
    },
  },
  {
    name: "ColBERT's and SPLADE's files",
    cases: 400,
    async read(draw: Draw) {
      const [model, name] = draw.pick(lateFiles);
      const whole = loaderOf(`tests/golden/encoders/models/${model}`);
      const text = new TextDecoder().decode(await whole(name));
      const load: Load = async (asked, range) =>
        asked === name ? damaged(text, draw) : await whole(asked, range);
      const config = await whole("config.json");
      const modules = await readHead(load, config);
      const parsed = parseConfig(config, { modules });
      const tokenizer = await openTokenizer(whole, parsed);
      tokenizer.encode("the river is deep", "The old bank.");
    },
  },
  {
    name: "patterns of tokenizers",
    read(draw: Draw) {
      const good = [
        "'s|'t| ?\\p{L}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
        "(?:ab|a)(?=b+)[^\\r\\na]?a{1,3}",
        "(a{2})+b",
        "(?i:'s|'t)|\\p{Lu}?+\\p{Ll}|^\\w\\b.$",
        ...wellKnown,
      ];
      const pattern = damageText(draw.pick(good), draw);
      checkPattern(pattern);
      const regex = compile(pattern);
      for (const text of ["a", " ", "'", "1b"]) text.repeat(300).replaceAll(regex, "");
    },
  },
];

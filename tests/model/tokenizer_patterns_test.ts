/** Patterns of tokenizer.json: those of real tokenizers are taken, those that may run for ever refused. */

import { assertLess, assertRejects, assertThrows } from "@std/assert";
import { openTokenizer } from "../../internal.ts";
import { checkPattern, wellKnown } from "../../src/model/tokenizer_patterns.ts";
import { compile } from "../../src/model/tokenizer/pattern.ts";
import { root } from "../backends.ts";
import { memory } from "../formats/files.ts";

/** Of GPT-2 and its heirs, XLM-RoBERTa, and what transformers' converters write. */
const real = [
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
  " {2,}",
  "\\s+",
  "[^\\S\\n]+",
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}",
  "[\\r\\n]",
  "(?<=\\d)(?=(?:\\d{3})\\b)",
  "``|''",
  "^\\s|\\s$",
  ...wellKnown,
];

/** Each takes longer than anybody waits, on a text that fits it. */
const hostile = [
  ["(a+)+b", "a repeated group"],
  ["(a|a)*b", "a repeated group"],
  ["(?:a|aa){1,40}b", "a repeated group"],
  ["((a|a))*b", "a repeated group"],
  ["(?:a|aa)(?:a|aa)(?:a|aa)(?:a|aa)(?:a|aa)(?:a|aa)(?:a|aa)b", "more than 6 parts"],
  ["((?:a){1,2}){20}b", "a repeated group"],
  ["(?:(?i:a?)){30}a{30}", "a repeated group"],
  ["a*a*b", "several parts without a bound"],
  ["(?:a{1,9})(a+)b", "several parts without a bound"],
  ["a?a?a?a?a?a?a?aaaaaaa", "more than 6 parts"],
  ["(a*)\\1", "a reference"],
  ["(?<x>a)\\k<x>", "a reference"],
  ["[[a](a+)+b]", "a class within a class"],
  ["[](a+)+b]", "a class within a class"],
  ["a++*", "a repeated repetition"],
  ["(?(a+)+b)", "a group of another kind"],
  ["(a", "a bracket"],
  ["a)", "a bracket"],
] as const;

Deno.test("checkPattern() takes the patterns of real tokenizers", () => {
  real.forEach(checkPattern);
});

Deno.test("checkPattern() refuses those that may run for ever, and says why", () => {
  for (const [pattern, why] of hostile) {
    const error = assertThrows(() => checkPattern(pattern), SyntaxError, why);
    assertLess(error.message.length, 300);
  }
});

Deno.test("checkPattern() leaves nothing that takes more than a moment", () => {
  const texts = ["a", "A", " ", "'", "1", "\n", "\t \n", "!", "Aa", "中", "/\r"].map((char) =>
    char.repeat(5000)
  );
  const began = performance.now();
  for (const pattern of [...real, "\\s+x", "(?:ab)*x", "a+b", "a?a?a?a+b", "(?=a*)b"]) {
    checkPattern(pattern);
    const regex = compile(pattern);
    for (const text of texts) text.replaceAll(regex, "");
  }
  assertLess(performance.now() - began, 10_000);
});

Deno.test("openTokenizer() refuses such a pattern wherever it stands", async () => {
  const file = new URL("tests/golden/models/xlm-roberta-w36-labels1/tokenizer.json", root);
  const definition = JSON.parse(await Deno.readTextFile(file));
  const replace = (Regex: string) => ({ type: "Replace", pattern: { Regex }, content: " " });
  const open = (normalizer: unknown) =>
    openTokenizer(memory({
      "tokenizer.json": new TextEncoder().encode(JSON.stringify({ ...definition, normalizer })),
      "tokenizer_config.json": new TextEncoder().encode(
        '{"cls_token":"<s>","sep_token":"</s>"}',
      ),
    }));
  await open({ type: "Sequence", normalizers: [replace(" {2,}")] });
  await assertRejects(
    () => open({ type: "Sequence", normalizers: [replace("(\\s+)+x")] }),
    SyntaxError,
    'expected regular expressions that are known and cannot take long, got "(\\\\s+)+x", which has a repeated group',
  );
});

Deno.test("openTokenizer() refuses components that are nested deep", async () => {
  let normalizer: unknown = { type: "NFC" };
  for (let depth = 0; depth < 1000; depth++) {
    normalizer = { type: "Sequence", normalizers: [normalizer] };
  }
  const definition = { normalizer, model: { type: "WordPiece", unk_token: "a", vocab: { a: 0 } } };
  const json = new TextEncoder().encode(JSON.stringify(definition));
  await assertRejects(
    () => openTokenizer(memory({ "tokenizer.json": json })),
    SyntaxError,
    "to hold at most 100 components, ten deep",
  );
});

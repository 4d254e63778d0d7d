// What is fuzzed: each reader with good files to damage.

import {
  addPair,
  decodeChunk,
  decodePairRecord,
  encodeChunk,
  encodePairRecord,
  encodeSafetensors,
  encodeScheme,
  formatNeuronSet,
  openSafetensors,
  openScheme,
  openTokenizer,
  parseConfig,
  parseExpression,
  parseNeuronSet,
  parseTextPairs,
  schemeOf,
  schemeSums,
} from "../../internal.ts";
import { parseStudy } from "../../src/experiments/study/study_file.ts";
import { openCheckpoint } from "../../src/formats/checkpoint.ts";
import { encodeRecord, readRecords } from "../../src/formats/journal.ts";
import { readPairList } from "../../src/formats/labelled_pairs.ts";
import { readLines } from "../../src/formats/lines.ts";
import { openPyTorch } from "../../src/formats/pytorch.ts";
import type { TensorFile } from "../../src/formats/tensor_file.ts";
import { readJsonTexts, readTabTexts } from "../../src/formats/texts.ts";
import { formatRun, readQrels, readRun } from "../../src/formats/trec.ts";
import { memory } from "../formats/files.ts";
import type { Run } from "../../src/ir/words.ts";
import { modelFolderTargets } from "./model_folder_targets.ts";
import { damageBytes, damageText, type Draw } from "./mutate.ts";
import { pathsTarget } from "./paths.ts";
import { bertSpace } from "../spaces.ts";

/** A reader under test: damages a good file with `draw` and reads it. */
export interface FuzzTarget {
  readonly name: string;
  /** Cases of a test; 2000 unless given. */
  readonly cases?: number;
  read(draw: Draw): Promise<unknown> | unknown;
}

const root = new URL("../../", import.meta.url);
const utf8 = new TextEncoder();
const bytesOf = (path: string) => Deno.readFileSync(new URL(path, root));
const textOf = (path: string) => Deno.readTextFileSync(new URL(path, root));
const stream = async function* (bytes: Uint8Array) {
  await Promise.resolve();
  for (let at = 0; at < bytes.length; at += 50) yield bytes.subarray(at, at + 50);
};

/** Every tensor of a file. */
async function readAll(file: TensorFile) {
  for (const [name, { dtype }] of file.entries) {
    await (/^B?F(16|32|64)$/.test(dtype) ? file.read(name) : file.bytes(name));
  }
}

/** A text, half of the time damaged as bytes. */
const damaged = (text: string, draw: Draw) =>
  draw.below(2) ? damageBytes(utf8.encode(text), draw) : utf8.encode(damageText(text, draw));

/** Safetensors: the header as JSON, its length kept right half of the time, so that more is read. */
function damageSafetensors(bytes: Uint8Array, draw: Draw): Uint8Array {
  if (draw.below(3) === 0) return damageBytes(bytes, draw);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = new TextDecoder().decode(bytes.subarray(8, 8 + length));
  const changed = utf8.encode(damageText(header, draw));
  const result = new Uint8Array(8 + changed.length + bytes.length - 8 - length);
  new DataView(result.buffer).setBigUint64(0, BigInt(changed.length), true);
  result.set(changed, 8);
  result.set(bytes.subarray(8 + length), 8 + changed.length);
  return result;
}

const tensors = encodeSafetensors({
  a: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
  "b.weight": { shape: [4], data: Float64Array.of(1, 2, 3, 4) },
}, { format: "pt" });
const space = bertSpace({ layers: 2, width: 2, inner: 3 });
const neurons = 26;
const sums = schemeSums(space);
addPair(sums, Float64Array.from({ length: neurons }, (_, i) => i / 7));
const scheme = encodeScheme(schemeOf(sums, { label: "relevant" }));
const set = formatNeuronSet({
  ...{ space, ids: Uint32Array.of(1, 5, 20), model: "m", level: 0.01, expression: "P[ms] - N[ms]" },
  provenance: { hash: "abc" },
});
const record = encodePairRecord({
  ...{ index: 1, evaluations: 5, repeated: 0, tokens: 9 },
  conductance: new Float64Array(neurons).fill(0.1),
  F: { baseline: 0, input: 1 },
  completeness: { relative: 0.1, worst: 0.1 },
});
const study = textOf("fixtures/study.json");
const journal = (() => {
  const first = encodeRecord(utf8.encode('{"format":"x"}'), 0);
  const second = encodeRecord(record, first.checksum);
  return Uint8Array.from([...first.bytes, ...second.bytes]);
})();
const chunk = encodeChunk({ first: 3, values: Float64Array.of(1, -2, 0.5) });
const vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "a", "##s", "word", "."].join("\n");
const bert = JSON.stringify({
  version: "1.0",
  added_tokens: ["[UNK]", "[CLS]", "[SEP]"].map((content, i) => ({
    id: i,
    content,
    special: true,
  })),
  normalizer: {
    type: "BertNormalizer",
    clean_text: true,
    handle_chinese_chars: true,
    lowercase: true,
  },
  pre_tokenizer: { type: "BertPreTokenizer" },
  post_processor: null,
  decoder: { type: "WordPiece" },
  model: {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 100,
    vocab: { "[UNK]": 0, "[CLS]": 1, "[SEP]": 2, the: 3, word: 4, "##s": 5 },
  },
});
const settings = JSON.stringify({
  do_lower_case: true,
  cls_token: "[CLS]",
  unk_token: { content: "[UNK]" },
});
const expressions = [
  "P[ms] & N[ms] - F[x]",
  "all(P, A - b - f) | fuse(A)",
  "random(P[ms] + N[ms], 3)",
];
const qrels = "# judged\nq1 0 d1 1\nq1 0 d2 0\nq2 0 d1 2\n";
const beir = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t0\n";
const run =
  "# a run\nq1 Q0 d1 1 12.5 tag\nq1 Q0 d2 2 -1e3 tag and more\n  # q 1\nq#2 Q0 d1 1 1 t\n";
const list = "query-id\tcorpus-id\tlabel\tsource\nq1\td1\trelevant\tjudged\n";
const jsonl = '{"_id":"d1","title":"t","text":"some \\u00e9 text"}\n{"_id":"d2","text":"other"}\n';

async function encode(files: Record<string, Uint8Array>) {
  const tokenizer = await openTokenizer(memory(files));
  tokenizer.encode("the words", "a word the. \u{1F600} xyz", { maxLength: 12 });
}

function sameRun(a: Run, b: Run): boolean {
  const lines = (run: Run) =>
    [...run].flatMap(([query, scores]) => [...scores].map((pair) => [query, ...pair].join(" ")))
      .sort();
  return lines(a).join("\n") === lines(b).join("\n");
}

/** All targets. */
export const targets: readonly FuzzTarget[] = [
  {
    name: "safetensors",
    async read(draw) {
      const file = damageSafetensors(tensors, draw);
      await readAll(await openSafetensors(memory({ f: file }), "f"));
    },
  },
  {
    name: "attribution schemes",
    read: (draw) => openScheme(memory({ f: damageSafetensors(scheme, draw) }), "f"),
  },
  ...["state.zip.bin", "state.legacy.bin"].map((name): FuzzTarget => {
    const good = bytesOf(`tests/formats/golden/${name}`);
    return {
      name: `PyTorch checkpoints, ${name}`,
      async read(draw) {
        await readAll(await openPyTorch(memory({ f: damageBytes(good, draw) }), "f"));
      },
    };
  }),
  {
    name: "indexes of sharded checkpoints",
    read(draw) {
      const index = JSON.stringify({ metadata: {}, weight_map: { a: "x.safetensors" } });
      return openCheckpoint(
        memory({ "model.safetensors.index.json": damaged(index, draw), "x.safetensors": tensors }),
      );
    },
  },
  {
    name: "config.json",
    read: (draw) => parseConfig(damaged(textOf("fixtures/tiny-cross-encoder/config.json"), draw)),
  },
  {
    name: "tokenizer.json",
    read: (draw) =>
      encode({
        "tokenizer.json": draw.below(2) ? utf8.encode(bert) : damaged(bert, draw),
        "tokenizer_config.json": draw.below(2) ? utf8.encode(settings) : damaged(settings, draw),
      }),
  },
  { name: "vocab.txt", read: (draw) => encode({ "vocab.txt": damaged(vocabulary, draw) }) },
  {
    name: "pairs",
    read: (draw) =>
      parseTextPairs(damageText("a b\tc d\t1\ne\tf\t0\n", draw), {
        name: "f",
        labelled: true,
      }),
  },
  { name: "lists of pairs", read: (draw) => readPairList(stream(damaged(list, draw)), "f") },
  {
    name: "qrels",
    read: (draw) =>
      readQrels(stream(damaged(draw.pick([qrels, beir]), draw)), "f", {
        trecEval: draw.pick([9, 10]),
      }),
  },
  {
    name: "runs",
    async read(draw) {
      const trecEval = draw.pick([9, 10] as const);
      const found = await readRun(stream(damaged(run, draw)), "f", { trecEval });
      // what was read can be written and read again, or is refused
      const again = await readRun(stream(utf8.encode([...formatRun(found, "t")].join(""))), "f", {
        trecEval,
      });
      if (!sameRun(found, again)) throw new Error("another run after writing and reading");
    },
  },
  pathsTarget,
  {
    name: "JSON lines",
    read: (draw) => Array.fromAsync(readJsonTexts(readLines(stream(damaged(jsonl, draw)), "f"))),
  },
  {
    name: "lines id<TAB>text",
    read: (draw) =>
      Array.fromAsync(readTabTexts(readLines(stream(damaged("1\tone\n2\ttwo\n", draw)), "f"))),
  },
  {
    name: "journals",
    async read(draw) {
      const bytes = damageBytes(journal, draw);
      const read = (start: number, end: number) => Promise.resolve(bytes.subarray(start, end));
      const records = await Array.fromAsync(readRecords(read, bytes.length));
      if (records.length < 2) throw new SyntaxError("Cannot read all records"); // they are dropped
      decodePairRecord(records[1].payload, neurons);
    },
  },
  {
    name: "records of pairs",
    read: (draw) => decodePairRecord(damageBytes(record, draw), neurons),
  },
  { name: "finished chunks", read: (draw) => decodeChunk(damageBytes(chunk, draw)) },
  ...modelFolderTargets,
  { name: "neuron sets", read: (draw) => parseNeuronSet(damageText(set, draw), "f") },
  {
    name: "study files",
    read: (draw) => parseStudy(damageText(study, draw), "f"),
  },
  {
    name: "expressions",
    read: (draw) => parseExpression(damageText(draw.pick(expressions), draw)),
  },
];

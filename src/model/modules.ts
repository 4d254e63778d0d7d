/**
 * The modules of sentence-transformers behind an encoder: modules.json lists them, each has a folder. Of
 * cross-encoders the last Dense gives the score (Ettin's rerankers); of bi-encoders they make the vector
 * of a text, and the score is how alike two vectors are; of ColBERT a vector of every token.
 */

import { decodeUtf8, isObject, parseJsonObject } from "../formats/json.ts";
import { loadJsonObject } from "../formats/json_file.ts";
import { type Load, loadOptional } from "../formats/load.ts";
import {
  type Comparison,
  type LateInteraction,
  readArtifact,
  readPyLate,
} from "./late_interaction.ts";
import { openSafetensors } from "../formats/safetensors.ts";
import type { TensorEntry, TensorFile } from "../formats/tensor_file.ts";

/** What makes a score of an encoder's tokens, or the vector of a text. */
export interface ModuleHead {
  /** Which token stands for the text, or the mean of all; `none`: every token for itself. */
  readonly pooling: "cls" | "mean" | "none";
  /** In their order. */
  readonly layers: readonly ModuleLayer[];
  /** How two vectors are compared, where they are vectors. */
  readonly similarity?: Comparison;
  /** How ColBERT reads texts. */
  readonly late?: LateInteraction;
  /** Whether texts are compared by the weights that they give the words of the vocabulary (SPLADE). */
  readonly splade?: boolean;
  /** What the user should know of how it was found. */
  readonly notes?: readonly string[];
  /** Longest text in tokens, where sentence_bert_config.json says it. */
  readonly maxTokens?: number;
}

/** A linear with what follows it, or a LayerNorm (ε 1e-5). */
export type ModuleLayer =
  | {
    readonly kind: "dense";
    /** Its folder; "" where its weights are among the encoder's. */
    readonly path: string;
    readonly inputs: number;
    readonly outputs: number;
    readonly bias: boolean;
    readonly activation: "none" | "gelu" | "tanh";
  }
  | { readonly kind: "norm"; readonly path: string; readonly width: number };

/** The class of `architectures` in checkpoints of `colbert-ir`. */
export const COLBERT = "HF_ColBERT";

type Json = Readonly<Record<string, unknown>>;

/** Modules of models that are not computed here, and what they are. */
const others: Readonly<Record<string, string>> = {
  WeightedLayerPooling: "pooling over layers",
};

const activations: Readonly<Record<string, "none" | "gelu" | "tanh">> = {
  "torch.nn.modules.linear.Identity": "none",
  "torch.nn.modules.activation.GELU": "gelu",
  "torch.nn.modules.activation.Tanh": "tanh",
};

/**
 * What follows the encoder of a folder whose config.json is `bytes`: as modules.json says, or config.json's
 * class; undefined where the family's own head does.
 *
 * @throws {TypeError} | {RangeError} where it is nothing that is computed here.
 */
export async function readHead(load: Load, bytes: Uint8Array): Promise<ModuleHead | undefined> {
  return await readModules(load) ?? await headOfClass(load, bytes);
}

/**
 * Reads modules.json and the folders that it names; undefined where the encoder's own files are all.
 *
 * @throws {TypeError} where a module is none that is computed here.
 */
async function readModules(load: Load): Promise<ModuleHead | undefined> {
  const bytes = await loadOptional(load, "modules.json");
  if (!bytes) return undefined;
  const action = `Cannot read "modules.json"`;
  // a list, which the reader of objects takes as a member
  const { modules } = parseJsonObject(`{"modules":${decodeUtf8(bytes, action)}}`, action);
  const listed = Array.isArray(modules) ? modules.filter(isObject) : [];
  const kinds = listed.map(({ type }) =>
    /^(?:sentence_transformers|pylate)\.(?:[\w.]+\.)?(\w+)$/.exec(String(type))?.[1]
  );
  const refuse = (why: string): never => {
    const types = Array.isArray(modules)
      ? modules.map((one) => isObject(one) ? `${one.type} in "${one.path}"` : "nothing")
      : ["no list"];
    throw new TypeError(
      `Cannot use modules.json: expected ${why}, got ${types.join(", ").slice(0, 200)}`,
    );
  };
  const isSplade = kinds[1] === "SpladePooling" && kinds.length === 2;
  const isFirst = kinds[0] === "Transformer" || isSplade && kinds[0] === "MLMTransformer";
  if (
    !Array.isArray(modules) || listed.length !== modules.length || !isFirst ||
    listed[0].path !== ""
  ) {
    return refuse('a Transformer in "" first');
  }
  if (kinds.length === 1) return undefined;
  if (isSplade) return await readSplade(load, String(listed[1].path));
  const known = ["Transformer", "Pooling", "Dense", "LayerNorm", "Normalize"];
  const place = kinds.findIndex((kind) => kind === undefined || !known.includes(kind));
  if (place >= 0) {
    const name = String(listed[place].type);
    const what = others[kinds[place] ?? ""];
    throw new TypeError(
      `Cannot use the module ${name} of modules.json${
        what ? ` (${what})` : ""
      }: expected Transformer, Pooling, Dense, LayerNorm and Normalize`,
    );
  }
  const paths = listed.map(({ path }) => String(path));
  const bad = paths.slice(1).find((path) => !/^[\w-]+$/.test(path));
  if (bad !== undefined) return refuse(`folders beside modules.json`);
  const about = await loadJsonObject(load, "config_sentence_transformers.json") ?? {};
  const isColbert = about.similarity_fn_name === "MaxSim" || about.query_length !== undefined ||
    listed.some(({ type }) => /^pylate\./.test(String(type)));
  if (isColbert && kinds.slice(1).every((kind) => kind === "Dense")) {
    checkPrompts(about);
    const settings = paths.slice(1).map(async (path) =>
      layerOf("Dense", path, await loadJsonObject(load, `${path}/config.json`) ?? {})!
    );
    const layers = await Promise.all(settings);
    return { pooling: "none", layers, similarity: "max-sim", late: readPyLate(about) };
  }
  if (kinds[1] !== "Pooling") {
    return refuse(
      'a Transformer in "" alone, with Pooling first, or with nothing but Dense (ColBERT)',
    );
  }
  const normalizes = kinds.at(-1) === "Normalize";
  const settings = await Promise.all(
    paths.slice(1, normalizes ? -1 : undefined).map(async (path) =>
      await loadJsonObject(load, `${path}/config.json`) ?? {}
    ),
  );
  const layers = settings.slice(1).map((json, i) =>
    layerOf(kinds[i + 2] ?? "", paths[i + 2], json) ??
      refuse("Dense and LayerNorm behind the Pooling")
  );
  const pooling = poolingOf(settings[0], paths[1]);
  const last = layers.at(-1);
  const isScore = last?.kind === "dense" && last.outputs <= 2 && !normalizes;
  const scores = about.model_type === undefined ? isScore : about.model_type === "CrossEncoder";
  if (scores) return { pooling, layers };
  checkPrompts(about);
  const similarity = similarityOf(about);
  const maxTokens = (await loadJsonObject(load, "sentence_bert_config.json"))?.max_seq_length;
  return {
    ...{ pooling, layers },
    similarity: normalizes ? "cosine" : similarity, // of vectors of length 1 both are the same
    ...(typeof maxTokens === "number" ? { maxTokens } : {}),
  };
}

/** SPLADE in a folder of sentence-transformers: what the pooling does, and how long texts may be. */
async function readSplade(load: Load, path: string): Promise<ModuleHead> {
  const json = await loadJsonObject(load, `${path}/config.json`) ?? {};
  const about = await loadJsonObject(load, "config_sentence_transformers.json") ?? {};
  for (
    const [key, file, given, wanted] of [
      ["pooling_strategy", `${path}/config.json`, json, "max"],
      ["activation_function", `${path}/config.json`, json, "relu"],
      ["similarity_fn_name", "config_sentence_transformers.json", about, "dot"],
    ] as const
  ) {
    const found = given[key] ?? wanted;
    if (found === wanted) continue;
    throw new TypeError(
      `Cannot use ${key} ${JSON.stringify(found)} of ${file}: expected ${
        JSON.stringify(wanted)
      } of SPLADE`,
    );
  }
  checkPrompts(about);
  const longest = (await loadJsonObject(load, "sentence_bert_config.json"))?.max_seq_length;
  return {
    ...spladeHead,
    ...(typeof longest === "number" ? { maxTokens: longest } : {}),
  };
}

const spladeHead: ModuleHead = { pooling: "none", layers: [], similarity: "dot", splade: true };

/** The class of `architectures` of BERT with its language model's head. */
export const MASKED_LM = "BertForMaskedLM";

/**
 * What follows the encoder where no modules.json says it: the linear of ColBERT's checkpoints, or SPLADE's
 * weights of words over a masked language model; undefined where config.json (`bytes`) is of another class.
 *
 * @throws {RangeError} | {TypeError} as {@linkcode readArtifact} does.
 */
async function headOfClass(
  load: Load,
  bytes: Uint8Array,
): Promise<ModuleHead | undefined> {
  const action = `Cannot read "config.json"`;
  const json = parseJsonObject(decodeUtf8(bytes, action), action);
  const name = Array.isArray(json.architectures) ? json.architectures[0] : undefined;
  if (name === COLBERT) return await readColbert(load, json);
  if (name !== MASKED_LM) return undefined;
  const note =
    `config.json's class is ${MASKED_LM}, without modules.json: read as SPLADE, the product of log(1 + relu) of each text's largest logit of every word`;
  return { ...spladeHead, notes: [note] };
}

/** One linear without a bias: what follows the encoder in checkpoints of `colbert-ir`. */
async function readColbert(load: Load, { hidden_size: inputs }: Json): Promise<ModuleHead> {
  const { late, width } = await readArtifact(load);
  const linear: ModuleLayer = {
    ...{ kind: "dense", path: "", bias: false, activation: "none" },
    ...{ inputs: Number(inputs), outputs: width }, // the family checks it
  };
  return { pooling: "none", layers: [linear], similarity: "max-sim", late };
}

function similarityOf({ similarity_fn_name: name }: Json): "cosine" | "dot" {
  if (name === undefined || name === null || name === "cosine") return "cosine";
  if (name === "dot" || name === "dot_product") return "dot";
  throw new TypeError(
    `Cannot use similarity_fn_name ${
      JSON.stringify(name)
    } of config_sentence_transformers.json: expected cosine or dot`,
  );
}

/** Refuses texts that are put before queries or passages. */
function checkPrompts({ prompts }: Json): void {
  const found = isObject(prompts) ? Object.entries(prompts) : [];
  const prompt = found.find(([, text]) => text !== "" && text !== null);
  if (!prompt) return;
  throw new TypeError(
    `Cannot use the prompt ${
      JSON.stringify(prompt[0])
    } of config_sentence_transformers.json: expected none, as texts are read without prompts; got ${
      JSON.stringify(String(prompt[1]).slice(0, 60))
    }`,
  );
}

function poolingOf(json: Json, path: string): "cls" | "mean" {
  const old = Object.entries(json).filter(([key, value]) =>
    /^pooling_mode_/.test(key) && value === true
  )
    .map((
      [key],
    ) => ({ pooling_mode_cls_token: "cls", pooling_mode_mean_tokens: "mean" }[key] ?? key));
  const mode = json.pooling_mode ?? (old.length === 1 ? old[0] : old.join("+"));
  if (mode === "cls" || mode === "mean") return mode;
  throw new TypeError(
    `Cannot use ${path}/config.json: expected pooling by cls or mean, got ${JSON.stringify(mode)}`,
  );
}

function layerOf(kind: string, path: string, json: Json): ModuleLayer | undefined {
  const size = (key: string): number => {
    const value = json[key];
    if (typeof value === "number" && Number.isInteger(value) && value > 0) return value;
    throw new RangeError(
      `Cannot use ${path}/config.json: expected ${key} to be a positive integer, got ${
        JSON.stringify(value)
      }`,
    );
  };
  if (kind === "LayerNorm") return { kind: "norm", path, width: size("dimension") };
  if (kind !== "Dense") return undefined;
  if (json.use_residual === true) {
    throw new TypeError(
      `Cannot use use_residual true of ${path}/config.json: expected false, as a Dense adds nothing here`,
    );
  }
  const name = String(json.activation_function ?? "torch.nn.modules.activation.Tanh");
  const activation = activations[name];
  if (!activation) {
    throw new TypeError(
      `Cannot use ${path}/config.json: expected activation_function ${
        Object.keys(activations).join(" or ")
      }, got ${name}`,
    );
  }
  return {
    ...{ kind: "dense", path, activation },
    ...{ inputs: size("in_features"), outputs: size("out_features") },
    bias: json.bias !== false,
  };
}

/** The weights of an encoder and of its modules as one file: a module's names begin with its folder. */
export async function withModuleWeights(
  load: Load,
  encoder: TensorFile,
  { layers }: ModuleHead,
): Promise<TensorFile> {
  const entries = new Map<string, TensorEntry>(encoder.entries);
  const places = new Map<string, { readonly file: TensorFile; readonly tensor: string }>();
  for (const { path } of layers) {
    if (path === "") continue; // among the encoder's
    const file = await openSafetensors(load, `${path}/model.safetensors`);
    for (const [tensor, entry] of file.entries) {
      const name = `${path}/${tensor}`;
      entries.set(name, { ...entry, name });
      places.set(name, { file, tensor });
    }
  }
  const placeOf = (name: string) => places.get(name) ?? { file: encoder, tensor: name };
  return {
    metadata: encoder.metadata,
    entries,
    read: async (name) => await placeOf(name).file.read(placeOf(name).tensor),
    bytes: async (name) => await placeOf(name).file.bytes(placeOf(name).tensor),
  };
}

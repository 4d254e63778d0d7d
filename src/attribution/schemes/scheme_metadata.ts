/** Metadata of scheme files: one function makes them, one reads them. */

import { isObject } from "../../formats/json.ts";
import type { ListLabel } from "../../ir/words.ts";
import { type UnitKind, unitKinds } from "../../model/heads.ts";
import type { EncoderConfig } from "../../model/config.ts";
import type { Encoder } from "../../model/forward.ts";
import type { AttributeOptions, AttributionTarget } from "../attribution.ts";
import type { Baseline } from "../target/baseline.ts";
import { type LedgerLine, summarize } from "./ledger.ts";
import { pairListDigest } from "./pair_list.ts";
import { rule } from "../rule.ts";

/** How conductances are computed, and of which pairs. */
export type SchemeOptions =
  & Pick<
    AttributeOptions,
    | "target"
    | "towards"
    | "units"
    | "bySegment"
    | "baseline"
    | "path"
    | "rule"
    | "segments"
    | "maxLength"
  >
  & { readonly agreement?: boolean; readonly threshold?: number };

/** Where the pairs and the model of a scheme come from. */
export interface SchemeProvenance {
  /** The collection's folder, or the file of pairs. */
  readonly dataset?: string;
  /** Its split. */
  readonly split?: string;
  /** Which pairs of the collection were asked for, in words. */
  readonly selection?: string;
  /** How many of the pairs nobody judged. */
  readonly sampledNegatives?: number;
  /** Judgements that were left out since the corpus lacks their documents. */
  readonly missing?: { readonly judgements: number; readonly documents: readonly string[] };
  /** The model's name. */
  readonly model?: string;
  /** SHA-256 of its weights. */
  readonly modelSha256?: string;
  /** SHA-256 of its tokenizer. */
  readonly tokenizerSha256?: string;
  /** Of this program. */
  readonly version?: string;
}

/** What becomes the metadata of a scheme. */
export interface SchemeStory extends SchemeOptions, SchemeProvenance {
  /** The model, and what computes. */
  readonly encoder: Pick<Encoder, "ops" | "config">;
  /** Of the pairs. */
  readonly label: ListLabel;
  /** The lines of the pairs that it averages. */
  readonly ledger: readonly LedgerLine[];
  /** Pairs that were left out since the model disagrees with their label. */
  readonly dropped: number;
  /** Whether sums by query are kept. */
  readonly byQuery: boolean;
}

/** Missing documents that are named. */
const NAMED = 20;

/** The metadata of a scheme. */
export async function schemeMetadata(story: SchemeStory): Promise<Record<string, string>> {
  const { encoder: { ops, config }, ledger, missing } = story;
  const known = Object.entries({
    dataset: story.dataset,
    split: story.split,
    selection: story.selection,
    sampled_negatives: story.sampledNegatives,
    missing_documents: missing && missing.judgements > 0
      ? JSON.stringify({ ...missing, documents: missing.documents.slice(0, NAMED) })
      : undefined,
    model: story.model,
    model_sha256: story.modelSha256,
    tokenizer_sha256: story.tokenizerSha256,
    version: story.version,
  }).flatMap(([key, value]) => value === undefined ? [] : [[key, String(value)]]);
  return {
    label: story.label,
    ...optionMetadata(story, config),
    ...await ledgerMetadata(ledger),
    dropped: String(story.dropped),
    by_query: story.byQuery ? "on" : "off",
    adapter: ops.adapter,
    ...(ops.limits.weightBytes === 2 ? { weights: "float16" } : {}),
    ...(ops.products ? { products: ops.products.name } : {}),
    ...Object.fromEntries(known),
  };
}

/** The options as metadata, which schemes made with the same options have in common. */
export function optionMetadata(
  options: SchemeOptions,
  { maxTokens, relevantClass, template, similarity }: Pick<
    EncoderConfig,
    "maxTokens" | "relevantClass" | "template" | "similarity"
  >,
): Record<string, string> {
  const {
    target = "logit" satisfies AttributionTarget,
    baseline = "pad" satisfies Baseline,
    towards,
  } = options;
  const quadrature = options.rule ?? rule("adaptive");
  return {
    ...(towards === undefined ? { target } : { towards }),
    ...(options.units?.includes("heads") ? { units: unitsName(options.units) } : {}),
    ...(options.bySegment ? { by_segment: "on" } : {}),
    baseline,
    rule: quadrature.name,
    ...(quadrature.kind === "fixed"
      ? { steps: String(quadrature.steps) }
      : { tolerance: String(quadrature.tolerance) }),
    segments: options.segments ?? "pair",
    max_length: String(Math.min(options.maxLength ?? Infinity, maxTokens)),
    agreement: options.agreement ? "on" : "off",
    ...(relevantClass === 0 ? { relevant_class: "0" } : {}), // 1 is the default
    ...(template === undefined ? {} : { template }),
    ...(similarity ? { similarity, path: options.path ?? "both" } : {}),
    ...(options.agreement && options.threshold !== undefined
      ? { threshold: String(options.threshold) }
      : {}),
  };
}

/** Kinds of units in their order, as `--units` takes them. */
export function unitsName(units: readonly UnitKind[]): string {
  return unitKinds.filter((kind) => units.includes(kind)).join(",");
}

/** What a scheme's metadata say of the pairs that it averages. */
export async function ledgerMetadata(
  ledger: readonly LedgerLine[],
): Promise<Record<string, string>> {
  const { evaluations, gaps: { mean, worst, worstAbsolute } } = summarize(ledger);
  return {
    evaluations: String(evaluations),
    completeness: JSON.stringify({ mean, worst, worst_absolute: worstAbsolute }),
    pair_list_sha256: await pairListDigest(ledger.map(({ digest }) => digest)),
  };
}

/** Metadata, parsed; fields that are missing or cannot be parsed are undefined. */
export interface ParsedMetadata extends Omit<SchemeProvenance, "missing"> {
  /** Of the pairs. */
  readonly label?: string;
  /** Mean number of evaluations a pair. */
  readonly evaluations?: number;
  /** Pairs that were left out since the model disagrees with their label. */
  readonly dropped?: number;
  /** Gaps of completeness: parts of F's change, and the worst in units of F. */
  readonly completeness?: {
    readonly mean: number;
    readonly worst: number;
    readonly worstAbsolute: number;
  };
  /** What computed. */
  readonly adapter?: string;
  /** Known by {@linkcode pairListDigest}; several joined by "+" where schemes were merged. */
  readonly pairLists?: readonly string[];
}

/** Reads metadata. */
export function readSchemeMetadata(metadata: Readonly<Record<string, string>>): ParsedMetadata {
  const amount = (key: string) =>
    Number(metadata[key] ?? NaN) >= 0 ? Number(metadata[key]) : undefined;
  return {
    dataset: metadata.dataset,
    split: metadata.split,
    selection: metadata.selection,
    sampledNegatives: amount("sampled_negatives"),
    model: metadata.model,
    modelSha256: metadata.model_sha256,
    tokenizerSha256: metadata.tokenizer_sha256,
    version: metadata.version,
    label: metadata.label,
    evaluations: amount("evaluations"),
    dropped: amount("dropped"),
    completeness: gapsOf(metadata.completeness),
    adapter: metadata.adapter,
    pairLists: metadata.pair_list_sha256?.split("+"),
  };
}

function gapsOf(text: string | undefined): ParsedMetadata["completeness"] {
  let found: unknown;
  try {
    found = JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
  if (!isObject(found)) return undefined;
  const { mean, worst, worst_absolute: worstAbsolute } = found;
  return typeof mean === "number" && typeof worst === "number" && typeof worstAbsolute === "number"
    ? { mean, worst, worstAbsolute }
    : undefined;
}

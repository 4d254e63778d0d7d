/** What results say of a study's schemes. */

import { topNeuronIds } from "../../attribution/neuron_sets.ts";
import type { Scheme } from "../../attribution/schemes/scheme.ts";
import { readSchemeMetadata } from "../../attribution/schemes/scheme_metadata.ts";
import { neuronName, neuronOf } from "../../model/neurons.ts";
import type { SchemeFacts } from "../results/results.ts";
import { queriesOf, standardError } from "../schemes/query_bootstrap.ts";

/** Neurons of a scheme that the results list. */
const STRONGEST = 20;

/** Where a scheme was made that the study did not make. */
export function originOf(
  file: string | undefined,
  { hash, scheme: { metadata } }: { readonly hash: string; readonly scheme: Scheme },
): Pick<SchemeFacts, "imported"> {
  if (file === undefined) return {};
  const { version = "", adapter = "", pairLists = [] } = readSchemeMetadata(metadata);
  const pair_list_sha256 = pairLists.join("+");
  return { imported: { file, sha256: hash, version, adapter, pair_list_sha256 } };
}

/** A scheme's numbers. */
export function schemeFacts(
  scheme: Scheme,
  about: Pick<SchemeFacts, "name" | "collection" | "label" | "file" | "imported">,
): SchemeFacts {
  const { dropped, evaluations, completeness } = readSchemeMetadata(scheme.metadata);
  const strongest = topNeuronIds(scheme.mean, STRONGEST);
  const queries = queriesOf(scheme);
  return {
    ...about,
    pairs: scheme.pairs,
    queries: queries ?? null,
    errorsOver: queries === undefined ? "pairs" : "queries",
    dropped: dropped!,
    evaluations: evaluations!,
    completeness: completeness!,
    strongest: Array.from(strongest, (id) => ({
      neuron: neuronName(neuronOf(scheme.space, id)),
      mean: scheme.mean[id],
      standardError: standardError(scheme, id)?.error ?? null,
    })),
    ...(scheme.metadata.target === "pairwise" ? { ofTriples: true } : {}),
  };
}

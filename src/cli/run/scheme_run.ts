/** A run that makes a scheme: pairs are chosen, attributed and summed up, whatever happens between. */

import {
  attributeIndexed,
  type AttributeOptions,
  type CrossEncoder,
  decodePairRecord,
  encodePairRecord,
  encodeScheme,
  keptByQuery,
  neuronCount,
  type NeuronSpace,
  type PairRecord,
  partsNotBelow,
  type Scheme,
  schemeMetadata,
  schemeOf,
  schemeOfShard,
  type SchemeProvenance,
  type Shard,
  spaceOfKinds,
  type SummedPairs,
  sumPairs,
} from "../../../internal.ts";
import type { Source, SourcePair } from "../options/source.ts";
import { removePartial, writeFile } from "../../deno/files.ts";
import { sha256OfFields } from "../../deno/hash.ts";
import { choosePairs, type Chosen } from "./choose_pairs.ts";
import { encodePair } from "./pair_file.ts";
import { doChunks, tagged } from "./resumable.ts";
import { type Run } from "./open_run.ts";
import { noteAbsent, noteGaps, noteSummary, percent } from "./scheme_report.ts";

/** What is made of which pairs. */
export interface SchemeRun {
  readonly source: Source;
  readonly agreement: boolean;
  readonly shard?: Shard;
  /** How conductance is computed. */
  readonly options: AttributeOptions;
  /** Largest gap of completeness that a pair may have; any unless given. */
  readonly completenessLimit?: number;
  /** Whether sums by query are kept; where they take at most 512 MiB unless given. */
  readonly byQuery?: boolean;
  /** A folder for a file a pair. */
  readonly perPair?: string;
  /** The model that it is made of. */
  readonly origin: SchemeProvenance;
}

/** A scheme's files, and what they took. */
export interface MadeScheme {
  readonly bytes: Uint8Array;
  /** The pairs that it averages, as `--pair-list` reads them. */
  readonly list?: string;
  readonly pairs: number;
  /** Forward and backward evaluations of all pairs. */
  readonly evaluations: number;
  /** Pairs that the model was asked about. */
  readonly asked: number;
}

/** Makes the scheme; what is finished of it is kept in the run's journal. */
export async function runScheme(
  run: Run,
  encoder: CrossEncoder,
  made: SchemeRun,
): Promise<MadeScheme> {
  const { source, agreement, shard, options, completenessLimit, perPair } = made;
  const chosen = await choosePairs(source, {
    ...{ agreement, shard, encoding: options },
    ask: (work) => doChunks(run, { ...work, kind: PREDICTIONS }),
  });
  const { kept, dropped, label } = chosen;
  if (kept.length === 0 && !shard) throw noneError(source, chosen);
  const space = spaceOfKinds(encoder.config, options.units);
  const isPairwise = options.target === "pairwise";
  const absent = partsNotBelow(encoder, options.towards, options.units);
  if (absent.length > 0) noteAbsent(run, { space, absent, towards: options.towards! });
  // of all pairs that might be taken, so that every shard decides alike
  const queries = Math.min(source.queries, source.most);
  const byQuery = made.byQuery ?? keptByQuery(queries, (isPairwise ? 2 : 1) * neuronCount(space));
  if (made.byQuery === undefined && !byQuery) {
    run.note(
      "note: sums by query are left out: they might take more than 512 MiB; without them there are no intervals over queries",
    );
  }
  const records = counted(run, attributed(run, kept, { space, options }));
  const summed = await sumPairs(
    perPair === undefined ? records : inFiles(records, { folder: perPair, pairs: kept, space }),
    {
      ...{ space, pairs: kept, completenessLimit, byQuery, absent, isPairwise },
      bySegment: options.bySegment,
    },
  );
  run.end();
  noteSummary(run, { source, chosen, summed });
  noteGaps(run, { pairs: kept, ledger: summed.ledger });
  const metadata = await schemeMetadata({
    ...options,
    ...{ encoder, agreement, dropped, label, byQuery, ledger: summed.ledger },
    ...source.origin,
    ...made.origin,
    sampledNegatives: source.sampled?.(kept),
  });
  return {
    bytes: encodeScheme(schemeOfPairs(summed, { shard, source, metadata })),
    list: source.list?.(kept),
    pairs: kept.length,
    evaluations: summed.ledger.reduce((sum, line) => sum + line.evaluations, 0),
    asked: chosen.asked,
  };
}

/** Kinds of a journal's records: their first byte. */
const [PAIR, PREDICTIONS] = [2, 3];

/** A finished pair. */
interface FinishedPair extends PairRecord {
  /** Whether an earlier run finished it. */
  readonly resumed: boolean;
}

/** Pairs as they are finished, those of an earlier run first; each is kept before it is given on. */
async function* attributed(
  run: Run,
  pairs: readonly SourcePair[],
  { space, options }: { readonly space: NeuronSpace; readonly options: AttributeOptions },
): AsyncGenerator<FinishedPair> {
  run.begin({ things: "pairs", of: pairs.length });
  const left = new Map(pairs.map((pair) => [pair.index, pair]));
  const done = () => pairs.length - left.size;
  for await (const payload of run.payloads()) {
    if (payload[0] !== PAIR) continue;
    const record = decodePairRecord(payload.subarray(1), neuronCount(space));
    if (!left.delete(record.index)) continue;
    run.resumed(done());
    yield { ...record, resumed: true };
  }
  if (left.size === 0) return;
  const found = run.stream((encoder) => attributeIndexed(encoder, [...left.values()], options));
  for await (const record of found) {
    left.delete(record.index);
    const gap = record.completeness.relative;
    run.keep(tagged(PAIR, encodePairRecord(record)), done(), {
      event: "pair",
      fields: {
        line: record.index,
        tokens: record.tokens,
        evaluations: record.evaluations,
        repeated: record.repeated,
        gap,
        rss: Deno.memoryUsage().rss,
      },
      beside: `gap ${percent(gap)}`,
    });
    yield { ...record, resumed: false };
  }
}

/** The same pairs; metrics tell what they took. */
async function* counted(
  run: Run,
  records: AsyncIterable<FinishedPair>,
): AsyncGenerator<FinishedPair> {
  const sums = { evaluations: 0, repeated: 0, worst: 0 };
  run.measure(() => ({
    evaluations_total: { value: sums.evaluations, help: "Forward and backward evaluations" },
    repeated_total: { value: sums.repeated, help: "Evaluations done again for lack of memory" },
    gap_worst: { value: sums.worst, help: "Worst gap of completeness, a part of F's change" },
  }));
  for await (const record of records) {
    sums.evaluations += record.evaluations;
    sums.repeated += record.repeated;
    sums.worst = Math.max(sums.worst, record.completeness.relative);
    yield record;
  }
}

/** The same pairs, each also written to a file of its own; that of an earlier run stays. */
async function* inFiles(
  records: AsyncIterable<FinishedPair>,
  { folder, pairs, space }: {
    readonly folder: string;
    readonly pairs: readonly SourcePair[];
    readonly space: NeuronSpace;
  },
): AsyncGenerator<FinishedPair> {
  const nameOf = (index: number) => `${index}.safetensors`;
  await removePartial(folder, new Set(pairs.map(({ index }) => nameOf(index))));
  for await (const record of records) {
    const file = `${folder}/${nameOf(record.index)}`;
    const isThere = record.resumed && await Deno.stat(file).then(() => true, () => false);
    if (!isThere) await writeFile(file, encodePair(space, record));
    yield record;
  }
}

/** The scheme of the sums, or of a shard's, which may have no pairs. */
function schemeOfPairs(
  { sums, ledger }: SummedPairs,
  { shard, source, metadata }: {
    readonly shard: Shard | undefined;
    readonly source: Source;
    readonly metadata: Readonly<Record<string, string>>;
  },
): Scheme {
  if (!shard) return schemeOf(sums, metadata);
  const candidates = sha256OfFields(Object.entries(source.identity).flat());
  return schemeOfShard(sums, { shard, ledger, candidates, metadata });
}

function noneError({ name, label, things }: Source, { asked }: Chosen): RangeError {
  if (things === "triples") {
    return new RangeError(
      `Cannot make an attribution scheme: the model puts no triple's relevant passage above .5 and the other below, asked about all ${asked} of ${name}; without agreement they are taken all the same`,
    );
  }
  return new RangeError(
    `Cannot make an attribution scheme: the model agrees with no pair's label, asked about all ${asked} ${label} pairs of ${name}; without agreement they are taken all the same`,
  );
}

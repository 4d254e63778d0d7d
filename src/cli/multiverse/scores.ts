/**
 * Scores that universes share: every pair under every set that some universe asks for, each once.
 * A pair's score under a set depends on neither the other pairs nor the other sets.
 */

import {
  type AblatedSet,
  type AblationCandidate,
  candidateName,
  distinctSets,
  type NeuronSpace,
  type Replacements,
  rescore,
  type SetsOfRow,
  setsOfRows,
  type StepPlan,
  type StudyValidation,
} from "../../../internal.ts";
import { sha256OfFields, sha256OfText } from "../../deno/hash.ts";
import { type AblationStep, candidatesOf } from "../study/ablation.ts";
import type { KnownScores, StudyContext } from "../study/context.ts";
import { readMeansOf } from "../study/means.ts";
import type { StepOutput, StepPlace } from "../study/steps.ts";
import { stepInPieces } from "../study/work.ts";

/** What one universe asks for on one validation collection. */
export interface Asked {
  readonly context: StudyContext;
  readonly one: StudyValidation;
  readonly sets: readonly SetsOfRow[];
  readonly space: NeuronSpace;
  /** What scores depend on beside pair and set, as JSON: with the same they can be shared. */
  readonly encoding: unknown;
}

/** Pairs that need the same sets. */
interface Block {
  readonly asked: Asked;
  readonly pairs: readonly AblationCandidate[];
  readonly sets: readonly (readonly [key: string, set: AblatedSet])[];
}

/** Scores that were made, by the text of their encoding, the pair's name, the set's key. */
export type Scores = ReadonlyMap<string, ReadonlyMap<string, Scored>>;

/** A pair's scores: its row in a block's. */
interface Scored {
  readonly at: number;
  readonly columns: ReadonlyMap<string, Float64Array>;
}

/** Makes the scores that are asked for; steps that were made are kept. */
export async function makeScores(asked: readonly Asked[]): Promise<Scores> {
  const found = new Map<string, Map<string, Scored>>();
  const candidates = candidatesOnce();
  for (const group of Map.groupBy(asked, encodingOf).values()) {
    const scored = new Map<string, Scored>();
    for (const block of await blocksOf(group, candidates)) {
      const columns = await blockScores(block);
      if (!columns) continue; // another shard's
      block.pairs.forEach((pair, at) => scored.set(candidateName(pair), { at, columns }));
    }
    found.set(encodingOf(group[0]), scored);
  }
  return found;
}

/** What of a step's inputs says which pairs it scores under which sets, and not how. */
const ofLists = [
  ...["of", "run", "lists", "perRelevant"],
  ...["sets", "repetitions", "otherRepetitions", "seed"],
];

/** What a universe asks for in a step that ablates; undefined where its scores are its own. */
export function askedBy(context: StudyContext, step: AblationStep): Asked | undefined {
  const { one, sets, space } = step;
  // another pair's values are taken from a list of pairs: scores depend on all of these
  if (context.study.ablation!.methods?.includes("resample")) return undefined;
  const encoding = Object.fromEntries(
    Object.entries(step.inputs as object).filter(([key]) => !ofLists.includes(key)),
  );
  const { folder, split } = one;
  return { context, one, sets, space, encoding: { ...encoding, folder, split } };
}

/** How the steps of a universe find their scores. */
export function knownScores(scores: Scores, asked: readonly Asked[]): KnownScores {
  return (one, { candidates, sets }) => {
    const own = asked.find(({ one: { abbreviation } }) => abbreviation === one.abbreviation);
    const scored = own && scores.get(encodingOf(own));
    if (!scored) return undefined;
    const rows = candidates.map((pair) => scored.get(candidateName(pair))!);
    return setsOfRows(sets).map((set) => {
      const [key] = distinctSets([set]).keys();
      return Float64Array.from(rows, ({ at, columns }) => columns.get(key)![at]);
    });
  };
}

const encodingOf = ({ encoding }: Asked) => JSON.stringify(encoding);

/** Candidates by what they depend on, each chosen and tokenized once. */
function candidatesOnce() {
  const known = new Map<string, Promise<readonly AblationCandidate[]>>();
  return ({ context, one }: Asked) => {
    const { perRelevant, lists, maxLength } = context.study.ablation!;
    const { seed, attribution: { segments } } = context.study;
    const key = JSON.stringify([one, perRelevant, lists, maxLength, seed, segments]);
    const found = known.get(key) ??
      candidatesOf(context, one).then(({ candidates }) => candidates);
    known.set(key, found);
    return found;
  };
}

/** Pairs of a block at most: blocks are what shards share out. */
const MOST_PAIRS = 1000;

/** Blocks that hold every pair with every set that it is asked for with, and no others. */
async function blocksOf(
  group: readonly Asked[],
  candidates: (asked: Asked) => Promise<readonly AblationCandidate[]>,
): Promise<Block[]> {
  const keysOf = new Map<
    string,
    { readonly pair: AblationCandidate; readonly askedBy: Set<number> }
  >();
  const sets: ReadonlyMap<string, AblatedSet>[] = [];
  const places = new Map<string, number>(); // of universes that ask for the same
  for (const one of group) {
    const own = distinctSets(setsOfRows(one.sets));
    const pairs = await candidates(one);
    const key = sha256OfFields([...pairs.map(candidateName), "", ...own.keys()]);
    if (places.has(key)) continue;
    places.set(key, sets.length);
    for (const pair of pairs) {
      const name = candidateName(pair);
      const known = keysOf.get(name) ?? { pair, askedBy: new Set() };
      known.askedBy.add(sets.length);
      keysOf.set(name, known);
    }
    sets.push(own);
  }
  const bySets = Map.groupBy(keysOf.values(), ({ askedBy }) => [...askedBy].join());
  return [...bySets.values()].flatMap((some) => {
    const needed = new Map([...some[0].askedBy].flatMap((at) => [...sets[at]]));
    const ordered = [...needed].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
    return Array.from({ length: Math.ceil(some.length / MOST_PAIRS) }, (_, i): Block => {
      const part = some.slice(i * MOST_PAIRS, (i + 1) * MOST_PAIRS);
      return { asked: group[0], pairs: part.map(({ pair }) => pair), sets: ordered };
    });
  });
}

/** A step that scores a block; undefined where it is another shard's, and not there. */
async function blockScores(
  block: Block,
): Promise<ReadonlyMap<string, Float64Array> | undefined> {
  const { asked: { context, one, encoding }, pairs, sets } = block;
  const step: StepPlan = {
    name: `scores ${one.abbreviation}`,
    file: "scores.f64",
    inputs: {
      encoding,
      pairs: sha256OfFields(pairs.flatMap(({ query, document }) => [query, document])),
      sets: sha256OfText(JSON.stringify(sets.map(([key]) => key))),
    },
  };
  const hash = await context.steps.run(step, (place) => scoreBlock(block, place));
  if (hash === "") return undefined;
  const bytes = await Deno.readFile(context.steps.where(step.file));
  const values = new Float64Array(bytes.buffer);
  return new Map(
    sets.map(([key], i) => [key, values.subarray(i * pairs.length, (i + 1) * pairs.length)]),
  );
}

/** Little-endian float64, set by set, pairs in their order. */
async function scoreBlock({ asked, pairs, sets }: Block, place: StepPlace): Promise<StepOutput> {
  const { context } = asked;
  const { rankBy, methods } = context.study.ablation!;
  const replacements: Replacements = {
    means: methods?.includes("mean") ? await readMeansOf(context) : undefined,
  };
  if (!context.quiet) console.error(`  ${pairs.length} pairs under ${sets.length} sets`);
  const columns = await stepInPieces(context, place, {
    of: pairs.length,
    things: "pairs",
    work: (encoder, chunks) =>
      rescore(
        encoder,
        pairs.map(({ encoded }) => encoded),
        sets.map(([, set]) => set),
        {
          rankBy,
          replacements,
          space: asked.space,
          ...chunks,
          nameOf: (at) => candidateName(pairs[at]),
        },
      ),
  });
  const content = new Float64Array(sets.length * pairs.length);
  columns.forEach((column, i) => content.set(column, i * pairs.length));
  return {
    files: [{ path: "scores.f64", content: new Uint8Array(content.buffer) }],
    forwards: pairs.length * sets.length,
  };
}

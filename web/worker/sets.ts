/** Neuron sets: what zeroing or scaling them does to scores, and sets by expression. */

import {
  type CrossEncoder,
  evaluate,
  marginOf,
  matchedRandom,
  type Means,
  ndcg,
  neuronCount,
  type NeuronSpace,
  parseExpression,
  parseLevel,
  rank,
  type Reached,
  reachedUnits,
  resolve,
  type SchemeName,
  schemesOf,
  scoresUnderMasks,
} from "../library.ts";
import type { Attributed, MaskPart, Place, Questions, Reranked } from "../protocol.ts";
import { headSpace } from "../units.ts";
import { encodedOf, maskedNeurons } from "./runs.ts";
import { openMean } from "./schemes.ts";

/** What a question may be told and stopped by. */
interface Progress {
  readonly signal: AbortSignal;
  readonly news: (what: { readonly done: number; readonly of: number }) => void;
}

/** A pair's score whole, under a mask, and under as many matched random neurons. */
export async function effectOf(
  encoder: CrossEncoder,
  { pair, mask, draws, heads }: Questions["effect"]["ask"],
): Promise<Questions["effect"]["answer"]> {
  const random = Array.from({ length: draws }, (_, seed) =>
    maskedNeurons(
      encoder,
      mask.map(({ ids, factor }): MaskPart => ({
        ids: randomLike(encoder.config, ids, { seed, heads }),
        factor,
      })),
    ));
  const sets = [[], maskedNeurons(encoder, mask), ...random];
  const scores = await scoresUnderMasks(encoder, [encodedOf(encoder, pair)], sets);
  const [whole, masked, ...others] = scores.map(([score]) => score);
  return { whole, masked, random: others };
}

/** As many random units of the same layers and components: neurons, and heads. */
function randomLike(
  space: NeuronSpace,
  ids: readonly number[],
  { seed, heads }: { readonly seed: number; readonly heads?: Float64Array },
): number[] {
  const neurons = neuronCount(space);
  const draw = (own: NeuronSpace, first: number, end: number, reached?: Reached) => {
    const of = ids.flatMap((id) => id >= first && id < end ? [id - first] : []);
    const drawn = matchedRandom(own, Uint32Array.from(of), { seed, reached });
    return Array.from(drawn, (id) => first + id);
  };
  const attention = headSpace(space);
  const reached = heads && reachedUnits(attention, [heads]);
  return [...draw(space, 0, neurons), ...draw(attention, neurons, Infinity, reached)];
}

/** Candidates that are scored at once. */
const AT_ONCE = 16;

/** A query's candidates by margin, whole and under a mask. */
export async function rerank(
  encoder: CrossEncoder,
  { query, candidates, grades, mask }: Questions["rerank"]["ask"],
  { signal, news }: Progress,
): Promise<Reranked> {
  const sets = [[], maskedNeurons(encoder, mask)];
  const margins: number[][] = [[], []];
  for (let at = 0; at < candidates.length; at += AT_ONCE) {
    signal.throwIfAborted();
    const encoded = candidates.slice(at, at + AT_ONCE)
      .map(({ text }) => encodedOf(encoder, { query, passage: text }));
    const scores = await scoresUnderMasks(encoder, encoded, sets);
    scores.forEach((row, set) => margins[set].push(...row.map(({ logits }) => marginOf(logits))));
    news({ done: Math.min(at + AT_ONCE, candidates.length), of: candidates.length });
  }
  const qrels = new Map([["", new Map(Object.entries(grades))]]);
  const [before, after] = margins.map((own) => {
    const scores = new Map(candidates.map(({ id }, i) => [id, own[i]]));
    const value = ndcg(new Map([["", scores]]), qrels, { k: 10 }).get("") ?? 0;
    return { ranks: new Map(rank(scores).map((id, i) => [id, i + 1])), value };
  });
  return {
    candidates: candidates.map(({ id }, i) => ({
      id,
      before: before.ranks.get(id)!,
      after: after.ranks.get(id)!,
      whole: margins[0][i],
      masked: margins[1][i],
    })),
    ndcg: { before: before.value, after: after.value },
  };
}

/** Schemes of a study, and what expressions say of them and of the pair at hand. */
export interface Sets {
  declare(ask: Questions["schemes"]["ask"]): void;
  /** `pair`: the attribution that P[pair] or N[pair] stands for. */
  evaluate(ask: Questions["set"]["ask"], pair: Attributed | undefined): Promise<number[]>;
  places(id: number): Promise<Place[]>;
}

/** No schemes yet. */
export function openSets({ config }: Pick<CrossEncoder, "config">): Sets {
  let files = new Map<SchemeName, string>();
  let sets: ReadonlyMap<string, readonly string[]> = new Map();
  const means = new Map<SchemeName, Promise<Float64Array>>();
  async function meanOf(name: SchemeName): Promise<Float64Array> {
    const mean = means.get(name) ?? openMean(files.get(name)!, name);
    means.set(name, mean);
    try {
      const found = await mean;
      const wanted = neuronCount(config);
      if (found.length === wanted) return found;
      throw new RangeError(
        `Cannot use scheme ${name}: expected ${wanted} neurons, as the model has, got ${found.length}`,
      );
    } catch (error) {
      means.delete(name);
      throw error;
    }
  }
  return {
    declare(ask) {
      files = new Map(ask.schemes.map(({ name, address }) => [name as SchemeName, address]));
      sets = new Map(Object.entries(ask.sets));
      means.clear();
    },
    async evaluate({ expression, level }, pair) {
      const own: SchemeName | undefined = pair &&
        `${pair.pair.label === "relevant" ? "P" : "N"}_pair`;
      const scope = { sets, schemes: new Set([...files.keys(), ...(own ? [own] : [])]) };
      const plan = resolve(parseExpression(expression), expression, scope);
      const of = new Map<SchemeName, Float64Array>();
      for (const name of schemesOf(plan)) {
        of.set(name, name === own ? pair!.conductance : await meanOf(name));
      }
      const all: Means = { space: config, of };
      return [...evaluate(plan, all, parseLevel(level))];
    },
    async places(id) {
      const places: Place[] = [];
      for (const name of files.keys()) {
        const mean = await meanOf(name);
        const above = mean.reduce(
          (sum, value, other) => sum + Number(value > mean[id] || value === mean[id] && other < id),
          0,
        );
        places.push({ scheme: name, mean: mean[id], rank: above + 1 });
      }
      return places;
    },
  };
}

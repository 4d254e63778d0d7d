/** Pairs that were attributed: their numbers, and the path of the one that was looked at last. */

import {
  type Component,
  type CrossEncoder,
  freeMasks,
  type MaskedNeuron,
  type Masks,
  neuronMasks,
  neuronOf,
  openPairPath,
  type PairPath,
  rule,
  scoresUnderMasks,
} from "../library.ts";
import type { Attributed, MaskPart, Pair, Questions, UnitPath } from "../protocol.ts";
import type { OpenModel } from "./model.ts";
import { unitOf } from "../units.ts";
import { attributeWatched, type Watch } from "./watch.ts";

/** Runs of one model. */
export interface Runs {
  attribute(ask: Questions["attribute"]["ask"], watch: Watch): Promise<Attributed>;
  unit(ask: Questions["unit"]["ask"]): Promise<UnitPath>;
  segments(ask: Questions["segments"]["ask"]): Promise<number[][]>;
  heads(ask: Questions["heads"]["ask"], watch: Watch): Promise<Questions["heads"]["answer"]>;
  check(ask: Questions["check"]["ask"], watch: Watch): Promise<Questions["check"]["answer"]>;
  /** A run's conductances. */
  of(run: number): Attributed;
  close(): void;
}

/** No runs yet; `next` numbers them. */
export function openRuns(model: OpenModel, next: () => number): Runs {
  const { encoder, facts } = model;
  const { config, tokenizer } = encoder;
  const runs = new Map<number, Attributed>();
  let open: { readonly run: number; readonly path: PairPath } | undefined;
  const sites = new Map<string, Awaited<ReturnType<PairPath["component"]>>>();

  function find(run: number): Attributed {
    const found = runs.get(run);
    if (found) return found;
    throw new RangeError(`Cannot look at run ${run}: it was made with another model`);
  }
  function forget() {
    open?.path.close();
    open = undefined;
    sites.clear();
  }
  async function siteOf(run: number, layer: number, component: Component) {
    const { pair, points, mask } = find(run);
    if (open?.run !== run) {
      forget();
      const path = await underMask(
        encoder,
        mask,
        (masks) => openPairPath(encoder, pair, { points, masks }),
      );
      open = { run, path };
    }
    const key = `${layer}.${component}`;
    const found = sites.get(key) ?? await open.path.component(layer, component);
    sites.set(key, found);
    return { ...found, F: open.path.F };
  }

  return {
    of: find,
    async attribute({ pair, mask }, watch) {
      forget(); // its memory is wanted
      const begin = performance.now();
      const encoded = tokenizer.encode(pair.query, pair.passage);
      const [[score]] = await scoresUnderMasks(encoder, [encoded], [maskedNeurons(encoder, mask)]);
      const found = await underMask(
        encoder,
        mask,
        (masks) => attributeWatched(encoder, pair, { ...watch, masks }),
      );
      const { conductance, F, evaluations, gap, completeness, points } = found;
      const run: Attributed = {
        run: next(),
        pair,
        mask,
        model: facts.name,
        adapter: facts.adapter,
        kind: facts.kind,
        tokens: encoded.tokens.map((piece, i) => ({ piece, segment: encoded.segments[i] })),
        score,
        conductance,
        order: byStrength(conductance),
        F: { baseline: F.baseline, input: F.input },
        evaluations,
        gap,
        cuts: completeness.cuts,
        points,
        seconds: (performance.now() - begin) / 1000,
      };
      runs.set(run.run, run);
      return run;
    },
    async unit({ run, id }) {
      const { layer, component, unit } = neuronOf(config, id);
      const { units, F, ...site } = await siteOf(run, layer, component);
      const column = (all: Float64Array) =>
        Array.from({ length: all.length / units }, (_, k) => all[k * units + unit]);
      return {
        id,
        byToken: column(site.byToken),
        points: find(run).points,
        F,
        activation: column(site.activation),
        gradient: column(site.gradient),
        cumulative: column(site.cumulative),
      };
    },
    async segments({ run, component }) {
      const { tokens } = find(run);
      const rows: number[][] = [];
      for (let layer = 0; layer < config.layers; layer++) {
        const { units, byToken } = await siteOf(run, layer, component);
        const sums = encoder.tokenizer.segmentNames.map(() => 0);
        tokens.forEach(({ segment }, token) => {
          for (let unit = 0; unit < units; unit++) sums[segment] += byToken[token * units + unit];
        });
        rows.push(sums);
      }
      return rows;
    },
    async heads({ run }, watch) {
      const { pair, mask } = find(run);
      forget(); // its memory is wanted
      const begin = performance.now();
      const { conductance } = await underMask(
        encoder,
        mask,
        (masks) => attributeWatched(encoder, pair, { ...watch, masks, units: ["heads"] }),
      );
      return { conductance, seconds: (performance.now() - begin) / 1000 };
    },
    async check({ run }, watch) {
      const begin = performance.now();
      const { pair, points, mask, conductance } = find(run);
      const reference = await model.reference();
      try {
        const trapezoid = rule("trapezoid", { steps: 1 });
        const fixed = { ...trapezoid, points } as typeof trapezoid; // the points of the run
        const exact = await underMask(
          reference,
          mask,
          (masks) => attributeWatched(reference, pair, { ...watch, masks, rule: fixed }),
        );
        let [largest, apart] = [0, 0];
        exact.conductance.forEach((value, id) => {
          largest = Math.max(largest, Math.abs(value));
          apart = Math.max(apart, Math.abs(value - conductance[id]));
        });
        return { difference: apart / largest, seconds: (performance.now() - begin) / 1000 };
      } finally {
        reference.ops.close();
      }
    },
    close: forget,
  };
}

/** The units of a mask's parts; of those that lie in several the last part counts. */
export function maskedNeurons(
  { config }: CrossEncoder,
  mask: readonly MaskPart[],
): MaskedNeuron[] {
  const factors = new Map(mask.flatMap(({ ids, factor }) => ids.map((id) => [id, factor])));
  return Array.from(factors, ([id, factor]) => ({ ...unitOf(config, id), factor }));
}

/** Does work with a mask's tensors, where it has any neurons. */
async function underMask<T>(
  encoder: CrossEncoder,
  mask: readonly MaskPart[],
  work: (masks: Masks | undefined) => Promise<T>,
): Promise<T> {
  const neurons = maskedNeurons(encoder, mask);
  if (neurons.length === 0) return await work(undefined);
  const masks = neuronMasks(encoder.ops, encoder.config, [neurons]);
  try {
    return await work(masks);
  } finally {
    freeMasks(encoder.ops, masks);
  }
}

/** Ids by |conductance|, the largest first. */
function byStrength(conductance: Float64Array): Uint32Array {
  const strength = conductance.map(Math.abs);
  return Uint32Array.from(strength, (_, id) => id)
    .sort((a, b) => strength[b] - strength[a] || a - b);
}

/** A pair without its label, tokenized. */
export function encodedOf(
  { tokenizer }: CrossEncoder,
  { query, passage }: Pick<Pair, "query" | "passage">,
) {
  return tokenizer.encode(query, passage);
}

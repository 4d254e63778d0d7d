/** A run of `attribute`: from a journal and a device to a scheme's sums, whatever happens between. */

import {
  type BuildOptions,
  buildScheme,
  type BuiltScheme,
  type CrossEncoder,
  decodePairRecord,
  encodePairRecord,
  type LabelledPair,
  neuronCount,
  type PairRecord,
} from "../../../internal.ts";
import type { Devices } from "./devices.ts";
import type { Journal } from "./journal_file.ts";

/** Kinds of a journal's records: their first byte. */
const [KEPT, PAIR] = [1, 2];

/** What a run needs. */
export interface AttributeRun extends BuildOptions {
  readonly pairs: readonly LabelledPair[];
  readonly journal: Journal;
  readonly devices: Devices;
  /** Called with every pair once, those of an earlier run first; awaited before it counts as done. */
  readonly onRecord?: (
    encoder: CrossEncoder,
    pair: PairRecord,
    place: { readonly done: number; readonly of: number; readonly resumed: boolean },
  ) => void | Promise<void>;
  /** Called when a device was lost, with what comes next. */
  readonly onLoss?: (message: string, memoryBytes: number) => void;
}

/** Attributes what the journal lacks; a lost or full device is replaced by one with half the memory. */
export async function attributeRun(run: AttributeRun): Promise<BuiltScheme> {
  const { journal, devices, onLoss } = run;
  const seen = new Set<number>();
  try {
    const work = { done: () => seen.size, kept: journal.path, onLoss };
    return await devices.run((encoder) => attempt(run, encoder, seen), work);
  } catch (error) {
    if (seen.size === 0) {
      await journal.remove(); // nothing in it is worth going on from
    }
    throw error;
  }
}

async function attempt(
  run: AttributeRun,
  encoder: CrossEncoder,
  seen: Set<number>,
): Promise<BuiltScheme> {
  const { journal, pairs, onRecord } = run;
  const neurons = neuronCount(encoder.config);
  let kept = await keptOf(journal);
  const of = () => (kept ?? run.only ?? pairs).length;
  async function* finished() {
    for await (const payload of journal.payloads()) {
      if (payload[0] !== PAIR) continue;
      const pair = decodePairRecord(payload.subarray(1), neurons);
      if (!seen.has(pair.index)) {
        seen.add(pair.index);
        await onRecord?.(encoder, pair, { done: seen.size, of: of(), resumed: true });
      }
      yield pair;
    }
  }
  return await buildScheme(encoder, pairs, {
    ...run,
    kept,
    finished: finished(),
    onKept(places) {
      if (!kept) journal.append(tagged(KEPT, new TextEncoder().encode(JSON.stringify(places))));
      kept = places;
    },
    async onPair(pair) {
      seen.add(pair.index);
      await onRecord?.(encoder, pair, { done: seen.size, of: of(), resumed: false });
      journal.append(tagged(PAIR, encodePairRecord(pair)));
    },
  });
}

/** The places that an earlier run found the model to agree with. */
async function keptOf(journal: Journal): Promise<readonly number[] | undefined> {
  for await (const payload of journal.payloads()) {
    if (payload[0] === KEPT) return JSON.parse(new TextDecoder().decode(payload.subarray(1)));
    return undefined; // it comes before all pairs
  }
  return undefined;
}

function tagged(kind: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + payload.length);
  bytes[0] = kind;
  bytes.set(payload, 1);
  return bytes;
}

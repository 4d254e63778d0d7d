// Small made-up schemes for tests.

import { schemeOf, schemeSums } from "../../src/attribution/schemes/scheme.ts";
import { encodeScheme } from "../../src/attribution/schemes/scheme_file.ts";
import { addPair, type Scheme } from "../../src/attribution/schemes/scheme.ts";
import { seededRandom } from "../../src/ir/random.ts";
import { neuronCount } from "../../src/model/neurons.ts";
import { bertSpace } from "../spaces.ts";

/** 2 layers of 5 · 4 + 6 units: 52 neurons. */
export const space = bertSpace({ layers: 2, width: 4, inner: 6 });

/** Random numbers around 0, by seed. */
export function randomVector(seed: number, length = neuronCount(space)): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length }, () => random() / 2 ** 31 - 1);
}

/** The scheme of `pairs` random conductances, two of a query. */
export function randomScheme(
  seed: number,
  { pairs = 5, metadata = {} }: {
    readonly pairs?: number;
    readonly metadata?: Readonly<Record<string, string>>;
  } = {},
): Scheme {
  const sums = schemeSums(space, { byQuery: true });
  for (let pair = 0; pair < pairs; pair++) {
    addPair(sums, randomVector(1000 * seed + pair), `query ${pair >> 1}`);
  }
  return schemeOf(sums, { target: "logit", model: "made-up", ...metadata });
}

/** Writes random schemes as files, P_x and N_x with their label; gives them back. */
export async function writeSchemes(
  folder: string,
  names: readonly string[],
): Promise<Map<string, Scheme>> {
  const schemes = new Map<string, Scheme>();
  for (const [seed, name] of names.entries()) {
    const label = name.startsWith("P") ? "relevant" : "non-relevant";
    const scheme = randomScheme(seed, { metadata: { label } });
    await Deno.writeFile(`${folder}/${name}.safetensors`, encodeScheme(scheme));
    schemes.set(name, scheme);
  }
  return schemes;
}

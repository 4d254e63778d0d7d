// Seeded random numbers, the same on every machine: xoshiro128**, seeded by SplitMix64.
// Blackman and Vigna 2021, doi:10.1145/3460772; Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195

/** A stream of random 32-bit integers, 0 ≤ x < 2³². */
export type Random = () => number;

/** The stream of `seed`, an integer of up to 53 bits. */
export function seededRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`Cannot seed random numbers: expected an integer, got ${seed}`);
  }
  const first = splitMix64(BigInt(seed));
  const second = splitMix64(first.state);
  const state = new Uint32Array(new BigUint64Array([first.value, second.value]).buffer);
  return xoshiro128(state);
}

/**
 * A seed for what `text` names, so that draws for one name do not depend on those for another: 53
 * bits of FNV-1a over the seed and the text.   RFC 9923, https://www.rfc-editor.org/rfc/rfc9923
 */
export function seedFor(seed: number, text: string): number {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(`${seed} ${text}`)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return Number(hash >> 11n);
}

function splitMix64(seed: bigint): { state: bigint; value: bigint } {
  const state = BigInt.asUintN(64, seed + 0x9e3779b97f4a7c15n);
  let z = state;
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return { state, value: z ^ (z >> 31n) };
}

/** xoshiro128** 1.1 from a state of four 32-bit integers, not all 0; the state is used up. */
export function xoshiro128(state: Uint32Array): Random {
  let [a, b, c, d] = state;
  return () => {
    const value = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return value;
  };
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

/** A random integer 0 ≤ x < `count` ≤ 2³², each as likely as any other. */
export function below(count: number, random: Random): number {
  // Values in the last, incomplete run of `count` would favour small results: draw again.
  const limit = 2 ** 32 - 2 ** 32 % count;
  let value = random();
  while (value >= limit) value = random();
  return value % count;
}

/** `count` of the items, each subset as likely as any other, in random order; all where fewer. */
export function sample<T>(items: readonly T[], count: number, random: Random): T[] {
  const pool = [...items];
  const chosen = Math.min(count, pool.length);
  for (let i = 0; i < chosen; i++) {
    const j = i + below(pool.length - i, random);
    [pool[i], pool[j]] = [pool[j], pool[i]];
  }
  return pool.slice(0, chosen);
}

/** The items in random order, each order as likely as any other (Fisher and Yates). */
export function shuffle<T>(items: readonly T[], random: Random): T[] {
  return sample(items, items.length, random);
}

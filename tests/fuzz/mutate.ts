// Seeded damage: to bytes, to texts, to JSON values. What is damaged is a good file, so that damage goes deep.

import { seededRandom } from "../../src/ir/random.ts";

/** Draws for one case. */
export interface Draw {
  /** An integer from 0 below `count`. */
  below(count: number): number;
  /** One of these. */
  pick<T>(items: readonly T[]): T;
}

/** The draws of a seed. */
export function drawing(seed: number): Draw {
  const random = seededRandom(seed);
  const below = (count: number) => Math.floor((random() / 2 ** 32) * count);
  return { below, pick: (items) => items[below(items.length)] };
}

const ODD = [0, 1, 2, 0x7f, 0x80, 0xff, 0x0a, 0x22, 0x2e, 0x5d, 0x7d, 0x28, 0x52];
const SIZES = [0, 1, 7, 8, 255, 65535, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];

/** One to four damages to bytes: bits, words, cuts, repeats, chunks of themselves. */
export function damageBytes(bytes: Uint8Array, { below, pick }: Draw): Uint8Array {
  let result = bytes.slice();
  for (let n = 1 + below(4); n > 0; n--) {
    const at = below(result.length + 1);
    const length = below(Math.min(64, result.length - at + 1));
    const put = (middle: Uint8Array, skip = 0) => {
      const [before, after] = [result.subarray(0, at), result.subarray(at + skip)];
      result = Uint8Array.from([...before, ...middle, ...after]);
    };
    const damages = [
      () => at < result.length && (result[at] ^= 1 << below(8)),
      () => at < result.length && (result[at] = pick(ODD)),
      () => at + 4 <= result.length && new DataView(result.buffer).setUint32(at, pick(SIZES), true),
      () =>
        at + 8 <= result.length &&
        new DataView(result.buffer).setBigUint64(
          at,
          BigInt(pick(SIZES)) << BigInt(pick([0, 8, 31])),
          true,
        ),
      () => result = result.slice(0, at),
      () => put(new Uint8Array(), length),
      () => put(result.slice(at, at + length)),
      () => put(Uint8Array.from({ length: 1 + below(16) }, () => below(256))),
    ];
    pick(damages)();
  }
  return result;
}

const NUMBERS = ["-1", "0", "1e999", "9007199254740993", "4294967296", "1.5", "NaN", "1e15"];
const VALUES = [
  ...NUMBERS,
  "null",
  "true",
  '""',
  "[]",
  "{}",
  '"__proto__"',
  '"\\ud800"',
  "[[[[]]]]",
];
const PIECES = [
  "\t",
  "\t\t",
  "\n",
  "\r\n",
  "\u0000",
  "\ufeff",
  "\u2028",
  '"',
  "{",
  "]",
  ",",
  ":",
  " ",
];

/** One to four damages to a text: its numbers, values, lines and separators. */
export function damageText(text: string, { below, pick }: Draw): string {
  let result = text;
  for (let n = 1 + below(4); n > 0; n--) {
    const at = below(result.length + 1);
    const replace = (pattern: RegExp, by: string) => {
      const found = [...result.matchAll(pattern)];
      if (found.length === 0) return;
      const { index, 0: { length } } = pick(found);
      result = result.slice(0, index) + by + result.slice(index + length);
    };
    const lines = result.split("\n");
    const damages = [
      () => replace(/-?\d+(\.\d+)?/g, pick(NUMBERS)),
      () => replace(/"[^"\n]{0,40}"|\d+|\[[^[\]]*\]|true|null/g, pick(VALUES)),
      () => replace(/[\t ,:]/g, pick(PIECES)),
      () => result = result.slice(0, at),
      () => result = result.slice(0, at) + pick(PIECES) + result.slice(at),
      () => result = result.slice(0, at) + result.slice(at + 1 + below(8)),
      () => result = result.slice(0, at) + String.fromCodePoint(below(0x3000)) + result.slice(at),
      () => result = lines.toSpliced(below(lines.length), 0, pick(lines)).join("\n"),
      () => result = lines.toSpliced(below(lines.length), 1).join("\n"),
    ];
    pick(damages)();
  }
  return result;
}

const JSON_VALUES: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    1,
    -1,
    2.5,
    1e308,
    2 ** 32,
    2 ** 53,
    "",
    " ",
    "a",
    "\ud800",
    "▁",
    "null",
  ],
  ...[
    [],
    {},
    [null],
    [["a", 0]],
    { type: "Sequence" },
    { a: { b: [] } },
    "(a+)+",
    "[UNK]",
    "Removed",
  ],
];

/** One to three damages to a JSON value that keep it one: other values, keys gone, twice or of another name. */
export function damageJson(value: unknown, { below, pick }: Draw): unknown {
  const result = structuredClone(value);
  for (let n = 1 + below(3); n > 0; n--) {
    const places: [Record<string, unknown> | unknown[], string][] = [];
    const visit = (node: unknown) => {
      if (typeof node !== "object" || node === null) return;
      for (const [key, below] of Object.entries(node)) {
        places.push([node as Record<string, unknown>, key]);
        visit(below);
      }
    };
    visit(result);
    if (places.length === 0) return result;
    const [node, key] = pick(places);
    const [otherNode, otherKey] = pick(places);
    const at = node as Record<string, unknown>;
    const damages = [
      () => at[key] = structuredClone(pick(JSON_VALUES)),
      () => at[key] = structuredClone((otherNode as Record<string, unknown>)[otherKey]),
      () => Array.isArray(node) ? node.splice(Number(key), 1) : delete at[key],
      () => Array.isArray(node) ? node.push(structuredClone(at[key])) : at[`${key}_`] = at[key],
      () => {
        if (typeof at[key] === "number") at[key] = Number(at[key]) + pick([-1, 1, 0.5, 1000]);
        if (typeof at[key] === "boolean") at[key] = !at[key];
        if (typeof at[key] === "string") {
          at[key] = damageText(String(at[key]), { below, pick });
        }
      },
    ];
    pick(damages)();
  }
  return result;
}

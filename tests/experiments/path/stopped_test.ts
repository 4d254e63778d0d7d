/** Experiments that take a pair at a time: what is finished is not computed again, to the same bits. */

import { assertEquals, assertRejects } from "@std/assert";
import {
  type ChunkOptions,
  convergenceAttributions,
  convergenceStudy,
  type CrossEncoder,
  decodeChunk,
  encodeChunk,
  openCrossEncoder,
  parseNeuron,
  segmentShares,
  simdOps,
  tracePaths,
} from "../../../internal.ts";
import { load, pairs } from "../fixture.ts";

const some = ["non-relevant", "relevant"].flatMap((label) =>
  pairs.filter((pair) => pair.label === label).slice(0, 2)
);
const rules = { steps: [4], tolerances: [0.2], reference: 0.1 };
const schemes = [{ scheme: "N[x]", pairs: some.slice(0, 2) }, {
  scheme: "P[x]",
  pairs: some.slice(2),
}];

const works: readonly {
  readonly name: string;
  readonly chunks: number;
  readonly work: (encoder: CrossEncoder, chunks: ChunkOptions) => Promise<unknown>;
}[] = [
  {
    name: "tracePaths()",
    chunks: some.length,
    work: (encoder, chunks) => {
      const neurons = ["0.key.3", "3.ff_output.5"].map((name) => ({
        ...parseNeuron(encoder.config, name),
        role: "chosen",
      }));
      return tracePaths(encoder, some, neurons, chunks);
    },
  },
  {
    name: "segmentShares()",
    chunks: some.length,
    work: (encoder, chunks) => segmentShares(encoder, schemes, chunks),
  },
  {
    name: "convergenceStudy()",
    chunks: some.length * convergenceAttributions(rules),
    work: (encoder, chunks) =>
      convergenceStudy(encoder, some, { collection: "x", ...rules, ...chunks }),
  },
];

/** Does the work within some memory; what comes out, and the chunks that it made. */
async function run(
  { work }: typeof works[number],
  { finished = [], memoryBytes }: {
    readonly finished?: readonly Uint8Array[];
    readonly memoryBytes?: number;
  } = {},
) {
  const ops = await simdOps({ threads: 1, memoryBytes });
  try {
    const made: Uint8Array[] = [];
    const found = await work(await openCrossEncoder(load, ops), {
      finished: finished.map(decodeChunk),
      onChunk: (chunk, { resumed }) => void (resumed || made.push(encodeChunk(chunk))),
    });
    return { found, made };
  } finally {
    ops.close();
  }
}

for (const one of works) {
  Deno.test(`${one.name} goes on from any chunk, in any memory, to the same bits`, async () => {
    const whole = await run(one);
    assertEquals(whole.made.length, one.chunks);
    for (const count of [1, 2, 3, one.chunks - 1, one.chunks]) {
      const finished = whole.made.slice(0, count);
      const { found, made } = await run(one, { finished, memoryBytes: 8 * 2 ** 20 });
      assertEquals(found, whole.found);
      assertEquals(made, whole.made.slice(count));
    }
  });
}

Deno.test("convergenceStudy() refuses finished attributions that are not the first ones", async () => {
  const one = works[2];
  const { made } = await run(one);
  await assertRejects(
    () => run(one, { finished: made.slice(1) }),
    RangeError,
    "Cannot take a finished attribution: expected number 0 with",
  );
});

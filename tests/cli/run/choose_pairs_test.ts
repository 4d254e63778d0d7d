/** Which pairs a run takes: so many that the model agrees with, the same whatever stops it or shares it out. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  decodeChunk,
  openCrossEncoder,
  openScheme,
  parseTextPairs,
  predictedLabel,
  rule,
  score,
  type Shard,
  simdOps,
} from "../../../internal.ts";
import type { Source, SourcePair } from "../../../src/cli/options/source.ts";
import { type Choice, choosePairs } from "../../../src/cli/run/choose_pairs.ts";
import { openDevices } from "../../../src/cli/run/devices.ts";
import { openRun } from "../../../src/cli/run/open_run.ts";
import { runScheme } from "../../../src/cli/run/scheme_run.ts";
import { loaderOf, root } from "../../backends.ts";
import { inFolder } from "../run.ts";

/** 100 pairs, drawn in an order of their own. */
const source = (most: number): Source => ({
  name: "test",
  label: "relevant",
  agreement: "on",
  queries: 100,
  order: Array.from({ length: 100 }, (_, i) => (37 * i + 11) % 100),
  most,
  pairsOf: (places) => Promise.resolve(places.map(pair)),
  origin: {},
  identity: {},
});
const pair = (index: number): SourcePair => ({
  ...{ index, query: `q${index}`, passage: "p".repeat(index % 7), label: "relevant" },
  name: `pair ${index}`,
});

/** A model that agrees with the places that 9 divides; what it is asked of is noted. */
function choose(source: Source, shard?: Shard, asked: number[] = []) {
  const places = (of: number) => of === source.order.length ? source.order : undefined;
  const choice: Choice = {
    agreement: true,
    shard,
    encoding: {},
    ask(work) {
      asked.push(work.of);
      const order = places(work.of) ?? []; // a shard's pairs are known by the work alone
      return Promise.resolve(
        Float64Array.from({ length: work.of }, (_, i) => Number(order[i] % 9 === 0)),
      );
    },
  };
  return choosePairs(source, choice);
}

const indices = (pairs: readonly SourcePair[]) => pairs.map(({ index }) => index);

Deno.test("choosePairs() keeps the first that the model agrees with, in the order of the draw", async () => {
  const { order } = source(3);
  const agreeing = order.filter((place) => place % 9 === 0);
  for (const most of [1, 3, 11]) {
    const { kept, dropped, asked } = await choose(source(most));
    assertEquals(indices(kept), agreeing.slice(0, most).toSorted((a, b) => a - b));
    assertEquals(asked, order.indexOf(agreeing[most - 1]) + 1);
    assertEquals(dropped, asked - most);
  }
});

Deno.test("choosePairs() takes what there is where fewer agree, and has asked about all", async () => {
  const { kept, dropped, asked } = await choose(source(50));
  assertEquals([kept.length, dropped, asked], [12, 88, 100]);
});

Deno.test("choosePairs() shares a limited run's pairs out: shards together have the same, each once", async () => {
  const whole = await choose(source(8));
  const shards = await Promise.all([0, 1, 2].map((index) => choose(source(8), { index, of: 3 })));
  assertEquals(
    shards.flatMap(({ kept }) => indices(kept)).sort((a, b) => a - b),
    indices(whole.kept),
  );
  assertEquals(shards.reduce((sum, { dropped }) => sum + dropped, 0), whole.dropped);
});

Deno.test("choosePairs() asks a shard about its own pairs where nothing limits their number", async () => {
  const asked: number[] = [];
  await choose(source(Infinity), { index: 1, of: 4 }, asked);
  assertEquals(asked, [25]);
});

Deno.test("choosePairs() takes the first of the order where the model is not asked", async () => {
  const { kept, asked, dropped } = await choosePairs(source(4), {
    agreement: false,
    encoding: {},
    ask: () => Promise.reject(new Error("asked")),
  });
  assertEquals([indices(kept), asked, dropped], [[11, 22, 48, 85], 0, 0]);
});

const text = await Deno.readTextFile(new URL("fixtures/pairs.tsv", root));
/** Real pairs, two of three with the wrong label. */
const real = parseTextPairs(text, { name: "pairs.tsv", labelled: true }).map((pair, index) => ({
  ...pair,
  index,
  name: `line ${index + 1}`,
  label: index % 3 === 0
    ? pair.label
    : pair.label === "relevant"
    ? "non-relevant" as const
    : "relevant" as const,
}));
const limited: Source = {
  ...source(6),
  order: real.map((_, i) => (7 * i + 3) % real.length),
  pairsOf: (places) => Promise.resolve(places.map((place) => real[place])),
};
const options = { rule: rule("right", { steps: 2 }) };

/** Makes a scheme of 6 pairs in `folder`; the device fails at read `failsAt`. */
async function make(folder: string, { failsAt = Infinity, shard }: {
  readonly failsAt?: number;
  readonly shard?: Shard;
} = {}) {
  let reads = 0;
  const devices = await openDevices(async () => {
    const ops = await simdOps({ threads: 1 });
    const read: typeof ops.read = async (x) => {
      const values = await ops.read(x);
      if (++reads === failsAt) throw new RangeError("stopped");
      return values;
    };
    const encoder = await openCrossEncoder(loaderOf("fixtures/tiny-cross-encoder"), {
      ...ops,
      read,
    });
    return { encoder, close: () => ops.close() };
  });
  try {
    await using run = await openRun({
      ...{ devices, journal: `${folder}/journal`, identity: {}, restart: false, quiet: true },
    });
    /** Predictions that are in the journal, and how many chunks of them begin at the same pair. */
    const predictions = async () => {
      const chunks = (await Array.fromAsync(run.payloads())).filter(([kind]) => kind === 3)
        .map((payload) => decodeChunk(payload.subarray(1)));
      const count = chunks.reduce((sum, { values }) => sum + values.length, 0);
      return { count, twice: chunks.length - new Set(chunks.map(({ first }) => first)).size };
    };
    const resumed = (await predictions()).count;
    const made = await runScheme(run, devices.encoder, {
      ...{ source: limited, agreement: true, options, origin: {}, shard },
    });
    return { ...made, reads, resumed, predicted: await predictions() };
  } finally {
    devices.close();
  }
}

Deno.test("runScheme() keeps 6 pairs however many it takes, and ends in the same bytes wherever it was stopped", () =>
  inFolder(async (folder) => {
    const whole = await make(folder);
    await Deno.remove(`${folder}/journal`);
    const scheme = await openScheme(() => Promise.resolve(whole.bytes), "S");
    assertEquals(scheme.pairs, 6);
    assertEquals(Number(scheme.metadata.dropped), whole.asked - 6);
    assert(whole.predicted.count < real.length, "the model was asked about all");
    assert(whole.asked > 12, `${whole.asked} were asked about`);
    let resumed = 0;
    for (let failsAt = 1; failsAt < whole.reads; failsAt++) {
      await assertRejects(() => make(folder, { failsAt }), RangeError, "stopped");
      const again = await make(folder);
      assertEquals(again.bytes, whole.bytes);
      assertEquals(again.predicted.twice, 0);
      resumed = Math.max(resumed, again.resumed);
      await Deno.remove(`${folder}/journal`);
    }
    assert(resumed >= whole.asked, `predictions of ${resumed} pairs were found again`);
  }));

Deno.test("runScheme() keeps pairs that the model agrees with: its predictions are the labels", () =>
  inFolder(async (folder) => {
    const { asked } = await make(folder);
    const ops = await simdOps({ threads: 1 });
    try {
      const encoder = await openCrossEncoder(loaderOf("fixtures/tiny-cross-encoder"), ops);
      const looked = limited.order.slice(0, asked).map((place) => real[place]);
      const scores = await score(encoder, looked);
      const agrees = looked.map(({ label }, i) => predictedLabel(scores[i]) === label);
      assertEquals([agrees.filter(Boolean).length, agrees.at(-1)], [6, true]);
    } finally {
      ops.close();
    }
  }));

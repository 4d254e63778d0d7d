/** What must not matter: batch size, chunk size, order of pairs, repetition; and completeness. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  attribute,
  type AttributeOptions,
  type CrossEncoder,
  type LabelledPair,
  type PairAttribution,
  parseTextPairs,
  rule,
} from "../../internal.ts";
import { MOST_POINTS } from "../../src/attribution/adaptive.ts";
import { backends, root, withModel } from "../backends.ts";
import { relativeDistance } from "./golden.ts";

const fixture = "fixtures/tiny-cross-encoder";
const pairs: readonly LabelledPair[] = parseTextPairs(
  await Deno.readTextFile(new URL("fixtures/pairs.tsv", root)),
  { name: "pairs.tsv", labelled: true },
).slice(0, 5);

async function run(
  encoder: CrossEncoder,
  options: AttributeOptions & { readonly pairs?: readonly LabelledPair[] } = {},
): Promise<PairAttribution[]> {
  const found = await Array.fromAsync(attribute(encoder, options.pairs ?? pairs, options));
  return found.sort((a, b) => a.index - b.index);
}

/** To the bit, so that a run that was cut, shared out or short of memory ends in the same file. */
function assertSame(found: readonly PairAttribution[], expected: readonly PairAttribution[]): void {
  assertEquals(found.length, expected.length);
  found.forEach((pair, i) => {
    const { repeated: _, ...same } = pair;
    const { repeated: __, ...wanted } = expected[i];
    assert(
      pair.conductance.every((value, id) => value === expected[i].conductance[id]),
      `pair ${pair.index}: ${relativeDistance(pair.conductance, expected[i].conductance)}`,
    );
    assertEquals(same, wanted);
  });
}

/** The same model, which asks for `passes` passes at once. */
function pipelined(encoder: CrossEncoder, passes: number): CrossEncoder {
  const { ops } = encoder;
  return { ...encoder, ops: { ...ops, limits: { ...ops.limits, passes, passTokens: 64 } } };
}

for (const backend of backends) {
  const { kind, ignore } = backend;
  const fixed = rule("trapezoid", { steps: 9 });

  Deno.test({
    name: `attribute() does not depend on the batch size, ${kind}`,
    ignore,
    fn: () =>
      withModel(fixture, { backend }, async (encoder) => {
        for (const quadrature of [fixed, rule("adaptive")]) {
          const together = await run(encoder, { rule: quadrature });
          assertSame(await run(encoder, { rule: quadrature, pairsPerBatch: 1 }), together);
          assertSame(await run(encoder, { rule: quadrature, pairsPerBatch: 2 }), together);
        }
      }),
  });

  Deno.test({
    name: `attribute() does not depend on how many groups run side by side, ${kind}`,
    ignore,
    fn: () =>
      withModel(fixture, { backend }, async (encoder) => {
        const alone = await run(pipelined(encoder, 1), { pairsPerBatch: 1 });
        assertSame(await run(pipelined(encoder, 3), { pairsPerBatch: 1 }), alone);
        assertSame(await run(pipelined(encoder, 2)), alone);
      }),
  });

  Deno.test({
    name: `attribute() does not depend on the order of pairs, ${kind}`,
    ignore,
    fn: () =>
      withModel(fixture, { backend }, async (encoder) => {
        const forwards = await run(encoder, { rule: fixed });
        const backwards = await run(encoder, { rule: fixed, pairs: pairs.toReversed() });
        const turned = backwards.map((found) => ({
          ...found,
          index: pairs.length - 1 - found.index,
        }));
        assertSame(turned.toReversed(), forwards);
      }),
  });

  Deno.test({
    name: `attribute() does not depend on the chunk size, ${kind}`,
    ignore,
    async fn() {
      let whole: PairAttribution[] = [];
      await withModel(fixture, { backend }, async (encoder) => {
        whole = await run(encoder, { rule: fixed });
      });
      // room for all 10 points, for a few, and for the 2 that an interval needs
      for (const mebibytes of kind === "gpu" ? [4, 8] : [2.5, 5, 10]) {
        const memoryBytes = mebibytes * 2 ** 20 * (kind === "cpu" ? 2 : 1);
        await withModel(fixture, { backend, memoryBytes }, async (encoder) => {
          assertSame(await run(encoder, { rule: fixed }), whole);
        });
      }
    },
  });

  Deno.test({
    name: `attribute() repeats to the bit, ${kind}`,
    ignore,
    fn: () =>
      withModel(fixture, { backend }, async (encoder) => {
        const first = await run(encoder);
        const second = await run(encoder);
        assertEquals(second.map((x) => x.conductance), first.map((x) => x.conductance));
      }),
  });

  Deno.test({
    name: `attribute() closes every cut within the tolerance by the adaptive rule, ${kind}`,
    ignore,
    fn: () =>
      withModel(fixture, { backend }, async (encoder) => {
        for (const tolerance of [0.05, 0.01]) {
          for (const found of await run(encoder, { rule: rule("adaptive", { tolerance }) })) {
            assertEquals(found.completeness.cuts.length, 2 * encoder.config.layers + 1);
            assert(found.completeness.relative <= tolerance, JSON.stringify(found.completeness));
            assert(found.evaluations < MOST_POINTS);
          }
        }
      }),
  });
}

Deno.test("attribute() halves its gap's order: twice the trapezoids leave a quarter of the gap", async () => {
  const model = "tests/golden/models/l2-w36-h3-f50-labels2"; // random weights: a smooth path
  await withModel(model, { backend: backends[0] }, async (encoder) => {
    const pair = [{
      query: "old bridge",
      passage: "The old stone bridge",
      label: "relevant" as const,
    }];
    const gap = async (steps: number) =>
      (await run(encoder, { rule: rule("trapezoid", { steps }), pairs: pair }))[0].completeness
        .worst;
    const ratio = await gap(64) / await gap(128);
    assert(ratio > 3.8 && ratio < 4.2, `${ratio}`); // h² and a little of h⁴
  });
});

Deno.test("attribute() finds the adaptive rule's result again where memory is short", async () => {
  let ample: PairAttribution[] = [];
  await withModel(fixture, { backend: backends[0] }, async (encoder) => {
    ample = await run(encoder, { pairs: pairs.slice(0, 2) });
  });
  // room for about 4 points of a pair: fewer than the rule keeps
  await withModel(fixture, { backend: backends[0], memoryBytes: 12 * 2 ** 20 }, async (encoder) => {
    const scarce = await run(encoder, { pairs: pairs.slice(0, 2) });
    assertSame(scarce, ample);
    assert(ample.every(({ repeated }) => repeated === 0));
    assert(scarce.every(({ repeated }) => repeated > 0));
  });
});

Deno.test("attribute() says how much memory a pair needs where there is too little", async () => {
  await withModel(fixture, { backend: backends[0], memoryBytes: 2 ** 20 }, async (encoder) => {
    let message = "";
    await run(encoder).catch((error) => message = error.message);
    assert(
      /Cannot attribute a pair of \d+ tokens: expected at least \d+ MiB/.test(message),
      message,
    );
  });
});

Deno.test("attribute() that is left early ends what runs side by side, then gives its memory back", async () => {
  await withModel(fixture, { backend: backends[1] }, async (encoder) => {
    const { ops } = encoder;
    let reading = 0;
    const late: string[] = [];
    const left = new Set<object>();
    const watched: CrossEncoder["ops"] = {
      ...ops,
      async read(x) {
        reading++;
        await new Promise((resolve) => setTimeout(resolve, 1)); // as on a GPU
        return await ops.read(x).finally(() => reading--);
      },
      conductance(out, y, g, items, pairing) {
        if (left.has(y)) late.push("conductance");
        ops.conductance(out, y, g, items, pairing);
      },
      free(...tensors) {
        if (tensors.length > 50) {
          assertEquals(reading, 0, "a store was closed while a group was under way");
          tensors.forEach((tensor) => left.add(tensor));
        }
        ops.free(...tensors);
      },
    };
    const seen: number[] = [];
    for await (
      const { index } of attribute(pipelined({ ...encoder, ops: watched }, 3), pairs, {
        pairsPerBatch: 1,
      })
    ) {
      seen.push(index);
      break;
    }
    assertEquals([seen.length, late, left.size], [1, [], 3 * 66]); // 66 tensors a store
  });
});

Deno.test("attribute() fails once where groups side by side fail", async () => {
  await withModel(fixture, { backend: backends[1] }, async (encoder) => {
    let reads = 0;
    const broken: CrossEncoder["ops"] = {
      ...encoder.ops,
      read: () => Promise.reject(new Error(`read ${++reads} failed`)),
    };
    const failing = pipelined({ ...encoder, ops: broken }, 3);
    await assertRejects(() => run(failing, { pairsPerBatch: 1 }), Error, "read 1 failed");
  });
});

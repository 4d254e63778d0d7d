/** What must not matter: batch size, chunk size, order of pairs, repetition; and completeness. */

import { assert, assertEquals } from "@std/assert";
import { type PairAttribution, rule } from "../../internal.ts";
import { MOST_POINTS } from "../../src/attribution/adaptive/refinement.ts";
import { backends, withModel } from "../backends.ts";
import { assertSame, fixture, pairs, pipelined, run } from "./fixture_runs.ts";

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
    name: `attribute() leaves gaps at cuts within the adaptive rule's tolerance of TV(F), ${kind}`,
    ignore,
    fn: () =>
      withModel(fixture, { backend }, async (encoder) => {
        for (const tolerance of [0.05, 0.01]) {
          for (const found of await run(encoder, { rule: rule("adaptive", { tolerance }) })) {
            const { completeness, points, F } = found;
            assertEquals(completeness.cuts.length, 2 * encoder.config.layers + 1);
            const variation = F.along.slice(1)
              .reduce((sum, value, i) => sum + Math.abs(value - F.along[i]), 0);
            assert(completeness.worst <= tolerance * variation, JSON.stringify(completeness));
            assertEquals([points.length, F.along.length], [found.evaluations, found.evaluations]);
            assertEquals([F.along[0], F.along.at(-1)], [F.baseline, F.input]);
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

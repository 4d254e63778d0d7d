/** How attributions run: with little memory, told of and stopped, and what they leave behind. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { attribute, type CrossEncoder, type PairAttribution, rule } from "../../internal.ts";
import type { Round } from "../../src/attribution/adaptive/pair_refinement.ts";
import { backends, withModel } from "../backends.ts";
import { assertSame, fixture, pairs, pipelined, run } from "./fixture_runs.ts";

for (const backend of backends) {
  const { kind, ignore } = backend;
  Deno.test({
    name: `attribute() finds the adaptive rule's result again where memory is short, ${kind}`,
    ignore,
    async fn() {
      const few = pairs.slice(0, kind === "cpu" ? 2 : 3);
      const ample: PairAttribution[] = [];
      await withModel(fixture, { backend }, async (encoder) => {
        ample.push(...await run(encoder, { pairs: few }));
      });
      assert(ample.every(({ repeated }) => repeated === 0));
      // room for 2 points of a pair, for a few more, for fewer than a hard pair needs, for a whole pair
      for (const mebibytes of { cpu: [2.2, 20], simd: [2.2, 8, 20, 25], gpu: [4.2, 25] }[kind]) {
        const memoryBytes = mebibytes * 2 ** 20 * (kind === "cpu" ? 2 : 1);
        await withModel(fixture, { backend, memoryBytes }, async (encoder) => {
          const kept = await run(encoder, { pairs: few, hostBytes: 2 ** 30 });
          assertSame(kept, ample);
          assert(kept.every(({ repeated }) => repeated === 0));
          const lost = await run(encoder, { pairs: few, hostBytes: 0 });
          assertSame(lost, ample);
          // the largest memory holds all that some pairs need
          assert(lost.some(({ repeated }) => repeated > 0) || mebibytes === 25);
        });
      }
    },
  });
}

/** The operations, and how many of the tensors that they made are not freed. */
function counted(ops: CrossEncoder["ops"]) {
  const live = new Set<object>();
  const made = <T extends object>(x: T) => (live.add(x), x);
  const counting: CrossEncoder["ops"] = {
    ...ops,
    zeros: (...shape) => made(ops.zeros(...shape)),
    empty: (...shape) => made(ops.empty(...shape)),
    floats: (...data) => made(ops.floats(...data)),
    indices: (...data) => made(ops.indices(...data)),
    free(...tensors) {
      tensors.forEach((tensor) => live.delete(tensor));
      ops.free(...tensors);
    },
  };
  return { ops: counting, live };
}

for (const quadrature of [rule("adaptive"), rule("right", { steps: 5 })]) {
  Deno.test(`attribute() gives all memory back, ended or not, ${quadrature.name}`, () =>
    withModel(fixture, { backend: backends[1] }, async (encoder) => {
      const { ops, live } = counted(encoder.ops);
      const model = { ...encoder, ops };
      await run(model, { rule: quadrature });
      assertEquals(live.size, 0);
      for await (const _ of attribute(pipelined(model, 2), pairs, { rule: quadrature })) break;
      assertEquals(live.size, 0);
      for (const hostBytes of [0, undefined]) { // set aside: 6 points of a pair fit
        const limits = { ...ops.limits, memoryBytes: 2 ** 22 };
        await run({ ...encoder, ops: { ...ops, limits } }, { rule: quadrature, hostBytes });
        assertEquals(live.size, 0);
      }
    }));

  Deno.test(`attribute() ends when it is told to, ${quadrature.name}`, () =>
    withModel(fixture, { backend: backends[1] }, async (encoder) => {
      const { ops, live } = counted(encoder.ops);
      const stop = new AbortController();
      let reads = 0;
      const read: typeof ops.read = (x) => {
        if (++reads === 7) stop.abort(new Error("enough"));
        return ops.read(x);
      };
      const options = { rule: quadrature, signal: stop.signal, pairsPerBatch: 1 };
      const model = { ...encoder, ops: { ...ops, read } };
      await assertRejects(() => run(model, options), Error, "enough");
      assert(reads < 12, `${reads} reads`);
      await assertRejects(() => run(model, options), Error, "enough"); // before it begins
      assertEquals(live.size, 0);
    }));
}

Deno.test("attribute() tells of every round of the adaptive rule, which changes no bit", () =>
  withModel(fixture, { backend: backends[1] }, async (encoder) => {
    const plain = await run(encoder);
    const rounds = pairs.map((): Round[] => []);
    const told = await run(encoder, { onRound: (round) => rounds[round.index].push(round) });
    assertSame(told, plain);
    for (const { index, points, F, completeness } of told) {
      const own = rounds[index];
      assert(own.length > 3);
      own.forEach(({ t, F }, i) => {
        assertEquals(t.length, F.length);
        const before = own[i - 1]?.t ?? [];
        assert(t.length > before.length && before.every((point) => t.includes(point)));
      });
      assertEquals(own.at(-1), { index, t: points, F: F.along, gap: completeness.worst });
    }
  }));

Deno.test("attribute() waits once a pass for its numbers", () =>
  withModel(fixture, { backend: backends[0] }, async (encoder) => {
    const { ops } = encoder;
    let [waits, reading, passes] = [0, 0, 0];
    const watched: CrossEncoder["ops"] = {
      ...ops,
      async read(x) {
        if (reading++ === 0) waits++;
        return await ops.read(x).finally(() => reading--);
      },
      objective: (...tensors) => (passes++, ops.objective(...tensors)),
    };
    await run({ ...encoder, ops: watched });
    assertEquals(waits, passes + 1); // the last for the conductances of the last pairs
  }));

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

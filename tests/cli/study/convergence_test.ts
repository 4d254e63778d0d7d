/** The step that compares rules, where a device is lost in the middle. */

import { assert, assertEquals } from "@std/assert";
import { openCrossEncoder, parseStudy, simdOps } from "../../../internal.ts";
import { openDevices } from "../../../src/cli/run/devices.ts";
import { openStudy } from "../../../src/cli/study/context.ts";
import { makeConvergence } from "../../../src/cli/study/convergence.ts";
import { deviceError } from "../../../src/compute/device_error.ts";
import { loaderOf, root } from "../../backends.ts";
import { inFolder } from "../run.ts";

const fixtures = new URL("fixtures", root).pathname;
const study = parseStudy(
  JSON.stringify({
    model: `${fixtures}/tiny-cross-encoder`,
    collections: { c: { folder: `${fixtures}/collections/cooking`, relevantFrom: 2, maxPairs: 4 } },
    convergence: { pairs: 1, steps: [3, 6], tolerances: [0.2], reference: 0.1 },
  }),
  "study.json",
);

Deno.test("makeConvergence() goes on with a new device when one is lost", async () => {
  await inFolder(async (folder) => {
    const context = await openStudy(study, {
      open: () => simdOps({ threads: 1 }),
      ...{ quiet: true, strict: false, file: "study.json", output: folder },
    });
    const run = async (lostAt: number) => {
      let [turns, reads] = [0, 0];
      const devices = await openDevices(async () => {
        turns++;
        const ops = await simdOps({ threads: 1 });
        const read: typeof ops.read = async (x) => {
          const lost = ++reads === lostAt;
          const values = await ops.read(x); // nothing is under way when the backend is closed
          if (lost) throw deviceError("Cannot read: the device is lost");
          return values;
        };
        const load = loaderOf("fixtures/tiny-cross-encoder");
        const encoder = await openCrossEncoder(load, { ...ops, read });
        return { encoder, close: () => ops.close() };
      });
      const encoder = () => Promise.resolve(devices.encoder);
      const made = await makeConvergence(
        { ...context, encoder, devices: () => Promise.resolve(devices) },
        { one: study.collections[0], schemes: new Map() },
        { journal: `${folder}/${lostAt}.journal`, sha256: "" },
      ).finally(devices.close);
      return { files: made.files, evaluations: made.evaluations, turns, reads };
    };
    const whole = await run(Infinity);
    for (const lostAt of [1, Math.floor(whole.reads / 2)]) { // at the first, pairs are chosen
      const lost = await run(lostAt);
      assertEquals([whole.turns, lost.turns], [1, 2]);
      assertEquals(lost.files, whole.files);
      assertEquals(lost.evaluations, whole.evaluations);
      assert(lost.reads < 1.2 * whole.reads, `${lost.reads} reads, undisturbed ${whole.reads}`);
    }
  });
});

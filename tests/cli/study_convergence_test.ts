/** The step that compares rules, where a device is lost in the middle. */

import { assertEquals } from "@std/assert";
import { openCrossEncoder, parseStudy, simdOps } from "../../mod.ts";
import { readInput } from "../../src/cli/command.ts";
import { openDevices } from "../../src/cli/devices.ts";
import { studyCommand } from "../../src/cli/study.ts";
import { openStudy } from "../../src/cli/study_context.ts";
import { makeConvergence } from "../../src/cli/study_convergence.ts";
import { deviceError } from "../../src/compute/device_error.ts";
import { loaderOf, root } from "../bodies.ts";
import { inFolder } from "./run.ts";

const fixtures = new URL("fixtures", root).pathname;
const study = parseStudy(
  JSON.stringify({
    model: `${fixtures}/tiny-cross-encoder`,
    collections: { c: { folder: `${fixtures}/collections/cooking`, relevantFrom: 2, maxPairs: 4 } },
    convergence: { pairs: 1, steps: [3, 6], tolerances: [0.2], reference: 0.1 },
  }),
  "study.json",
);

Deno.test("makeConvergence() begins again on a new device when one is lost", async () => {
  await inFolder(async (folder) => {
    const input = readInput(studyCommand, ["study.json", "--quiet"]);
    const context = await openStudy(study, { input, file: "study.json", output: folder });
    const run = async (lostAt: number) => {
      let [turns, reads] = [0, 0];
      const devices = await openDevices(async () => {
        turns++;
        const ops = await simdOps({ threads: 1 });
        const read: typeof ops.read = (x) => {
          if (++reads === lostAt) throw deviceError("Cannot read: the device is lost");
          return ops.read(x);
        };
        const load = loaderOf("fixtures/tiny-cross-encoder");
        const encoder = await openCrossEncoder(load, { ...ops, read });
        return { encoder, close: () => ops.close() };
      });
      const encoder = () => Promise.resolve(devices.encoder);
      const made = await makeConvergence(
        { ...context, encoder, devices: () => Promise.resolve(devices) },
        study.collections[0],
      ).finally(devices.close);
      return { files: made.files, evaluations: made.evaluations, turns, reads };
    };
    const whole = await run(Infinity);
    const lost = await run(Math.floor(whole.reads / 2));
    assertEquals([whole.turns, lost.turns], [1, 2]);
    assertEquals(lost.files, whole.files);
    assertEquals(lost.evaluations, whole.evaluations);
  });
});

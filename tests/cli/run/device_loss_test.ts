/** A device that is lost, or full, in the middle of a run. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type CrossEncoder,
  gpuOps,
  openCrossEncoder,
  openDevice,
  type Ops,
  parseTextPairs,
  rule,
  simdOps,
} from "../../../internal.ts";
import { openDevices } from "../../../src/cli/run/devices.ts";
import { openJournal } from "../../../src/cli/run/journal_file.ts";
import { openRun } from "../../../src/cli/run/open_run.ts";
import { removeJournal } from "../../../src/cli/run/journal_file.ts";
import type { RunLog } from "../../../src/cli/run/run_log.ts";
import { runScheme } from "../../../src/cli/run/scheme_run.ts";
import type { Source } from "../../../src/cli/options/source.ts";
import { deviceError } from "../../../src/compute/device_error.ts";
import { hasGpu, loaderOf, root } from "../../backends.ts";
import { inFolder } from "../run.ts";

const text = await Deno.readTextFile(new URL("fixtures/pairs.tsv", root));
const pairs = parseTextPairs(text, { name: "pairs.tsv", labelled: true }).slice(0, 6);
const quadrature = rule("trapezoid", { steps: 6 });
const source: Source = {
  name: "pairs.tsv",
  label: "mixed",
  agreement: "off",
  queries: pairs.length,
  order: pairs.map((_, index) => index),
  most: Infinity,
  pairsOf: (places) =>
    Promise.resolve(places.map((index) => ({ ...pairs[index], index, name: `line ${index}` }))),
  origin: {},
  identity: {},
};

/** Ops that call `fail` before their n-th read. */
function failing(ops: Ops, n: number, fail: () => void): Ops {
  let reads = 0;
  return {
    ...ops,
    async read(x) {
      if (++reads === n) fail();
      return await ops.read(x);
    },
  };
}

/** Runs with devices that come from `open` by turn; what is written, and the losses told of. */
async function run(folder: string, open: (turn: number, memoryBytes?: number) => Promise<Ops>) {
  const losses: number[] = [];
  const log: RunLog = {
    event: (name, fields) => name === "device lost" && losses.push(Number(fields!.memoryBytes)),
    metrics() {},
    [Symbol.dispose]() {},
  };
  let turn = 0;
  const devices = await openDevices(async (memoryBytes) => {
    const ops = await open(turn++, memoryBytes);
    const encoder: CrossEncoder = await openCrossEncoder(
      loaderOf("fixtures/tiny-cross-encoder"),
      { ...ops, adapter: "test" },
    );
    return { encoder, close: () => ops.close() };
  });
  try {
    await using run = await openRun({
      ...{ devices, log, journal: `${folder}/journal`, identity: { run: "test" } },
      ...{ restart: false, quiet: true },
    });
    const { bytes } = await runScheme(run, devices.encoder, {
      ...{ source, agreement: false, origin: {} },
      options: { rule: quadrature, pairsPerBatch: 2 },
    });
    await removeJournal(run.path);
    return { bytes, losses, turns: turn };
  } finally {
    devices.close();
  }
}

const lost = () => {
  throw deviceError("Cannot go on with a test: the device was lost");
};

Deno.test("runScheme() goes on with a new device and half the memory, to the same bytes", () =>
  inFolder(async (folder) => {
    const simd = (memoryBytes = 2 ** 28) => simdOps({ threads: 1, memoryBytes });
    const whole = await run(folder, () => simd());
    const cut = await run(folder, async (turn, memoryBytes) => {
      const ops = await simd(memoryBytes);
      return turn < 3 ? failing(ops, 3 + 2 * turn, lost) : ops; // a group takes four reads
    });
    assertEquals(cut.bytes, whole.bytes);
    assertEquals(cut.losses, [2 ** 27, 2 ** 26, 2 ** 25]);
  }));

Deno.test("runScheme() gives up where devices are lost again and again, and keeps what is done", () =>
  inFolder(async (folder) => {
    let opened = 0;
    const open = async (turn: number) => {
      opened++;
      return failing(await simdOps({ threads: 1 }), turn === 0 ? 9 : 1, lost);
    };
    const error = await assertRejects(() => run(folder, open), Error, "4 failures of the device");
    assert(error.message.includes("the device was lost; what is finished is kept in"));
    assertEquals(opened, 4); // the first finished some pairs
    using journal = await openJournal(`${folder}/journal`, { run: "test" });
    assert(journal.found > 1);
  }));

Deno.test("runScheme() does not mend what is no device's fault", () =>
  inFolder(async (folder) => {
    const open = async () =>
      failing(await simdOps({ threads: 1 }), 1, () => {
        throw new RangeError("Cannot do this");
      });
    await assertRejects(() => run(folder, open), RangeError, "Cannot do this");
  }));

Deno.test({
  name: "runScheme() goes on after a GPU device was destroyed",
  ignore: !hasGpu,
  fn: () =>
    inFolder(async (folder) => {
      const memoryBytes = 2 ** 27;
      const whole = await run(folder, async () =>
        gpuOps(await openDevice(navigator.gpu), { memoryBytes }));
      const cut = await run(folder, async (turn, memory = memoryBytes) => {
        const device = await openDevice(navigator.gpu);
        const ops = gpuOps(device, { memoryBytes: memory });
        return turn === 0
          ? failing(ops, 4, () => device.device.destroy())
          : ops;
      });
      assertEquals([cut.turns, cut.losses], [2, [memoryBytes / 2]]);
      assertEquals(cut.bytes, whole.bytes);
    }),
});

/** `device`: what this machine computes on, and whether every kernel is right on it. */

import { cpuOps, familyNames, selfCheck } from "../../../internal.ts";
import type { Command } from "../command.ts";
import { computeOptions, openBackend } from "../options/backend.ts";
import { print, writeOutput } from "../../deno/files.ts";
import { tuningTable } from "../../deno/tuning.ts";

/** The command. */
export const deviceCommand: Command = {
  summary: "the device, its limits, and every kernel checked against float64",
  options: {
    json: { help: "print JSON" },
    tune: {
      help: "measure the matrix products and the free memory of a GPU again",
      idle: {
        when: (args) =>
          /^(cpu|simd)$/.test(args.get("device")!)
            ? `--device ${args.get("device")} is no GPU`
            : undefined,
      },
    },
    ...computeOptions,
  },
  notes:
    "A kernel passes where its relative error is within what float32 explains. On a GPU the\n" +
    "fastest matrix product of each kind (*) and the free memory, of which a batch may take .6\n" +
    "unless --memory says otherwise, are found once and remembered in the cache folder. Families\n" +
    "are values of config.json's model_type; of bert ColBERT and SPLADE too.",
  async run(args) {
    const measure = args.has("tune") ? "again" : "once";
    const { ops, measured } = await openBackend(args, { measure });
    try {
      if (measure === "again" && ops.kind !== "gpu") {
        throw new Error(`Cannot tune: expected a GPU, found ${ops.kind}; --device gpu insists`);
      }
      const checks = await selfCheck(ops, cpuOps());
      const failed = checks.filter(({ error, bound }) => !(error <= bound));
      const byOperation = [...Map.groupBy(checks, ({ operation }) => operation)].map(
        ([operation, cases]) => ({
          operation,
          shapes: cases.length,
          worst: cases.reduce((most, { error }) => Math.max(most, error), 0),
          bound: cases[0].bound,
          passed: cases.every(({ error, bound }) => error <= bound),
        }),
      );
      const report = {
        kind: ops.kind,
        adapter: ops.adapter,
        limits: ops.limits,
        features: ops.features ?? [],
        kernels: ops.kernels ?? {},
        tuning: measured?.tuning ?? [],
        freeBytes: measured?.freeBytes ?? null,
        families: familyNames,
        checks: byOperation,
        passed: failed.length === 0,
      };
      if (args.has("json")) await print(JSON.stringify(report, null, 2));
      else {
        await print(`device    ${report.kind}: ${report.adapter}`);
        await print(`features  ${report.features.join(", ") || "none"}`);
        await print(`families  ${report.families.join(", ")}`);
        for (const [name, value] of Object.entries(report.limits)) await print(`${name}  ${value}`);
        for (const [name, value] of Object.entries(measured ? {} : report.kernels)) {
          await print(`${name}  ${value}`);
        }
        if (measured?.freeBytes) await print(`freeBytes  ${measured.freeBytes}`);
        if (measured) await writeOutput(undefined, tuningTable(measured.tuning));
        for (const { operation, shapes, worst, bound, passed } of byOperation) {
          await print(
            `${passed ? "ok  " : "FAIL"}  ${operation.padEnd(18)} ${shapes} shapes, error ${
              worst.toExponential(1)
            } of ${bound.toExponential(0)} allowed`,
          );
        }
      }
      if (failed.length > 0) {
        const names = [...new Set(failed.map(({ operation }) => operation))].join(", ");
        throw new Error(`Kernels are wrong on ${ops.adapter}: ${names}`);
      }
    } finally {
      ops.close();
    }
  },
};

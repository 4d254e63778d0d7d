/** What plans of memory count is what is allocated. */

import { assertEquals } from "@std/assert";
import { cpuOps, openCrossEncoder, simdOps } from "../../internal.ts";
import { pathPair } from "../../src/attribution/target/baseline.ts";
import { pointsThatFit } from "../../src/attribution/path/path_points.ts";
import {
  bytesPerKeptToken,
  bytesPerPassingToken,
  openPathStore,
} from "../../src/attribution/path/path_store.ts";
import { loaderOf } from "../backends.ts";
import { goldenModel } from "../model/models.ts";

const { folder } = await goldenModel("l2-w36-h3-f50-labels2");

for (const [kind, open] of [["cpu", cpuOps], ["simd", simdOps]] as const) {
  Deno.test(`bytesPerKeptToken() is what a store allocates for one more token, ${kind}`, async () => {
    const ops = await open();
    const encoder = await openCrossEncoder(loaderOf(folder), ops);
    let numbers = 0;
    const counting = {
      ...encoder,
      ops: {
        ...ops,
        empty(rows: number, width: number) {
          numbers += rows * width;
          return ops.empty(rows, width);
        },
      },
    };
    const encoded = encoder.tokenizer.encode("copper pan", "polish it");
    const path = { ...pathPair(encoded, "pad", encoder.config), label: 1 as const };
    const numbersOf = (tokens: number) => {
      numbers = 0;
      const capacity = { tokens, sequences: tokens }; // as many as there can be
      openPathStore(counting, { paths: [path], capacity, target: "logit" }).close();
      return numbers;
    };
    const perToken = (numbersOf(128) - numbersOf(64)) / 64;
    assertEquals(bytesPerKeptToken(encoder), perToken * ops.limits.floatBytes);

    // a point takes its tokens kept and while it is evaluated; 5.5 points fit 5 times
    const bytes = encoded.ids.length * (bytesPerKeptToken(encoder) + bytesPerPassingToken(encoder));
    const limited = (memoryBytes: number) => ({
      ...encoder,
      ops: { ...ops, limits: { ...ops.limits, memoryBytes } },
    });
    assertEquals(
      [5.5, 5, 0.1].map((points) => pointsThatFit(limited(points * bytes), path)),
      [5, 5, 2],
    );
    ops.close();
  });
}

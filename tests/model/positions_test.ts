/** Positions of tokens: counted from the start, or in fairseq's families around padding tokens. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { cpuOps, openCrossEncoder, score } from "../../internal.ts";
import { families } from "../../src/model/config.ts";
import { positionsOf } from "../../src/model/batch.ts";
import { loaderOf, root } from "../backends.ts";
import { folderOf } from "./models.ts";

interface Row {
  readonly model: string;
  readonly query: string;
  readonly passage: string;
  readonly ids: readonly number[];
  readonly logits: readonly number[];
}

const rows: Row[] = JSON.parse(
  await Deno.readTextFile(new URL("tests/golden/padding.json", root)),
);

Deno.test("positionsOf() counts every token in BERT, and all but padding in fairseq's families", () => {
  const ids = Uint32Array.of(5, 1, 7, 1, 8);
  const of = (type: string) =>
    Array.from(positionsOf(ids, { family: families.find((f) => f.type === type)!, padding: 1 }));
  assertEquals(of("bert"), [0, 1, 2, 3, 4]);
  assertEquals(of("electra"), [0, 1, 2, 3, 4]);
  for (const type of ["roberta", "xlm-roberta", "camembert"]) {
    assertEquals(of(type), [2, 1, 3, 1, 4], type);
  }
});

/** PyTorch and the twins both compute in float64. */
const ROUNDING = 1e-9;

for (const name of new Set(rows.map(({ model }) => model))) {
  Deno.test(`score() of texts with padding tokens agrees with PyTorch on ${name}`, async () => {
    const ops = cpuOps();
    const encoder = await openCrossEncoder(loaderOf(folderOf(name)), ops);
    for (const { query, passage, ids, logits } of rows.filter(({ model }) => model === name)) {
      assert(ids.includes(encoder.config.padding));
      assertEquals([...encoder.tokenizer.encode(query, passage).ids], ids);
      const [found] = await score(encoder, [{ query, passage }]);
      found.logits.forEach((logit, i) => assertAlmostEquals(logit, logits[i], ROUNDING));
    }
    ops.close();
  });
}

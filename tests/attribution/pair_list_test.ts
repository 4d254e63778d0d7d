/** Hashes of pairs and lists, against node:crypto; metadata, which are read as they were made. */

import { assertEquals, assertNotEquals } from "@std/assert";
import { createHash } from "node:crypto";
import {
  optionMetadata,
  pairDigest,
  pairListDigest,
  readSchemeMetadata,
  rule,
  schemeMetadata,
} from "../../internal.ts";
import { backends, withModel } from "../backends.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const pairs = [
  { query: "ä", passage: "b", label: "relevant" as const },
  { query: "c", passage: "d", label: "non-relevant" as const },
];

Deno.test("pairDigest() is SHA-256 of the pair's line, pairListDigest() of the sorted digests' lines", async () => {
  const digests = await Promise.all(pairs.map(pairDigest));
  assertEquals(digests, [sha256("ä\tb\t1\n"), sha256("c\td\t0\n")]);
  const list = await pairListDigest(digests);
  assertEquals(list, sha256(digests.toSorted().map((digest) => `${digest}\n`).join("")));
  assertEquals(await pairListDigest(digests.toReversed()), list); // another order is the same list
  assertNotEquals(await pairListDigest(digests.slice(1)), list);
  assertNotEquals(await pairListDigest([...digests, digests[0]]), list);
});

Deno.test("readSchemeMetadata() reads what schemeMetadata() made", () =>
  withModel("fixtures/tiny-cross-encoder", { backend: backends[0] }, async (encoder) => {
    const [digest] = await Promise.all(pairs.map(pairDigest));
    const ledger = [{ index: 4, evaluations: 7, relative: 0.25, worst: 0.5, digest }];
    const options = { rule: rule("right", { steps: 9 }), maxLength: 1000, agreement: true };
    const origin = {
      ...{ dataset: "d", split: "s", selection: "all", sampledNegatives: 1, model: "m" },
      ...{ modelSha256: "h", tokenizerSha256: "t", version: "v" },
    };
    const documents = Array.from({ length: 30 }, (_, i) => `d ${i}`);
    const made = await schemeMetadata({
      ...{ encoder, ledger, label: "relevant", dropped: 3, byQuery: true, ...options, ...origin },
      missing: { judgements: 31, documents },
    });
    const read = readSchemeMetadata(made);
    assertEquals(read, {
      ...origin,
      label: "relevant",
      evaluations: 7,
      dropped: 3,
      completeness: { mean: 0.25, worst: 0.25, worstAbsolute: 0.5 },
      adapter: encoder.ops.adapter,
      pairLists: [await pairListDigest([digest])],
    });
    for (const [key, value] of Object.entries(optionMetadata(options, encoder.config))) {
      assertEquals(made[key], value, key);
    }
    assertEquals([made.rule, made.steps, made.tolerance], ["right", "9", undefined]);
    assertEquals(made.max_length, String(encoder.config.maxTokens)); // no more than the model takes
    assertEquals(made.by_query, "on");
    const missing = JSON.parse(made.missing_documents);
    assertEquals([missing.judgements, missing.documents], [31, documents.slice(0, 20)]);
    const { ops } = encoder;
    const halved = { ...ops, limits: { ...ops.limits, weightBytes: 2 as const } };
    const story = { ledger, label: "relevant", dropped: 0, byQuery: false, ...options } as const;
    const [whole, half] = await Promise.all(
      [ops, halved].map((ops) =>
        schemeMetadata({
          ...{ ...story, encoder: { ...encoder, ops } },
          missing: { judgements: 0, documents: [] },
        })
      ),
    );
    assertEquals([whole.weights, half.weights], [undefined, "float16"]);
    assertEquals([whole.missing_documents, whole.by_query], [undefined, "off"]); // none is missing
  }));

Deno.test("readSchemeMetadata() leaves undefined what is not there or cannot be understood", () => {
  const strange = { evaluations: "many", dropped: "-1", completeness: "{}", pairs: "3" };
  const cases: readonly Record<string, string>[] = [{}, strange, { completeness: "no JSON" }];
  for (const metadata of cases) {
    const { evaluations, dropped, completeness } = readSchemeMetadata(metadata);
    assertEquals([evaluations, dropped, completeness], [undefined, undefined, undefined]);
  }
});

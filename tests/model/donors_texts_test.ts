/** Donors and mean activations of a bi-encoder: text by text. */

import { assertEquals, assertLess } from "@std/assert";
import { cpuOps, openCrossEncoder } from "../../internal.ts";
import { activationSums } from "../../src/model/activation_sums.ts";
import { scoresUnderMasks } from "../../src/model/masked_scores.ts";
import { firstId } from "../../src/model/neurons.ts";
import { loaderOf } from "../backends.ts";

const load = loaderOf("tests/golden/encoders/models/bert-w30-cls-dot");

Deno.test("scoresUnderMasks() takes a bi-encoder's units from a donor's query and passage, each from its own", async () => {
  const encoder = await openCrossEncoder(load, cpuOps());
  const { tokenizer, config } = encoder;
  const all = (component: string, layer: number) =>
    Array.from({ length: 30 }, (_, unit) => ({ layer, component, unit, shift: "donor" as const }));
  // in the last layer both have a line a text
  const last = config.layers - 1;
  const pair = tokenizer.encode("river bank", "the old town is cold.");
  const other = tokenizer.encode("snow", "how deep is the water of the old river?");
  const donors = [{ path: { encoded: other, baseline: Int32Array.from(other.ids) }, t: 1 }];
  const own = [{ path: { encoded: pair, baseline: Int32Array.from(pair.ids) }, t: 1 }];
  const set = [...all("ff_output", last), ...all("query", last)];
  const [[plain], [unchanged]] = await scoresUnderMasks(encoder, [pair], [[], set], {
    donors: own,
  });
  assertLess(Math.abs(plain.logits[0] - unchanged.logits[0]), 1e-12); // its own values: nothing changes
  const [[given]] = await scoresUnderMasks(encoder, [pair], [set], { donors });
  const swapped = tokenizer.encode("how deep is the water of the old river?", "snow");
  const turned = [{ path: { encoded: swapped, baseline: Int32Array.from(swapped.ids) }, t: 1 }];
  const [[crossed]] = await scoresUnderMasks(encoder, [pair], [set], { donors: turned });
  assertEquals(given.logits[0] !== crossed.logits[0], true); // which text gives which matters
  assertEquals(given.logits[0] !== plain.logits[0], true);
});

Deno.test("activationSums() sums over both texts of a bi-encoder, and averages what each gives once", async () => {
  const encoder = await openCrossEncoder(load, cpuOps());
  const { tokenizer, config } = encoder;
  const texts = ["river bank", "the old town is cold."] as const;
  const of = async (query: string, passage: string) =>
    (await activationSums(encoder, [tokenizer.encode(query, passage)]))[0];
  const [both, first, second] = [
    await of(...texts),
    await of(texts[0], texts[0]), // a text with itself: twice its tokens, or its own mean
    await of(texts[1], texts[1]),
  ];
  const last = firstId(config, config.layers - 1, "query");
  for (let unit = 0; unit < 30; unit++) {
    for (const id of [unit, last + unit]) {
      assertLess(Math.abs(both[id] - (first[id] + second[id]) / 2), 1e-12);
    }
  }
});

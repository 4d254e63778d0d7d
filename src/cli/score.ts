/** `score`: what a model says of pairs. */

import { parseTextPairs, score } from "../../mod.ts";
import type { Command } from "./command.ts";
import { computeOptions, openOps } from "./compute.ts";
import { readText } from "./files.ts";
import { encodeOptions, modelOptions, openModel } from "./model.ts";

/** The command. */
export const scoreCommand: Command = {
  summary: "logits and p(relevant) of pairs",
  options: {
    pairs: { value: "FILE", help: "lines query<TAB>passage; - reads standard input" },
    ...modelOptions,
    ...computeOptions,
  },
  notes:
    "Prints a line a pair: the logit of every class, that of relevant pairs last, then p(relevant), separated by tabs.",
  async run(input) {
    const options = encodeOptions(input);
    const name = input.text("pairs");
    input.text("model");
    const pairs = parseTextPairs(await readText(name), { name, labelled: false });
    const ops = await openOps(input);
    try {
      const encoder = await openModel(input, ops);
      const digits = ops.limits.floatBytes === 4 ? 9 : 17;
      const scores = await score(encoder, pairs, options);
      console.log(
        scores.map(({ logits, probability }) =>
          [...logits, probability].map((value) => Number(value.toPrecision(digits))).join("\t")
        ).join("\n"),
      );
    } finally {
      ops.close();
    }
  },
};

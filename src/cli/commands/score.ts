/** `score`: what a model says of pairs. */

import { parseTextPairs, score } from "../../../internal.ts";
import type { Command } from "../command.ts";
import { computeOptions, openOps } from "../options/backend.ts";
import { print, readText } from "../../deno/files.ts";
import { encodeOptions, modelOptions, openModel } from "../options/model.ts";

/** The command. */
export const scoreCommand: Command = {
  summary: "logits and p(relevant) of pairs, or similarities",
  options: {
    pairs: {
      value: "FILE",
      help: "lines query<TAB>passage; - reads standard input",
      file: { use: "read" },
    },
    ...modelOptions,
    ...computeOptions,
  },
  notes:
    "Prints a line a pair: the logit of every class, that of relevant pairs last, then p(relevant), separated by tabs;\n" +
    "of a bi-encoder the similarity alone, as it is no log-odds that a probability follows from.",
  async run(args) {
    const options = encodeOptions(args);
    const name = args.text("pairs");
    args.text("model");
    const pairs = parseTextPairs(await readText(name), { name, labelled: false });
    const ops = await openOps(args);
    try {
      const encoder = await openModel(args, ops);
      const digits = ops.limits.floatBytes === 4 ? 9 : 17;
      const scores = await score(encoder, pairs, options);
      await print(
        scores.map(({ logits, probability }) =>
          [...logits, ...(encoder.config.similarity ? [] : [probability])].map((value) =>
            Number(value.toPrecision(digits))
          ).join("\t")
        ).join("\n"),
      );
    } finally {
      ops.close();
    }
  },
};

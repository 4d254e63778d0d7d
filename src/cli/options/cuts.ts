/** `--cut` and `--layers`: attention between segments that heads do without. */

import {
  type AttentionCut,
  type LayerWindow,
  type NeuronSpace,
  parseCut,
} from "../../../internal.ts";
import { type Arguments, type Idle, type OptionSpec, UsageError } from "../command.ts";

/** Without a cut, none of the others matters. */
const withoutCut: Idle = {
  when: (args) => args.has("cut") ? undefined : "without --cut no attention is cut",
};

/** Options of commands that cut attention. */
export const cutOptions: Readonly<Record<string, OptionSpec>> = {
  cut: {
    value: "SEGMENTS",
    help:
      "attention that no head has: from one segment to another, query>passage, several with commas",
  },
  layers: {
    value: "I-J",
    help: "layers whose heads are cut, from 0; all unless given",
    idle: withoutCut,
  },
  renormalise: {
    help:
      "what is left of a token's attention sums to 1 again, as if the cut scores were not there",
    idle: withoutCut,
  },
};

/** Reads `4-7`, or `4`: layers that a model has; all of them where nothing is given. */
export function readLayers(args: Arguments, { layers }: Pick<NeuronSpace, "layers">): LayerWindow {
  const text = args.get("layers");
  if (text === undefined) return { first: 0, last: layers - 1 };
  const [, from, to = from] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(text) ?? [];
  const window = { first: Number(from), last: Number(to) };
  if (from !== undefined && window.first <= window.last && window.last < layers) return window;
  throw new UsageError(
    `Option --layers cannot be ${JSON.stringify(text)}: expected layers I-J of 0-${layers - 1}`,
  );
}

/** Reads the cuts of `--cut`, with semicolons between several. */
export function readCuts(args: Arguments, { most = Infinity } = {}): AttentionCut[] {
  const texts = args.text("cut").split(";").map((part) => part.trim());
  if (texts.length > most) {
    throw new UsageError(
      `Option --cut cannot be ${texts.length} cuts: expected ${most}, with commas between segments`,
    );
  }
  try {
    const cuts = texts.map(parseCut);
    const twice = cuts.find(({ name }, i) => cuts.findIndex((one) => one.name === name) !== i);
    if (twice) throw new SyntaxError(`${twice.name} stands there twice`);
    return cuts;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(`Option --cut: ${error.message}`, { cause: error });
  }
}

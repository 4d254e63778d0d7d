/**
 * How the adaptive rule's signs of convergence and its true error fall along its rounds, so that stop
 * rules can be compared without running each: a line of JSON a pair, which bench/stop_rules.ts reads.
 *
 *     deno run -A bench/stop_traces.ts --model FOLDER (--pairs FILE | --dataset FOLDER --label LABEL
 *       --relevant-from G --max-pairs N) [--target logit] [--baseline pad] [--from I] [--steps 100]
 *
 * Pairs are refined until the uncertainty is --reference (.01) of TV(F), or memory is full (--memory
 * GIB, 3): the reference. --by-defect halves by defects alone, as the rule did before. Every round before --until (48) points notes its points, gap,
 * defects and TV(F), and the relative L2 distance of its conductances from the reference. With --steps
 * also the error of the paper's rule with so many. --from and --count
 * take a part of the list.
 */

import { openCrossEncoder, rule, simdOps, type Target } from "../internal.ts";
import { type Baseline, pathPair } from "../src/attribution/target/baseline.ts";
import { sumsAtCuts, TRAPEZOID } from "../src/attribution/adaptive/cut_sums.ts";
import { aligned, integrate } from "../src/attribution/path/integrate.ts";
import { pathSums } from "../src/attribution/path/path_sums.ts";
import {
  bytesPerKeptToken,
  bytesPerPassingToken,
  openPathStore,
  type StoredPoint,
} from "../src/attribution/path/path_store.ts";
import {
  FIRST_POINTS,
  measuresOf,
  type Trapezoid,
  trapezoid,
  worstOf,
} from "../src/attribution/adaptive/refinement.ts";
import { readArguments } from "../src/cli/command.ts";
import { readSource, sourceOptions } from "../src/cli/options/pairs.ts";
import { takePairs } from "../src/cli/options/source.ts";
import { classOf, type Label } from "../src/ir/words.ts";
import { distance } from "./ratios_table.ts";

/** A pair's line. */
export interface StopTrace {
  readonly list: string;
  readonly line: number;
  readonly label: Label;
  readonly target: Target;
  readonly tokens: number;
  /** Error of the paper's rule. */
  readonly right?: number;
  /** Length of the reference's vector of conductances. */
  readonly norm: number;
  readonly rounds: readonly {
    readonly points: number;
    readonly gap: number;
    /** Σ defects. */
    readonly defects: number;
    /** √(Σ defects²). */
    readonly combined: number;
    readonly uncertainty: number;
    readonly variation: number;
    readonly difference: number;
    readonly error?: number;
  }[];
}

if (import.meta.main) {
  const args = readArguments({
    summary: "",
    options: {
      ...sourceOptions,
      model: { value: "FOLDER", help: "" },
      target: { value: "T", help: "", fallback: "logit" },
      baseline: { value: "B", help: "", fallback: "pad" },
      from: { value: "I", help: "", fallback: "0" },
      count: { value: "N", help: "", fallback: "1000" },
      steps: { value: "N", help: "", fallback: "0" },
      reference: { value: "X", help: "", fallback: ".01" },
      until: { value: "N", help: "", fallback: "48" },
      memory: { value: "GIB", help: "", fallback: "3" },
      "by-defect": { help: "" },
      "max-length": { value: "N", help: "", fallback: "512" },
      threads: { value: "N", help: "", fallback: "2" },
    },
    run: () => Promise.resolve(),
  }, Deno.args);
  const number = (name: string) => args.number(name, { least: 0 })!;
  const source = await readSource(args);
  const pairs = await takePairs(source);
  const ops = await simdOps({
    threads: number("threads"),
    memoryBytes: number("memory") * 2 ** 30,
  });
  const load = (file: string) => Deno.readFile(`${args.text("model")}/${file}`);
  const encoder = await openCrossEncoder(load, ops);
  const [target, steps] = [args.text("target") as Target, number("steps")];
  const most = Math.floor(
    ops.limits.memoryBytes / (bytesPerKeptToken(encoder) + .3 * bytesPerPassingToken(encoder)),
  );
  const capacity = { tokens: most, sequences: 600 };
  const { rowAlignment } = ops.limits;

  for (
    const { query, passage, label, index } of pairs.slice(number("from")).slice(0, number("count"))
  ) {
    const encoded = encoder.tokenizer.encode(query, passage, {
      maxLength: number("max-length"),
    });
    const tokens = encoded.ids.length;
    const path = {
      ...pathPair(encoded, args.text("baseline") as Baseline, encoder.config),
      label: classOf(label),
    };
    const store = openPathStore(encoder, { paths: [path], capacity, target });
    const places = new Map<number, StoredPoint>();
    let parts: Trapezoid[] = [];
    let [token, sequence] = [0, 0];
    const evaluate = async (t: readonly number[]) => {
      const points = t.map((at) => ({ pair: 0, t: at }));
      const made = store.evaluate(points, { tokens: token, sequences: sequence });
      made.places.forEach((place) => places.set(place.t, place));
      token = aligned(token + tokens * t.length, rowAlignment);
      sequence = aligned(sequence + t.length, rowAlignment);
      const F = await ops.read(made.F);
      ops.free(made.F);
      return t.map((at, i) => ({ t: at, F: F[i] }));
    };
    const between = async (pairs: readonly (readonly [Trapezoid["a"], Trapezoid["a"]])[]) => {
      const intervals = pairs.map(([a, b]) => [places.get(a.t)!, places.get(b.t)!] as const);
      const sums = await sumsAtCuts(store, intervals).read();
      return pairs.map(([a, b], i) => {
        const made = trapezoid(a, b, sums[i]);
        return args.has("by-defect") ? { ...made, uncertainty: made.defect } : made;
      });
    };
    const conductance = async () => {
      const sums = pathSums(store, 1);
      sums.add([parts.map(({ a, b }) => [places.get(a.t)!, places.get(b.t)!] as const)], TRAPEZOID);
      const [found] = await sums.read();
      sums.free();
      return found;
    };
    const first = await evaluate(FIRST_POINTS);
    parts = await between(first.slice(1).map((b, i) => [first[i], b]));
    const rounds: (StopTrace["rounds"][number] & { conductance?: Float64Array })[] = [];
    while (true) {
      const measures = {
        ...measuresOf(parts),
        defects: parts.reduce((sum, { defect }) => sum + defect, 0),
        combined: Math.sqrt(parts.reduce((sum, { defect }) => sum + defect ** 2, 0)),
      };
      const points = parts.length + 1;
      const noted = points < number("until");
      rounds.push({
        points,
        ...measures,
        ...(noted ? { conductance: await conductance() } : {}),
      });
      if (measures.uncertainty <= number("reference") * measures.variation) break;
      const halved = worstOf(parts);
      if (token + (halved.length + 1) * tokens > most) break;
      const middles = await evaluate(halved.map(({ a, b }) => (a.t + b.t) / 2));
      const fresh = await between(
        halved.flatMap(({ a, b }, i) => [[a, middles[i]], [middles[i], b]] as const),
      );
      parts = [...parts.filter((part) => !halved.includes(part)), ...fresh]
        .sort((x, y) => x.a.t - y.a.t);
    }
    const reference = await conductance();
    let right: number | undefined;
    if (steps > 0) {
      const quadrature = rule("right", { steps });
      if (quadrature.kind !== "fixed") throw new TypeError("Expected a fixed rule");
      const sums = pathSums(store, 1);
      await integrate(store, [0], { t: quadrature.points, pairing: quadrature.pairing, sums });
      right = distance((await sums.read())[0], reference);
      sums.free();
    }
    const trace: StopTrace = {
      ...{
        list: `${args.text("model").split("/").at(-1)} ${source.name}`,
        line: index,
        label,
        target,
        tokens,
      },
      ...{ right, norm: Math.hypot(...reference) },
      rounds: rounds.map(({ conductance, ...round }) => ({
        ...round,
        ...(conductance ? { error: distance(conductance, reference) } : {}),
      })),
    };
    console.log(JSON.stringify(trace));
    store.close();
  }
  ops.close();
}

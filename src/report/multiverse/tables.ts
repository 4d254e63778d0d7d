/** The tables of a multiverse, in full precision: a row a claim and universe, a row a claim and alternative. */

import type { MultiverseResults } from "../../experiments/results/results.ts";
import { dataTsv, datum } from "../table.ts";

/** Every claim in every universe: effect, interval, p, verdict, choices. */
export function universesTsv({ claims, choices, universes }: MultiverseResults): string {
  const records = claims.flatMap(({ points, ...claim }) =>
    points.map((point) => ({ claim, point, ...universes[point.universe - 1] }))
  );
  return dataTsv<(typeof records)[number]>([
    datum("claim", ({ claim }) => claim.id),
    datum("universe", ({ point }) => point.universe),
    datum("effect", ({ point }) => point.value),
    datum("unit", ({ claim }) => claim.unit),
    datum("low", ({ point }) => point.interval?.low),
    datum("high", ({ point }) => point.interval?.high),
    datum("p", ({ point }) => point.p),
    datum("verdict", ({ point }) => point.verdict),
    ...choices.map(({ name }) =>
      datum<(typeof records)[number]>(name, ({ chosen }) => chosen[name])
    ),
  ], records);
}

/** What every alternative of every choice does to every claim. */
export function choicesTsv({ claims }: MultiverseResults): string {
  const records = claims.flatMap(({ id, choices, hangsOn }) =>
    choices.flatMap(({ choice, moves, alternatives }) =>
      alternatives.map((one) => ({ id, choice, moves, hangs: hangsOn.includes(choice), ...one }))
    )
  );
  return dataTsv<(typeof records)[number]>([
    datum("claim", ({ id }) => id),
    datum("choice", ({ choice }) => choice),
    datum("alternative", ({ name }) => name),
    datum("universes", ({ counts }) => Object.values(counts).reduce((a, b) => a + b, 0)),
    datum("holds", ({ counts }) => counts.holds),
    datum("mixed", ({ counts }) => counts.mixed),
    datum("fails", ({ counts }) => counts.fails),
    datum("untested", ({ counts }) => counts.untested),
    datum("mean_effect", ({ value }) => value),
    datum("moves", ({ moves }) => moves),
    datum("hangs_on", ({ hangs }) => hangs),
  ], records);
}

/** What the data say of each claim of the paper. */

import { levelName } from "../sets/levels.ts";
import type {
  AblationStudy,
  BaselineStudy,
  Conclusion,
  ConclusionNumber,
  ConvergenceStudy,
  Location,
  OverlapCurve,
  OverlapStudy,
} from "../results/results.ts";

/** What the claims are checked against. */
export interface Evidence {
  /** The in-domain collection, if there is one. */
  readonly home?: string;
  /** Table 1. */
  readonly baselines?: BaselineStudy;
  /** Figs. 2 and 3. */
  readonly overlaps?: OverlapStudy;
  /** Fig. 4. */
  readonly locations?: readonly Location[];
  /** Table 4. */
  readonly ablation?: AblationStudy;
  /** Numbers of path points. */
  readonly convergence?: ConvergenceStudy;
}

type Verdict = Conclusion["verdict"];
/** A verdict with its reasons. */
export type Finding = Pick<Conclusion, "verdict" | "finding" | "numbers">;

/** `12.3 %`. */
export const percent = (value: number): string => `${value.toFixed(Math.abs(value) < 1 ? 2 : 1)} %`;
const verdictOf = (hits: number, of: number): Verdict =>
  hits === of ? "holds" : hits === 0 ? "fails" : "mixed";
/** A number behind a verdict. */
export const number = (name: string, value: number, unit = "%"): ConclusionNumber => ({
  name,
  value,
  unit,
});

/** The curves' level that is nearest to 1 %. */
function nearest({ levels }: OverlapStudy): number {
  const distance = (level: number) => Math.abs(Math.log(level / 0.01));
  return levels.reduce(
    (best, level, i) => distance(level) < distance(levels[best]) ? i : best,
    0,
  );
}

/** Which baseline erases most. */
export function baselineChoice({ rows, choice }: BaselineStudy): Finding {
  const all = rows.map(({ baseline, difference }) => `${baseline} ${difference.toFixed(3)}`);
  return {
    verdict: choice === "pad" ? "holds" : "fails",
    finding: `Closest to 0 is ${choice}: ${all.join(", ")}`,
    numbers: rows.map(({ baseline, difference }) => number(baseline, difference, "")),
  };
}

/** What all collections share, against matched random sets. */
export function core(
  { overlaps }: Evidence,
  label: "relevant" | "non-relevant",
): Finding | undefined {
  if (!overlaps) return undefined;
  const at = nearest(overlaps);
  const curves = overlaps.curves.filter((curve) =>
    curve.kind === "all" && curve.label === label && curve.figures.includes("3")
  );
  if (curves.length === 0) return undefined;
  const points = curves.map(({ expression, points }) => ({ expression, ...points[at] }));
  const hits = points.filter((one) => one.count > 0 && one.percent > one.nullBand.high).length;
  return {
    verdict: verdictOf(hits, points.length),
    finding: points.map((one) =>
      `${one.expression} has ${one.count} neurons, ${percent(one.percent)} of a set (random ${
        percent(one.nullBand.low)
      } to ${percent(one.nullBand.high)})`
    ).join("; "),
    numbers: points.map((one) => number(one.expression, one.percent)),
  };
}

/** What P and N of the same collection share. */
export function disjoint(overlaps: OverlapStudy): Finding | undefined {
  const at = nearest(overlaps);
  const curves = overlaps.curves.filter(({ kind }) => kind === "labels");
  if (curves.length === 0) return undefined;
  const shares = curves.map(({ expression, points }) => ({ expression, ...points[at] }));
  const largest = shares.reduce((most, one) => one.percent > most.percent ? one : most);
  return {
    verdict: verdictOf(shares.filter((one) => one.percent < 5).length, shares.length),
    finding: `The largest intersection is ${largest.expression} with ${percent(largest.percent)} (${
      percent(largest.chance)
    } by chance, ${percent(largest.nullBand.mean)} for matched random sets)`,
    numbers: shares.map((one) => number(one.expression, one.percent)),
  };
}

/** Out-of-domain pairs against pairs with the training collection. */
export function outOfDomain(
  overlaps: OverlapStudy,
  label: "relevant" | "non-relevant",
): Finding | undefined {
  const at = nearest(overlaps);
  const pairs = overlaps.curves.filter((one) => one.kind === "pair" && one.label === label);
  const fewer = pairs.filter(({ figures }) => figures.includes("2b") || figures.includes("2d"));
  const enough = (curves: readonly OverlapCurve[]) =>
    curves.some(({ inDomain }) => inDomain) && curves.some(({ inDomain }) => !inDomain);
  const curves = enough(fewer) ? fewer : pairs;
  if (!enough(curves)) return undefined;
  const shares = (inDomain: boolean) =>
    curves.filter((one) => one.inDomain === inDomain).map(({ points }) => points[at].percent);
  const [within, across] = [shares(false), shares(true)];
  const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
  const [least, most] = [Math.min(...within), Math.max(...across)];
  return {
    verdict: least > most ? "holds" : mean(within) > mean(across) ? "mixed" : "fails",
    finding: `Out-of-domain pairs share ${percent(least)} to ${
      percent(Math.max(...within))
    } (mean ${percent(mean(within))}), pairs with the training collection ${
      percent(Math.min(...across))
    } to ${percent(most)} (mean ${percent(mean(across))})${
      curves === pairs && fewer.length > 0 ? "; all collections, too few are left otherwise" : ""
    }`,
    numbers: [
      number("mean of out-of-domain pairs", mean(within)),
      number("mean of pairs with the training collection", mean(across)),
    ],
  };
}

function rowOf({ rows }: AblationStudy, expression: string) {
  return rows.find((row) => row.expression === expression);
}

/** N against P in Table 4. */
export function harm(study: AblationStudy, home: string): Finding | undefined {
  const pairs: [string, string][] = [[`P[${home}]`, `N[${home}]`]];
  for (const set of ["O", "A"]) {
    const find = (letter: string) =>
      study.rows.find(({ expression }) => expression.startsWith(`all(${letter}, ${set}`))
        ?.expression;
    const [p, n] = [find("P"), find("N")];
    if (p !== undefined && n !== undefined) pairs.push([p, n]);
  }
  const compared = pairs.flatMap(([p, n]) => {
    const [left, right] = [rowOf(study, p), rowOf(study, n)];
    if (!left || !right) return [];
    return left.cells.flatMap((cell, i) =>
      cell.groups.map((group, g) => ({
        name: `${n} against ${p}, ${group.group}, ${levelName(cell.level)}`,
        level: cell.level,
        p: group.percent ?? 0,
        n: right.cells[i].groups[g].percent ?? 0,
      }))
    ).filter((one) => Math.max(Math.abs(one.p), Math.abs(one.n)) > 1);
  });
  if (compared.length === 0) {
    return rowOf(study, `N[${home}]`) && {
      verdict: "untested",
      finding: "No set changes nDCG@10 by more than 1 %",
      numbers: [],
    };
  }
  const hitsOf = (some: typeof compared) => some.filter((one) => one.n > one.p).length;
  const hits = hitsOf(compared);
  const byLevel = [...Map.groupBy(compared, ({ level }) => level)].sort(([a], [b]) => a - b)
    .map(([level, some]) => `${hitsOf(some)} of ${some.length} at ${levelName(level)}`);
  const most = compared.reduce((a, b) => Math.abs(b.n - b.p) > Math.abs(a.n - a.p) ? b : a);
  return {
    verdict: verdictOf(hits, compared.length),
    finding: `N loses more in ${hits} of ${compared.length} comparisons (${
      byLevel.join(", ")
    }); they differ most in ${most.name}: ${percent(most.n)} and ${percent(most.p)}`,
    numbers: compared.map((one) => number(one.name, one.n - one.p, "% more")),
  };
}

/** Where F of the training collection stands in Table 4. */
export function fusion(study: AblationStudy, home: string): Finding | undefined {
  const row = rowOf(study, `F[${home}]`);
  if (!row) return undefined;
  const cell = row.cells.reduce((most, one) => one.level > most.level ? one : most);
  const hits = cell.groups.filter(({ mark }) => mark !== null).length;
  return {
    verdict: verdictOf(hits, cell.groups.length),
    finding: cell.groups.map((one) =>
      `${one.group}: ${one.percent === null ? "no value" : percent(one.percent)}, ${
        one.mark === null ? "neither largest nor second" : one.mark
      }`
    ).join("; "),
    numbers: cell.groups.map((one) => number(one.group, one.percent ?? 0)),
  };
}

/** What the random controls change. */
export function random({ rows }: AblationStudy): Finding | undefined {
  const cells = rows.filter(({ kind }) => kind === "random").flatMap(({ expression, cells }) =>
    cells.flatMap(({ level, groups }) =>
      groups.map((group) => ({
        name: `${expression}, ${group.group}, ${levelName(level)}`,
        percent: group.percent ?? 0,
      }))
    )
  );
  if (cells.length === 0) return undefined;
  const largest = cells.reduce((most, one) =>
    Math.abs(one.percent) > Math.abs(most.percent) ? one : most
  );
  return {
    verdict: verdictOf(
      cells.filter((one) => Math.abs(one.percent) <= 2).length,
      cells.length,
    ),
    finding: `The largest change is ${percent(largest.percent)} (${largest.name})`,
    numbers: cells.map((one) => number(one.name, one.percent)),
  };
}

/** Where the training collection's N is. */
export function locationOfN({ locations, home }: Evidence): Location | undefined {
  return locations?.find(({ expression }) => expression === `N[${home}]`);
}

/** The last two layers against other neighbours. */
export function lastLayers(location: Location | undefined): Finding | undefined {
  if (!location || location.counts.length < 3 || location.size === 0) return undefined;
  const byLayer = location.counts.map((row) => row.reduce((a, b) => a + b));
  const pairs = byLayer.slice(1).map((count, layer) => count + byLayer[layer]);
  const last = pairs.at(-1)!;
  const best = pairs.indexOf(Math.max(...pairs));
  return {
    verdict: last === pairs[best] ? "holds" : "fails",
    finding: `Members by layer: ${byLayer.join(", ")}; the last two have ${
      percent(100 * last / location.size)
    }, the most (${percent(100 * pairs[best] / location.size)}) are in layers ${best} and ${
      best + 1
    }`,
    numbers: byLayer.map((count, layer) => number(`layer ${layer}`, count, "neurons")),
  };
}

/** How many members are outputs of query and key. */
export function queryKey(location: Location | undefined): Finding | undefined {
  if (!location || location.size === 0) return undefined;
  const members = location.components.map((component, c) => ({
    component,
    count: location.counts.reduce((sum, row) => sum + row[c], 0),
  }));
  const few = members.filter(({ component }) => component === "query" || component === "key")
    .reduce((sum, { count }) => sum + count, 0);
  const share = 100 * few / location.size;
  return {
    verdict: share <= 5 ? "holds" : "fails",
    finding: `${percent(share)} of ${location.size} members; by component: ${
      members.map(({ component, count }) => `${component} ${count}`).join(", ")
    }`,
    numbers: members.map(({ component, count }) => number(component, count, "neurons")),
  };
}

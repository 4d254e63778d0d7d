/** The neuron sets of Table 4: every row at every level, and random controls matched to rows. */

import type { SetsOfRow } from "./ablation.ts";
import { controlledRow } from "./ablation_rows.ts";
import type { AblationMethod } from "./methods.ts";
import { evaluate, type Means } from "../sets/evaluate.ts";
import { parseExpression } from "../sets/expression.ts";
import { type Matching, randomControl, reachedUnits } from "../sets/matched.ts";
import { resolve, type Scope } from "../sets/resolve.ts";

/** Options of {@linkcode ablationSets}. */
export interface AblationSetsOptions {
  /** Expressions, in the table's order. */
  readonly rows: readonly string[];
  /** Parts of all neurons. */
  readonly levels: readonly number[];
  /** Expressions that random controls are matched to, each with a control of its own. */
  readonly controls: readonly string[];
  /** Random sets of the control that is matched to the {@linkcode controlledRow}; 50 in the paper. */
  readonly repetitions: number;
  /** Random sets of every other control. */
  readonly otherRepetitions: number;
  /** Of the random sets: repetition r is drawn with seed + r. */
  readonly seed: number;
  /** What controls have in common with their sets; layer and component unless given. */
  readonly matching?: Matching;
  /** How all of them are ablated, one way after another; zeroed unless given. */
  readonly methods?: readonly AblationMethod[];
}

/** The sets of a table, method by method, row by row, level by level; a method's controls last. */
export function ablationSets(
  scope: Scope,
  means: Means,
  options: AblationSetsOptions,
): SetsOfRow[] {
  const { rows, levels, controls, repetitions, otherRepetitions, seed, matching } = options;
  const papers = controlledRow(rows);
  const reached = reachedUnits(means.space, means.of.values());
  const idsOf = (expression: string, level: number) =>
    evaluate(resolve(parseExpression(expression), expression, scope), means, level);
  const sets = [
    ...rows.flatMap((expression) =>
      levels.map((level): SetsOfRow => ({
        expression,
        kind: "set",
        level,
        sets: [idsOf(expression, level)],
      }))
    ),
    ...controls.flatMap((expression) =>
      levels.map((level): SetsOfRow => {
        const ids = idsOf(expression, level);
        return {
          expression: `random(${expression})`,
          kind: "random",
          level,
          sets: Array.from(
            { length: expression === papers ? repetitions : otherRepetitions },
            (_, r) => randomControl(means.space, ids, { matching, seed: seed + r, reached }),
          ),
        };
      })
    ),
  ];
  return (options.methods ?? ["zero"]).flatMap((method) =>
    method === "zero" ? sets : sets.map((row) => ({ ...row, method }))
  );
}

/** The file of `--vary`: which choices are varied, and their alternatives. */

import { isObject, parseJsonObject } from "../../formats/json.ts";
import type { Study } from "../study/study.ts";
import { type Edit, valueAt } from "./edits.ts";
import { type NamedChoice, namedChoices } from "./named_choices.ts";

/** An alternative of a choice. */
export interface Alternative {
  /** e.g. "absolute". */
  readonly name: string;
  /** What it sets in the study's file: nothing where it is the study's own. */
  readonly edit: Edit;
}

/** A choice that is varied. */
export interface Choice {
  /** e.g. "strength", or a key of the study file. */
  readonly name: string;
  /** Its number among what the paper leaves open, "" of others. */
  readonly ambiguity: string;
  /** What is chosen, in a few words. */
  readonly what: string;
  /** The study's own first. */
  readonly alternatives: readonly Alternative[];
}

/** A study and the contents of its file. */
export interface OwnStudy {
  readonly study: Study;
  readonly contents: Readonly<Record<string, unknown>>;
}

/** Keys of a study file that are none of the paper's choices. */
const fixed = ["title", "model", "relevantClass", "caveats"];

/** Keys of a study file that may be varied, or whose parts may be. */
const variable = [
  ...["collections", "validation", "sets", "leftOut", "attribution", "selection", "tests"],
  ...["baselines", "overlaps", "locations", "convergence", "ablation", "seed"],
];

/** The choices that are varied where no file says which. */
export function usualChoices(own: OwnStudy, { expensive }: { readonly expensive: boolean }) {
  return namedChoices
    .filter((one) => (expensive || !one.expensive) && (!one.needs || own.study[one.needs]))
    .map((one) => ofNamed(one, one.usual, own))
    .filter(({ alternatives }) => alternatives.length > 1);
}

/**
 * Reads the file: for a named choice a list of names, for a key of the study file a list of values,
 * for what is several keys at once an object of objects, `{"short": {"ablation.maxLength": 64, …}}`.
 * The study's own alternative is among them without being listed.
 *
 * @throws {SyntaxError} that names the file, the choice and what is wrong with it.
 */
export function parseVariations(text: string, file: string, own: OwnStudy): Choice[] {
  const action = `Cannot use variations ${file}`;
  const contents = parseJsonObject(text, action);
  const choices = Object.entries(contents).map(([name, listed]) => {
    const fail = (wanted: string, found: unknown): never => {
      throw new SyntaxError(`${action}: expected ${name} to be ${wanted}, got ${shown(found)}`);
    };
    if (isObject(listed)) return ofKeys(name, listed, fail);
    if (!Array.isArray(listed)) {
      return fail("a list of alternatives, or an object of these", listed);
    }
    if (listed.length === 0) return fail("a list of one alternative or more", listed);
    const texts = new Set<string>();
    for (const one of listed) {
      const text = JSON.stringify(one);
      if (texts.has(text)) return fail("a list of different alternatives", one);
      texts.add(text);
    }
    const named = namedChoices.find((one) => one.name === name);
    if (named) return ofNamed(named, namesIn(named, { listed, fail, own }), own);
    const [first] = name.split(".");
    if (variable.includes(first)) return ofPath(name, listed, own);
    throw new SyntaxError(
      fixed.includes(first)
        ? `${action}: expected no ${name}, which is none of the choices that the paper leaves open`
        : `${action}: expected a choice (${
          namedChoices.map((one) => one.name).join(", ")
        }) or a key of the study file (such as ablation.perRelevant), got ${shown(name)}`,
    );
  });
  if (choices.length === 0) throw new SyntaxError(`${action}: expected a choice, got none`);
  const setBy = new Map<string, string>();
  for (const { name, alternatives } of choices) {
    for (const path of new Set(alternatives.flatMap(({ edit }) => Object.keys(edit)))) {
      const other = setBy.get(path);
      if (other !== undefined) {
        throw new SyntaxError(
          `${action}: expected ${path} to be set by one choice, got ${other} and ${name}`,
        );
      }
      setBy.set(path, name);
    }
  }
  return choices;
}

/** How a file's reader fails. */
type Fail = (wanted: string, found: unknown) => never;

function namesIn(
  named: NamedChoice,
  { listed, fail, own }: {
    readonly listed: readonly unknown[];
    readonly fail: Fail;
    readonly own: OwnStudy;
  },
): string[] {
  if (named.needs && !own.study[named.needs]) {
    fail(`absent, as the study has no ${named.needs}`, listed);
  }
  const known = Object.keys(named.alternatives);
  return listed.map((one) =>
    known.find((name) => name === one) ?? fail(`some of ${known.join(", ")}`, one)
  );
}

function ofNamed(named: NamedChoice, names: readonly string[], { study }: OwnStudy): Choice {
  const own = named.own(study);
  const others = names.filter((name) => name !== own);
  return {
    name: named.name,
    ambiguity: named.ambiguity,
    what: named.what,
    alternatives: [
      { name: own, edit: {} },
      ...others.map((name) => ({ name, edit: named.alternatives[name](study) })),
    ],
  };
}

/** A key of the study file, varied over values. */
function ofPath(path: string, values: readonly unknown[], { study, contents }: OwnStudy): Choice {
  const own = valueAt(contents, path) ?? valueAt(study as unknown as Record<string, unknown>, path);
  const others = values.filter((value) => !same(value, own));
  return {
    name: path,
    ambiguity: "",
    what: "a key of the study file",
    alternatives: [
      { name: own === undefined ? "unset" : nameOf(own), edit: {} },
      ...others.map((value) => ({ name: nameOf(value), edit: { [path]: value } })),
    ],
  };
}

/** Several keys at once, by a name for each set of values. */
function ofKeys(name: string, listed: Readonly<Record<string, unknown>>, fail: Fail): Choice {
  const alternatives = Object.entries(listed).map(([alternative, edit]) => {
    if (!isObject(edit) || Object.keys(edit).length === 0) {
      return fail(`of objects of keys and values, of which ${shown(alternative)} is none`, edit);
    }
    const wrong = Object.keys(edit).find((path) => !variable.includes(path.split(".")[0]));
    if (wrong !== undefined) {
      return fail("of keys of the study file that the paper leaves open", wrong);
    }
    return { name: alternative, edit };
  });
  if (alternatives.length === 0) return fail("an object of one alternative or more", listed);
  if (alternatives.some((one) => one.name === OWN)) {
    return fail(`of alternatives beside ${shown(OWN)}, which is the study's own`, OWN);
  }
  return {
    name,
    ambiguity: "",
    what: "keys of the study file",
    alternatives: [{ name: OWN, edit: {} }, ...alternatives],
  };
}

/** The study's own alternative, where it has no other name. */
const OWN = "study";

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
const nameOf = (value: unknown) => typeof value === "string" ? value : JSON.stringify(value);

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "none";
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** The classes of a model: how many, which of them is relevant, and how its scores are meant. */

import { isObject } from "../formats/json.ts";

/** What config.json says of the classes. */
export interface Labels {
  /** 1 or 2. */
  readonly labels: 1 | 2;
  /** Which of two classes is relevant; of a single output, 0 where relevance lowers it. */
  readonly relevantClass: 0 | 1;
  /** What the user should know. */
  readonly notes: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/** Names of a class of relevant pairs, and of others, in small letters with single spaces. */
const RELEVANT = /^(relevant|is relevant|related|true|yes|positive|match|label 1|1)$/;
const OTHER =
  /^(irrelevant|(not|non|un) ?relevant|(not|un) ?related|false|no|negative|no match|label 0|0)$/;

/** What a name tells: 1 relevant, 0 not, undefined nothing. */
function meaningOf(name: string): 0 | 1 | undefined {
  const plain = name.toLowerCase().replaceAll(/[\s_\-]+/g, " ").trim();
  return RELEVANT.test(plain) ? 1 : OTHER.test(plain) ? 0 : undefined;
}

/** Reads the classes; `relevantClass` is the user's word, which decides. */
export function readLabels(json: Json, relevantClass?: 0 | 1): Labels {
  const names = namesOf(json);
  const count = names?.length ?? json.num_labels ?? 2;
  if (count !== 1 && count !== 2) {
    throw new TypeError(`Cannot use ${JSON.stringify(count)} labels: expected 1 or 2`);
  }
  checkProblem(json, count);
  checkActivation(json, count);
  const notes: string[] = [];
  if (names && typeof json.num_labels === "number" && json.num_labels !== count) {
    notes.push(
      `config.json's num_labels is ${json.num_labels}, its id2label has ${count}: the latter holds, as in transformers`,
    );
  }
  if (relevantClass !== undefined) return { labels: count, relevantClass, notes };
  const found = names && relevantByName(names, json);
  return {
    labels: count,
    relevantClass: found?.relevantClass ?? 1,
    notes: [...notes, ...found?.notes ?? []],
  };
}

/** Names of the classes in order; undefined where config.json gives none. */
function namesOf({ id2label }: Json): readonly string[] | undefined {
  if (id2label === undefined || id2label === null) return undefined;
  const entries = isObject(id2label) ? Object.entries(id2label) : [];
  const names = entries.map((_, i) => entries.find(([id]) => id.trim() === String(i))?.[1]);
  if (!isObject(id2label) || names.some((name) => name === undefined)) {
    throw new TypeError(
      `Cannot use id2label ${JSON.stringify(id2label)}: expected the names of classes 0, 1, …`,
    );
  }
  return names.map(String);
}

/** Which class the names say is relevant. */
function relevantByName(
  names: readonly string[],
  { label2id }: Json,
): Pick<Labels, "relevantClass" | "notes"> {
  const meanings = names.map(meaningOf);
  const shown = names.map((name, id) => `${id} ${JSON.stringify(name)}`).join(", ");
  const contradiction = (what: string): never => {
    throw new TypeError(
      `Cannot tell which class is relevant: ${what}; --relevant-class (relevantClass) says it`,
    );
  };
  if (isObject(label2id)) {
    names.forEach((name, id) => {
      const other = Object.hasOwn(label2id, name) ? label2id[name] : id;
      if (Number(other) !== id) {
        contradiction(
          `config.json's id2label calls class ${id} ${
            JSON.stringify(name)
          }, its label2id class ${other}`,
        );
      }
    });
  }
  if (names.length === 1) {
    // LABEL_0 and 0 are what a single output is called for want of a name
    if (meanings[0] === 0 && !/\b0$|_0$/.test(names[0])) {
      contradiction(`config.json's id2label calls the only one ${JSON.stringify(names[0])}`);
    }
    return { relevantClass: 1, notes: [] };
  }
  const [first, second] = meanings;
  if (first !== undefined && first === second) {
    contradiction(`config.json's id2label names ${shown}`);
  }
  if (first === undefined && second === undefined) {
    return {
      relevantClass: 1,
      notes: [
        `class 1 is taken for relevant, as config.json's id2label (${shown}) does not tell: --relevant-class 0 if it is class 0`,
      ],
    };
  }
  const relevantClass = second ?? (first === 1 ? 0 : 1);
  return {
    relevantClass,
    notes: relevantClass === 0
      ? [`class 0 is taken for relevant, as config.json's id2label says (${shown})`]
      : [],
  };
}

/** Refuses two outputs that are no two classes. */
function checkProblem({ problem_type: problem }: Json, labels: 1 | 2): void {
  if (labels === 1 || problem === undefined || problem === null) return;
  if (problem === "single_label_classification") return;
  throw new TypeError(
    `Cannot use problem_type ${
      JSON.stringify(problem)
    } with 2 labels: expected "single_label_classification"`,
  );
}

/** Activations of sentence-transformers' cross-encoders that keep the order of logits. */
const activations: Readonly<Record<1 | 2, readonly string[]>> = {
  1: ["Identity", "Sigmoid"],
  2: ["Identity", "Softmax"],
};

/** Refuses a configuration of sentence-transformers in which scores mean something else. */
function checkActivation(json: Json, labels: 1 | 2): void {
  const own = json.sentence_transformers;
  if (own !== undefined && own !== null && !isObject(own)) {
    throw new TypeError(
      `Cannot use sentence_transformers ${JSON.stringify(own)}: expected an object`,
    );
  }
  knownActivation(own?.activation_fn ?? json.sbert_ce_default_activation_function, labels);
}

/** Refuses an activation by name that is not known to keep the order of logits. */
export function knownActivation(path: unknown, labels: 1 | 2): void {
  if (path === undefined || path === null) return;
  const name = /^torch\.nn\.(?:modules\.(?:linear|activation)\.)?(\w+)$/.exec(String(path))?.[1];
  if (name !== undefined && activations[labels].includes(name)) return;
  throw new TypeError(
    `Cannot use the activation ${JSON.stringify(path)} with ${labels} label${
      labels === 1 ? "" : "s"
    }: expected torch.nn's ${activations[labels].join(" or ")}`,
  );
}

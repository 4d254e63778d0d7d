/** All that the page knows, and who hears of changes. */

import type { Component, PageFacts } from "../names.ts";
import type { HeadScope } from "../units.ts";
import type {
  Attributed,
  BackendKind,
  Effect,
  Excitement,
  ModelFacts,
  ModelSource,
  Pair,
  Place,
  Round,
  ScoreFacts,
  UnitPath,
} from "../protocol.ts";

/** Neurons that are zeroed or scaled, by what they were chosen by. */
export interface MaskEntry {
  /** `3.value.12,4.key.2`, `beyond:0.1` or `set:N[c]@1%`. */
  readonly by: string;
  readonly factor: number;
  /** Unknown until the pair is attributed, where they depend on it. */
  readonly ids?: readonly number[];
}

/** Neurons under a name. */
export interface Group {
  readonly name: string;
  readonly ids: readonly number[];
}

/** A state of the page under a name. */
export interface Snapshot {
  readonly name: string;
  /** The address that shows it. */
  readonly hash: string;
  /** Its numbers, if they were computed since the page was opened. */
  readonly run?: Attributed;
}

/** What the map, the table and the drawings of units show. */
export type Shown = "this" | "other" | "difference";

/** All that the page knows. */
export interface State {
  readonly boot?: PageFacts;
  readonly source?: ModelSource;
  readonly backend?: BackendKind;
  /** MiB that a batch may take. */
  readonly memory?: number;
  readonly model?: ModelFacts;
  /** What the worker is at, and how far. */
  readonly busy?: "opening" | "attributing" | "checking" | "heads";
  readonly loaded?: { readonly file: string; readonly loaded: number; readonly total?: number };
  readonly round?: Round;
  readonly status: string;
  readonly error?: string;

  readonly query: string;
  readonly passage: string;
  readonly label: "relevant" | "non-relevant";
  /** Of the texts as they are typed. */
  readonly score?: ScoreFacts;

  readonly run?: Attributed;
  /** The one before it. */
  readonly previous?: Attributed;
  /** The pair that it is compared with. */
  readonly other?: Attributed;
  readonly shown: Shown;
  readonly check?: { readonly run: number; readonly difference: number; readonly seconds: number };

  readonly unit?: number;
  readonly path?: UnitPath;
  readonly otherPath?: UnitPath;
  readonly places?: readonly Place[];
  readonly excitement?: {
    readonly id: number;
    readonly done: number;
    readonly of: number;
    readonly pairs: readonly Pick<Pair, "query" | "passage">[];
    readonly found?: readonly Excitement[];
  };

  /** Which part of the model the table is about. */
  readonly part?: { readonly layer: number; readonly component: Component };
  readonly component: Component;
  readonly shares?: {
    readonly run: number;
    readonly component: Component;
    readonly rows: readonly (readonly number[])[];
  };
  /** Conductance of attention's heads, in the order of their ids. */
  readonly heads?: { readonly run: number; readonly conductance: Float64Array };
  /** The heads whose flows are shown. */
  readonly scope: HeadScope;
  /** As a part of the largest |conductance|. */
  readonly threshold: number;
  readonly pinned: readonly number[];
  readonly groups: readonly Group[];
  readonly mask: readonly MaskEntry[];
  readonly effect?: Effect;
  readonly snapshots: readonly Snapshot[];
}

/** The state and how it changes. */
export interface Store {
  get(): State;
  set(patch: Partial<State>): void;
}

/** Holds the state; `changed` is called once for all changes of a turn. */
export function openStore(state: State, changed: () => void): Store {
  let asked = false;
  return {
    get: () => state,
    set(patch) {
      state = { ...state, ...patch };
      if (asked) return;
      asked = true;
      queueMicrotask(() => {
        asked = false;
        changed();
      });
    },
  };
}

/** What all actions share: the state, the worker, one long work at a time, and how failures are said. */
/// <reference lib="dom" />

import type { Pair } from "../protocol.ts";
import { addressOf, readAddress, type Told } from "./address.ts";
import { type Ask, Unanswered } from "./ask.ts";
import type { State, Store } from "./state.ts";

/** What actions work with. */
export interface Work extends Store {
  readonly ask: Ask;
  /** Changes the state, and soon the address with it; `now` at once. */
  change(patch: Partial<State>, when?: "now"): void;
  /** Begins a long work in place of the one before. */
  begin(
    busy: NonNullable<State["busy"]>,
    status: string,
    options?: { readonly keepError?: boolean },
  ): AbortController;
  /** Ends it, unless another has begun; says so with a status. */
  end(control: AbortController, status?: string): void;
  stop(): void;
  /** Ends at the next call: what is asked about the pair at hand. */
  details(fresh?: "fresh"): AbortSignal;
  /** Says what went wrong, but not that something was stopped. */
  failed(error: unknown): void;
  /** What the address said; reads it again where it was changed by hand. */
  told(): Told;
  reread(): boolean;
  forget(what: "unit"): void;
}

/** Opens the work; `lost` is called when the device was lost or is full. */
export function openWork(
  { get, set }: Store,
  { ask, lost }: { readonly ask: Ask; readonly lost: (message: string) => void },
): Work {
  let long: AbortController | undefined;
  let details = new AbortController();
  let told: Told = readAddress(location.hash);
  let written = location.hash;
  const write = () => {
    written = addressOf(get());
    history.replaceState(null, "", written);
  };
  // browsers allow few writes a second: at once where there was none for a while, else a little later
  const writing = spaced(write, 300);
  return {
    ...{ get, set, ask },
    change(patch, when) {
      set(patch);
      if (when) write();
      else writing();
    },
    begin(busy, status, { keepError = false } = {}) {
      long?.abort();
      long = new AbortController();
      set({
        ...{ busy, status, round: undefined, loaded: undefined },
        ...(keepError ? {} : { error: undefined }),
      });
      return long;
    },
    end(control, status) {
      if (long !== control) return;
      set({ busy: undefined, loaded: undefined, ...(status === undefined ? {} : { status }) });
    },
    stop: () => long?.abort(),
    details(fresh) {
      if (fresh) {
        details.abort();
        details = new AbortController();
      }
      return details.signal;
    },
    failed(error) {
      if (isStopped(error)) return;
      const message = error instanceof Error ? error.message : String(error);
      if (error instanceof Unanswered && error.kind === "device") lost(message);
      else set({ error: message });
    },
    told: () => told,
    reread() {
      if (location.hash === written) return false;
      told = readAddress(location.hash);
      return true;
    },
    forget() {
      told = { ...told, unit: undefined };
    },
  };
}

/** Whether an error says no more than that somebody stopped it. */
export const isStopped = (error: unknown): boolean =>
  error instanceof Unanswered && error.kind === "stopped";

/** Does work once, a while after the last call. */
export function later(work: () => void, milliseconds: number): () => void {
  let timer: number | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, milliseconds) as unknown as number;
  };
}

/** Does work at once, but not twice within a time: then at its end. */
function spaced(work: () => void, milliseconds: number): () => void {
  let timer: number | undefined;
  let again = false;
  const run = () => {
    timer = setTimeout(() => {
      timer = undefined;
      if (again) run();
    }, milliseconds) as unknown as number;
    again = false;
    work();
  };
  return () => {
    if (timer === undefined) run();
    else again = true;
  };
}

/** The pair that is typed. */
export const pairOf = ({ query, passage, label }: State): Pair => ({ query, passage, label });

/** Whether two pairs are one. */
export const samePair = (a: Pair, b: Pair): boolean =>
  a.query === b.query && a.passage === b.passage && a.label === b.label;

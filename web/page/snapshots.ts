/** Snapshots' names and addresses, which the browser keeps. */
/// <reference lib="dom" />

import type { Snapshot } from "./state.ts";

const keyOf = (model: string) => `relevance-neurons snapshots of ${model}`;

/** A model's snapshots, without their numbers. */
export function readSnapshots(model: string): Snapshot[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(keyOf(model)) ?? "[]");
    return Array.isArray(found)
      ? found.filter((one): one is Snapshot =>
        typeof one?.name === "string" && typeof one?.hash === "string"
      ).map(({ name, hash }) => ({ name, hash }))
      : [];
  } catch {
    return []; // pages opened from a file may keep nothing
  }
}

/** Keeps a model's snapshots. */
export function writeSnapshots(model: string, snapshots: readonly Snapshot[]): void {
  try {
    const kept = snapshots.map(({ name, hash }) => ({ name, hash }));
    localStorage.setItem(keyOf(model), JSON.stringify(kept));
  } catch {
    // they last as long as the page
  }
}

/** What is asked about a pair that was attributed: its units, segments, float64, comparisons. */

import type { Component } from "../names.ts";
import type { Attributed, Pair } from "../protocol.ts";
import { addressOf, readAddress } from "./address.ts";
import { duration } from "./numbers.ts";
import { writeSnapshots } from "./snapshots.ts";
import type { Snapshot, State } from "./state.ts";
import { isStopped, type Work } from "./work.ts";

/** Actions on the pair at hand. */
export function detailActions({ get, set, ask, change, begin, end, details, failed }: Work) {
  /** Asks all that the views want to know of a neuron. */
  async function choose(id: number): Promise<void> {
    const { run, boot, unit } = get();
    change({
      ...{ unit: id, path: undefined, otherPath: undefined, places: undefined },
      ...(unit === id ? {} : { excitement: undefined }),
    });
    if (!run) return;
    const signal = details();
    const still = () => !signal.aborted && get().unit === id && get().run === run;
    try {
      const path = await ask("unit", { run: run.run, id }, { signal });
      if (!still()) return;
      set({ path });
      await sharesOf(get().component);
      if (boot?.study && still()) {
        const places = await ask("places", { id }, { signal });
        if (still()) set({ places });
      }
      const { other } = get();
      if (other && still()) {
        const otherPath = await ask("unit", { run: other.run, id }, { signal });
        if (still() && get().other === other) set({ otherPath });
      }
    } catch (error) {
      failed(error);
    }
  }

  async function sharesOf(component: Component): Promise<void> {
    const { run, shares } = get();
    if (!run || shares?.run === run.run && shares.component === component) return;
    const rows = await ask("segments", { run: run.run, component }, { signal: details() });
    if (get().run === run) set({ shares: { run: run.run, component, rows } });
  }

  /** Attributes what an address says without showing it. */
  async function attributeQuietly(hash: string): Promise<Attributed> {
    const { query = "", passage = "", label = "relevant" } = readAddress(hash);
    const control = begin("attributing", "Attributing the snapshot’s pair");
    try {
      return await ask("attribute", { pair: { query, passage, label }, mask: [] }, {
        signal: control.signal,
        news: (round) => set({ round }),
      });
    } finally {
      end(control, "The snapshot’s pair stands beside");
    }
  }

  return {
    choose,
    choosePart: (part: State["part"]) => set({ part }),
    async chooseComponent(component: Component) {
      change({ component });
      await sharesOf(component).catch(failed);
    },
    async check(): Promise<void> {
      const { run } = get();
      if (!run) return;
      const control = begin("checking", "Computing the same points in float64");
      try {
        const { difference, seconds } = await ask("check", { run: run.run }, {
          signal: control.signal,
          news: (round) => set({ round }),
        });
        set({ check: { run: run.run, difference, seconds } });
        end(control, `float64 agrees to ${difference.toExponential(1)} of the largest conductance`);
      } catch (error) {
        end(control, isStopped(error) ? "Stopped" : "Nothing was checked");
        failed(error);
      }
    },
    /** Attributes the pair at hand once more, to attention's heads. */
    async attributeHeads(): Promise<void> {
      const { run } = get();
      if (!run) return;
      const control = begin("heads", "Attributing to attention heads");
      try {
        const { conductance, seconds } = await ask("heads", { run: run.run }, {
          signal: control.signal,
          news: (round) => set({ round }),
        });
        if (get().run === run) set({ heads: { run: run.run, conductance } });
        end(control, `Attention heads are attributed to after ${duration(seconds)}`);
      } catch (error) {
        end(control, isStopped(error) ? "Stopped" : "Nothing was attributed to heads");
        failed(error);
      }
    },
    chooseHeads: (scope: State["scope"]) => set({ scope }),
    async excite(pairs: readonly Pick<Pair, "query" | "passage">[]): Promise<void> {
      const { unit: id } = get();
      if (id === undefined) return;
      const base = { id, pairs, of: pairs.length };
      set({ excitement: { ...base, done: 0 } });
      try {
        const found = await ask("excite", { id, pairs }, {
          signal: details(),
          news: ({ done }) => get().unit === id && set({ excitement: { ...base, done } }),
        });
        if (get().unit === id) set({ excitement: { ...base, done: pairs.length, found } });
      } catch (error) {
        failed(error);
      }
    },
    snapshot(name: string) {
      const { snapshots, run, model } = get();
      const own: Snapshot = { name, hash: addressOf(get()), run };
      const next = [...snapshots.filter((one) => one.name !== name), own];
      set({ snapshots: next, status: `Snapshot “${name}” is kept` });
      writeSnapshots(model!.name, next);
    },
    removeSnapshot(name: string) {
      const next = get().snapshots.filter((one) => one.name !== name);
      set({ snapshots: next });
      writeSnapshots(get().model!.name, next);
    },
    /** Compares with the previous pair, a snapshot's, or none. */
    async compare(what: "none" | "previous" | { readonly snapshot: string }): Promise<void> {
      if (what === "none") return set({ other: undefined, otherPath: undefined, shown: "this" });
      const { previous, snapshots, run, unit } = get();
      let other = previous;
      try {
        if (what !== "previous") {
          const one = snapshots.find(({ name }) => name === what.snapshot)!;
          other = one.run?.model === run?.model ? one.run : undefined;
          other ??= await attributeQuietly(one.hash);
          set({
            snapshots: get().snapshots.map((s) => s.name === one.name ? { ...s, run: other } : s),
          });
        }
        if (other) set({ other, shown: "difference" });
        if (unit !== undefined) await choose(unit);
      } catch (error) {
        failed(error);
      }
    },
    show: (shown: State["shown"]) => set({ shown }),
  };
}

/** Bind groups, kept from one dispatch to the next: making one takes longer than all else of a dispatch. */

import type { Kernel } from "./kernel.ts";

/** A range of a buffer bound to a kernel. */
export interface Binding {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/** Makes and keeps bind groups. */
export interface BindGroups {
  /** The group of a kernel over `bindings`, and the offsets to set it with, `first` before them. */
  of(kernel: Kernel, bindings: readonly Binding[], first: number): {
    readonly group: GPUBindGroup;
    readonly offsets: number[];
  };
  /** Drops all groups: to be called before buffers are destroyed. */
  forget(): void;
}

/** Groups that are kept at most. */
const MOST = 50_000;

/**
 * Opens a keeper; `uniform` is bound first, to all groups.
 *
 * Where bindings may move, a group is made of buffers and of sizes rounded up to powers of two, and
 * serves every slice that is as large at most: no kernel asks how long an array is.
 */
export function bindGroups(device: GPUDevice, uniform: GPUBufferBinding): BindGroups {
  const kept = new Map<string, GPUBindGroup>();
  const names = new WeakMap<GPUBuffer | Kernel, number>();
  let count = 0;
  const nameOf = (thing: GPUBuffer | Kernel) => {
    let name = names.get(thing);
    if (name === undefined) names.set(thing, name = count++);
    return name;
  };
  const make = ({ layout }: Kernel, bindings: readonly Binding[]) =>
    device.createBindGroup({
      layout,
      entries: [
        { binding: 0, resource: uniform },
        ...bindings.map(({ buffer, offset, size }, i) => (
          { binding: i + 1, resource: { buffer, offset, size } }
        )),
      ],
    });
  return {
    of(kernel, bindings, first) {
      if (!kernel.movable) return { group: make(kernel, bindings), offsets: [first] };
      const places = bindings.map(({ buffer, offset, size }) => ({
        ...{ buffer, offset: 0 },
        size: Math.min(2 ** Math.ceil(Math.log2(size)), buffer.size - offset),
      }));
      const key = places.reduce(
        (key, { buffer, size }) => `${key} ${nameOf(buffer)}:${size}`,
        String(nameOf(kernel)),
      );
      let group = kept.get(key);
      if (!group) {
        if (kept.size >= MOST) kept.clear();
        kept.set(key, group = make(kernel, places));
      }
      return { group, offsets: [first, ...bindings.map(({ offset }) => offset)] };
    },
    forget: () => kept.clear(),
  };
}

/** Kept bind groups, on a device that only counts; needs no GPU. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { bindGroups } from "../../../src/compute/gpu/bind_groups.ts";
import type { Kernel } from "../../../src/compute/gpu/kernel.ts";

function counting() {
  const made: GPUBindGroupDescriptor[] = [];
  const device = {
    createBindGroup(of: GPUBindGroupDescriptor) {
      made.push(of);
      return { of };
    },
  };
  const uniform = { buffer: {} as GPUBuffer };
  return { groups: bindGroups(device as unknown as GPUDevice, uniform), made };
}
const kernel = (movable: boolean) => ({ movable, layout: {} }) as Kernel;
const buffer = (size: number) => ({ size }) as GPUBuffer;
const sizes = (of: GPUBindGroupDescriptor) =>
  [...of.entries].slice(1).map(({ resource }) => (resource as GPUBufferBinding).size);

Deno.test("bindGroups() takes one group for slices of like size, wherever they begin", () => {
  const { groups, made } = counting();
  const [one, other, table] = [kernel(true), kernel(true), buffer(65536)];
  const first = groups.of(one, [{ buffer: table, offset: 0, size: 3000 }], 512);
  const second = groups.of(one, [{ buffer: table, offset: 8192, size: 4096 }], 768);
  assertStrictEquals(second.group, first.group);
  assertEquals([first.offsets, second.offsets], [[512, 0], [768, 8192]]);
  assertEquals(sizes(made[0]), [4096]);
  groups.of(other, [{ buffer: table, offset: 0, size: 3000 }], 0);
  groups.of(one, [{ buffer: buffer(65536), offset: 0, size: 3000 }], 0);
  groups.of(one, [{ buffer: table, offset: 0, size: 4100 }], 0);
  assertEquals(made.length, 4);
});

Deno.test("bindGroups() binds nothing beyond a buffer's end", () => {
  const { groups, made } = counting();
  groups.of(kernel(true), [{ buffer: buffer(10_240), offset: 8192, size: 1600 }], 0);
  assertEquals(sizes(made[0]), [2048]);
  groups.of(kernel(true), [{ buffer: buffer(9_984), offset: 8192, size: 1600 }], 0);
  assertEquals(sizes(made[1]), [9_984 - 8192]);
});

Deno.test("bindGroups() makes a group a dispatch where bindings cannot move", () => {
  const { groups, made } = counting();
  const [fixed, table] = [kernel(false), buffer(65536)];
  for (const offset of [256, 512, 256]) {
    const { offsets } = groups.of(fixed, [{ buffer: table, offset, size: 300 }], 1024);
    assertEquals(offsets, [1024]);
  }
  const places = made.map(({ entries }) => ([...entries][1].resource as GPUBufferBinding).offset);
  assertEquals(places, [256, 512, 256]);
});

Deno.test("bindGroups() keeps nothing of buffers that are to be destroyed", () => {
  const { groups, made } = counting();
  const [one, table] = [kernel(true), buffer(4096)];
  const bindings = [{ buffer: table, offset: 0, size: 300 }];
  const { group } = groups.of(one, bindings, 0);
  groups.forget();
  assert(groups.of(one, bindings, 0).group !== group);
  assertEquals(made.length, 2);
});

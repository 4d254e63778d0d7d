/** Loops written out: which, how often, nested ones, and the arrays that become registers. */

import { assertEquals } from "@std/assert";
import { attentionTile } from "../../../src/compute/gpu/attention_launch.ts";
import { shaders, writtenOut } from "../../../src/compute/gpu/shaders.ts";

const constants = { A: 2, B: 12 };

Deno.test("writtenOut() copies a body that declares names as blocks, nested loops within it", () => {
  const code = "for (var i = 0u; i < A; i++) { let y = x[i]; if y > 0 { s += i * y; } }";
  assertEquals(
    writtenOut(code, constants),
    "{ let y = x[0u]; if y > 0 { s += 0u * y; } }{ let y = x[1u]; if y > 0 { s += 1u * y; } }",
  );
  const nested =
    "for (var i = 0u; i < A; i++) {for (var j = 0u; j < A; j++) {x[i] += y[j][i];}}x[i]";
  assertEquals(
    writtenOut(nested, constants),
    "x[0u] += y[0u][0u];x[0u] += y[1u][0u];x[1u] += y[0u][1u];x[1u] += y[1u][1u];x[i]",
  );
});

Deno.test("writtenOut() counts to constants, numbers, their products and quotients", () => {
  for (
    const [bound, count] of [["A", 2], ["3u", 3], ["B / 4u", 3], ["2u * A", 4], ["B / A / 4u", 1]]
  ) {
    const code = `for (var i = 0u; i < ${bound}; i++) {x;}`;
    assertEquals(writtenOut(code, constants), "x;".repeat(Number(count)), `${bound}`);
  }
});

Deno.test("writtenOut() leaves other loops, and writes those within them out", () => {
  for (
    const head of [
      "for (var i = 0u; i < STEPS; i++)",
      "for (var i = 0u; i < n[2u * i + 1u]; i++)",
      "for (var i = 1u; i < A; i++)",
      "for (var i = 0u; i < A; i += 1u)",
    ]
  ) {
    const code = `${head} {for (var j = 0u; j < A; j++) {x[j];}}`;
    assertEquals(writtenOut(code, constants), `${head} {x[0u];x[1u];}`);
  }
});

Deno.test("writtenOut() leaves a tiled kernel's private arrays no index but numbers", () => {
  for (
    const kernel of ["attention", "attention_backward_query", "attention_backward_key"] as const
  ) {
    const tile = attentionTile(kernel, 64, { software: false, workgroupBytes: 49152 })!;
    for (const name of [`${kernel}_tiled`, `${kernel}_tiled_general`] as const) {
      const code = writtenOut(shaders[name], tile);
      const indices = [...code.matchAll(/\b(?:sum|score|change|dk|dv|keep|share)\[([^\]]*)\]/g)];
      assertEquals(indices.filter(([, index]) => !/^\d+u$/.test(index)), [], name);
    }
  }
});

/** Figures of deletion and insertion: what is drawn, read out of the pictures. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { FaithfulnessOfStudy } from "../../src/experiments/results/results_faithfulness.ts";
import { drawSvg } from "../../src/report/draw/svg.ts";
import { deletionFigures } from "../../src/report/figures/deletion.ts";
import { series } from "../../src/report/figures/figure.ts";
import { studyTables } from "../../src/report/tables/tables.ts";
import { faithfulness, found, rankings } from "./faithful.ts";
import { syntheticResults } from "./synthetic.ts";

const figures = deletionFigures(faithfulness);

/** Vertices of the path of the thick line in a colour: pixels of the plot, from its upper left. */
function lineOf(svg: string, colour: string): [x: number, y: number][] {
  const paths = [...svg.matchAll(/<path ([^>]*)>/g)].map(([, attributes]) => attributes);
  const own = paths.filter((path) =>
    path.includes(`stroke="${colour}"`) && path.includes('stroke-width="2.25"')
  );
  assertEquals(own.length, 1);
  const [, d] = own[0].match(/ d="([^"]*)"/)!;
  return [...d.matchAll(/[ML]\s*(-?[\d.]+)[ ,](-?[\d.]+)/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ]);
}

/** Refuses vertices that are no affine picture of values. */
function assertAffine(pixels: readonly number[], values: readonly number[]): void {
  const scale = (pixels.at(-1)! - pixels[0]) / (values.at(-1)! - values[0]);
  values.forEach((value, i) =>
    assertAlmostEquals(pixels[i], pixels[0] + scale * (value - values[0]), .01)
  );
}

Deno.test("deletionFigures() draw the curves of F and nDCG@10, to their ends, over the share of units", async () => {
  assertEquals(figures.map(({ id }) => id), [
    ...["figure-faithfulness-P-removed", "figure-faithfulness-P-kept"],
    ...["figure-rankings-0-removed", "figure-rankings-0-kept"],
  ]);
  const wanted = [
    [[2, 1, -.5, -1]], // the end: all units are removed, F_none
    [[-.5, 0, 2, 3]], // all are kept, F_all
    [[.75, .5, .25, .25], [.625, .375, .125, .25]],
  ];
  for (const [i, curves] of wanted.entries()) {
    const svg = await drawSvg(figures[i].spec);
    assert(!/NaN|undefined|Infinity/.test(svg));
    curves.forEach((values, c) => {
      const vertices = lineOf(svg, series[c]);
      assertEquals(vertices.length, 4);
      assertAffine(vertices.map(([x]) => x), [1, 5, 50, 100].map(Math.log)); // a logarithmic axis
      assertAffine(vertices.map(([, y]) => y), values);
      assert(vertices[0][1] < vertices[3][1] === values[0] > values[3], "up is more");
    });
  }
});

Deno.test("deletionFigures() put random orders beside: their mean, the least and the largest", () => {
  const rows = figures[0].rows.filter(({ curve }) => curve === "random orders");
  assertEquals(
    rows.map(({ percent, random, low, high, value }) => [percent, random, low, high, value]),
    [
      ...[1, 5, 50].map((percent) => [percent, 2, 1.5, 2.5, null]),
      [100, -1, -1, -1, null],
    ],
  );
  const [first] = figures[3].rows;
  assertEquals([first.curve, first.value, first.random, first.low, first.high], [
    ...["P[ms]", .25, .375, .25, .5],
  ]);
});

Deno.test("studyTables() have areas, floors and layers drawn anew where a study has them", () => {
  const of = (more: Partial<FaithfulnessOfStudy>) =>
    studyTables({
      ...syntheticResults(),
      faithfulness: { collection: "ms", found, ...more },
    }).faithfulness;
  assertEquals(of({ rankings }).map(({ id }) => id), [
    ...["table-faithfulness", "table-randomised", "table-ranking-areas", "table-ranking-floors"],
  ]);
  const [, { rows, columns }] = of({});
  assertEquals(columns.map(({ key }, i) => [key, rows[0].cells[i].value]), [
    ...[["scheme", "P[ms]"], ["layers", 1], ["from", 3]],
    ...[["spearman", .25], ["absolute", .5], ["below", null]],
  ]);
  const plain = found.map(({ randomised: _, ...one }) => one);
  assertEquals(of({ found: plain }).map(({ id }) => id), ["table-faithfulness"]);
});

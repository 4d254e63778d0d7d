import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { drawPng } from "../../src/report/draw/png.ts";
import { drawSheet } from "../../src/report/draw/sheet.ts";
import { drawSvg } from "../../src/report/draw/svg.ts";
import { unpackWoff } from "../../src/report/draw/woff.ts";
import { spread } from "../../src/report/figures/end_labels.ts";
import { colours, type Figure, niceMaximum, type Spec } from "../../src/report/figures/figure.ts";
import { studyFigures } from "../../src/report/figures/figures.ts";
import type { HeadShare } from "../../src/experiments/path/head_shares.ts";
import { studyTables } from "../../src/report/tables/tables.ts";
import type { CutSweep } from "../../src/experiments/ablation/cuts.ts";
import { faithfulness } from "./faithful.ts";
import { syntheticResults } from "./synthetic.ts";

Deno.test("spread() keeps labels apart, in order and inside", () => {
  for (const ends of [[0, 0, 0, 0], [100, 100, 99], [3, 50, 51, 52, 97], [120, -5], [7]]) {
    const at = spread(ends, 15, 100);
    const order = ends.map((_, i) => i).sort((a, b) => ends[a] - ends[b] || a - b);
    order.slice(1).forEach((i, k) => assert(at[i] - at[order[k]] >= 15 - 1e-9, `${ends}: ${at}`));
    assert(at.every((y) => y >= 0 && y <= 100), `${ends}: ${at}`);
  }
  assertEquals(spread([10, 60], 15, 100), [10, 60]);
});

Deno.test("niceMaximum() is never below its value and at most double", () => {
  for (const value of [1e-7, .3, 1, 3.2, 9.99, 41, 99.9, 100, 1e6 / 3]) {
    const top = niceMaximum(value);
    assert(top >= value * .999 && top <= 2 * value, `${value}: ${top}`);
  }
  assertEquals([niceMaximum(0), niceMaximum(100)], [1, 100]);
});

/** WCAG's relative luminance of #rrggbb. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((x) => x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b;
}

Deno.test("colours of text have a contrast of at least 4.5 on either ground", () => {
  const contrast = (a: string, b: string) => {
    const [x, y] = [luminance(a), luminance(b)];
    return (Math.max(x, y) + .05) / (Math.min(x, y) + .05);
  };
  for (const { light, dark } of [colours.ink, colours.muted]) {
    assert(contrast(light, colours.ground.light) >= 4.5);
    assert(contrast(dark, colours.ground.dark) >= 4.5);
  }
});

Deno.test("studyFigures() gives every figure of the paper, and rows for each of its points", () => {
  const results = syntheticResults();
  const figures = Object.values(studyFigures(results)).flat();
  const ids = figures.map(({ id }) => id);
  for (const id of ["1", "2a", "2b", "2c", "2d", "3", "3-without", "4"]) {
    assert(ids.includes(`figure-${id}`), id);
  }
  assertEquals(new Set(ids).size, ids.length);
  const pairs = figures.find(({ id }) => id === "figure-2a")!;
  assertEquals(pairs.rows.length, 28 * results.overlaps!.levels.length);
});

/** Values of a picture's layers that have a field. */
function valuesOf(figure: Figure, field: string): Record<string, number>[] {
  const specs = [figure.spec, ...(figure.spec.layer as Spec[] | undefined) ?? []];
  const all = specs.flatMap((spec) =>
    (spec.data as { values?: Record<string, number>[] })?.values ?? []
  );
  return [...new Set(all)].filter((row) => field in row);
}
const figureOf = (id: string) =>
  Object.values(studyFigures(syntheticResults())).flat().find((one) => one.id === id)!;

Deno.test("studyFigures() draws what curves share, with their intervals, over their chance and null band", () => {
  const { overlaps } = syntheticResults();
  const curves = overlaps!.curves.filter(({ figures }) => figures.includes("3"));
  const drawn = valuesOf(figureOf("figure-3"), "curve");
  assertEquals(drawn.length, curves.length * overlaps!.levels.length);
  const wanted = curves.flatMap(({ points }) =>
    points.map(({ level, percent, interval }) =>
      `${Number((100 * level).toPrecision(6))} ${percent} ${interval!.low} ${interval!.high}`
    )
  );
  assertEquals(
    drawn.map((row) => `${row.level} ${row.percent} ${row.low} ${row.high}`).sort(),
    wanted.sort(),
  );
  const chance = valuesOf(figureOf("figure-2a"), "sets").filter(({ percent }) =>
    percent !== undefined
  );
  assertEquals(
    chance.map(({ percent }) => percent),
    overlaps!.curves.find(({ kind }) => kind === "pair")!.points.map((point) => point.chance),
  );
  const band = valuesOf(figureOf("figure-2a"), "high").filter((row) => "sets" in row);
  const pairs = overlaps!.curves.filter(({ figures }) => figures.includes("2a"));
  band.forEach(({ low, high }, at) => {
    assertEquals(low, Math.min(...pairs.map(({ points }) => points[at].nullBand.low)));
    assertEquals(high, Math.max(...pairs.map(({ points }) => points[at].nullBand.high)));
  });
});

Deno.test("studyFigures() draws losses to the right, with their intervals, filled where significant", () => {
  const { ablation } = syntheticResults();
  ablation!.levels.forEach((level, at) => {
    const id = `figure-ablation-${100 * level}`.replace(".", "-");
    const drawn = valuesOf(figureOf(id), "points");
    const wanted = ablation!.rows.flatMap(({ cells }) => cells[at].collections);
    assertEquals(drawn.length, wanted.length);
    drawn.forEach((row, i) => {
      const { points, interval, paired } = wanted[i];
      assertEquals([row.points, row.low, row.high], [points, interval.low, interval.high]);
      assertEquals(Boolean(row.significant), paired.p <= 0.05);
    });
    assert(drawn.some(({ points }) => points > 0), "N loses");
  });
});

Deno.test("studyFigures() stacks members by layer and component, and draws errors in per cent", () => {
  const { locations, convergence } = syntheticResults();
  const members = valuesOf(figureOf("figure-4"), "members");
  assertEquals(members.map((row) => row.members), locations![0].counts.flat());
  const errors = valuesOf(figureOf("figure-convergence-error"), "mean");
  assertEquals(
    errors.slice(0, convergence!.rows.length).map(({ mean, worst }) => [mean, worst]),
    convergence!.rows.map(({ error }) => [100 * error.mean!, 100 * error.worst!]),
  );
});

const row = { cut: "query>passage", first: 0, last: 1, ndcg: 0.5, loss: 0.2, probability: -0.1 };
const cuts: readonly CutSweep[] = [{
  ...{ collection: "Sailing", queries: 3, candidates: 12, original: 0.7 },
  rows: [
    { ...row, interval: [-0.1, 0.5], relevant: -0.25 },
    { ...row, first: 1, last: 2, ndcg: 0.6, loss: 0.1, interval: [0, 0.2], relevant: null },
    { ...row, cut: "cls>query", interval: [0.1, 0.3], relevant: 0.5 },
  ],
}];

Deno.test("studyFigures() draws what cuts leave of nDCG@10, with its interval, and of p(relevant)", () => {
  const [ndcg, probability] = studyFigures({ ...syntheticResults(), cuts }).cuts;
  const points = valuesOf(ndcg, "value");
  assertEquals(points.map(({ first, value }) => [first, value]), [[0, 0.5], [1, 0.6], [0, 0.5]]);
  assertAlmostEquals(points[0].low, 0.2); // .7 - .5
  assertAlmostEquals(points[0].high, 0.8);
  assertEquals(valuesOf(probability, "value").map(({ value }) => value), [-0.25, 0.5]);
  assertEquals(ndcg.rows.map(({ change_of_p_relevant: change }) => change), [-0.25, null, 0.5]);
});

const cell = { layer: 0, from: "cls", to: "query", conductance: 0.5, share: 0.75 };
const heads: readonly HeadShare[] = [{
  ...{ scheme: "P[ms]", component: "heads", pairs: 7 },
  cells: [
    cell,
    { ...cell, to: "passage", conductance: -0.25, share: 0.25 },
    { ...cell, from: "sep1", conductance: 0, share: 0 },
  ],
}];

Deno.test("studyFigures() maps which segments attend to which, without pairs that no head has", () => {
  const [map] = studyFigures({ ...syntheticResults(), heads }).heads;
  const shown = valuesOf(map, "conductance") as unknown as HeadShare["cells"];
  assertEquals(shown.map(({ from, to, conductance }) => [from, to, conductance]), [
    ["cls", "query", 0.5],
    ["cls", "passage", -0.25],
  ]);
  const [{ rows }] = studyTables({ ...syntheticResults(), heads }).heads;
  assertEquals(rows.map(({ cells }) => cells[2].value), ["cls>query", "cls>passage", "sep1>query"]);
});

Deno.test("studyFigures() gives none for sections that a study lacks", () => {
  const { overlaps: _, ablation: __, ...rest } = syntheticResults();
  const { overlaps, ablation } = studyFigures(rest);
  assertEquals([overlaps, ablation], [[], []]);
});

Deno.test("drawSvg() and drawPng() draw every kind of figure", async () => {
  const results = { ...syntheticResults(), cuts, heads, faithfulness };
  const kinds = Object.values(studyFigures(results)).map(([first]) => first);
  for (const { id, spec } of kinds) {
    const svg = await drawSvg(spec);
    assert(svg.startsWith("<svg") && !/NaN|undefined|Infinity/.test(svg), id);
    const png = await drawPng(svg);
    assertEquals([...png.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47], id);
    const view = new DataView(png.buffer, png.byteOffset);
    const [, width] = svg.match(/viewBox="0 0 ([\d.]+)/)!;
    // The picture is three times the drawing; renderers round to whole pixels.
    assertAlmostEquals(view.getUint32(16), 3 * Number(width), 3, id);
  }
});

Deno.test("drawSvg() escapes names from studies", async () => {
  const svg = await drawSvg({
    data: { values: [{ a: "<script>alert(1)</script>", b: 1 }] },
    mark: "bar",
    encoding: { y: { field: "a", type: "nominal" }, x: { field: "b", type: "quantitative" } },
  });
  assert(!svg.includes("<script"));
});

Deno.test("unpackWoff() refuses what is no WOFF file", async () => {
  let message = "";
  await unpackWoff(new Uint8Array(100)).catch((error: Error) => message = error.message);
  assertEquals(message, "Cannot unpack font: expected a WOFF 1.0 file");
});

Deno.test("drawSheet() puts figures side by side, no id twice, and refuses to draw none", async () => {
  const { locations, convergence } = syntheticResults();
  const { svg } = await drawSheet({ locations: locations!.slice(0, 1), convergence });
  const places = [...svg.matchAll(/<svg x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"/g)]
    .map((found) => found.slice(1, 4).map(Number));
  assertEquals(places.length, 3);
  const [first, second, third] = places;
  assert(second[0] >= first[2] && second[1] === first[1] && third[0] === 0 && third[1] > 0);
  const [, width, height] = svg.match(/viewBox="0 0 ([\d.]+) ([\d.]+)"/)!.map(Number);
  assert(places.every(([x, y, w]) => x + w <= width && y < height));
  const ids = [...svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  assertEquals(new Set(ids).size, ids.length);
  const used = [...svg.matchAll(/url\(#([^)]+)\)/g)].map(([, id]) => id);
  assertEquals(used.filter((id) => !ids.includes(id)), []);
  await assertRejects(() => drawSheet({}), RangeError, "expected results to draw, got none");
});

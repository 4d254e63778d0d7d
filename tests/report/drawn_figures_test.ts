/** What readers see of figures: words that can be read, axes that hold their data, legends that tell apart. */

import { assert, assertEquals } from "@std/assert";
import type { StudyResults } from "../../src/experiments/results/results.ts";
import { drawSvg } from "../../src/report/draw/svg.ts";
import { endLabels } from "../../src/report/figures/end_labels.ts";
import type { Figure, Spec } from "../../src/report/figures/figure.ts";
import { studyFigures } from "../../src/report/figures/figures.ts";
import { linePlain } from "../../src/report/text.ts";
import { type Drawing, readDrawing } from "./drawing.ts";
import { syntheticResults } from "./synthetic.ts";

const changes = {
  ndcg: 0.5,
  loss: 0.2,
  probability: -0.1,
  interval: [-0.1, 0.5] as const,
  relevant: -0.25,
};
const layers = [0, 1, 2, 3];
const results = {
  ...syntheticResults(),
  cuts: [{
    ...{ collection: "Sailing", queries: 3, candidates: 12, original: 0.7 },
    rows: ["query>passage", "passage>query", "cls>query", "query>cls", "sep1>query"].flatMap((
      cut,
    ) => layers.map((first) => ({ ...changes, cut, first, last: first }))),
  }],
  heads: [{
    ...{ scheme: "P[ms]", component: "heads", pairs: 7 },
    cells: layers.map((layer) => ({
      ...{ layer, from: "cls", to: "query", share: .25 },
      conductance: [0.5, -0.75, 0.1, 0][layer],
    })),
  }],
} satisfies StudyResults;

const figures: readonly Figure[] = Object.values(studyFigures(results)).flat();
const drawings = new Map<string, Drawing>();
for (const { id, spec } of figures) drawings.set(id, readDrawing(await drawSvg(spec)));
const figureOf = (id: string) => figures.find((one) => one.id === id)!;
const wordsOf = (id: string, role: string) =>
  drawings.get(id)!.texts.filter((one) => one.role === role).map(({ text }) => text);

/** A spec and all specs within it, with the data that each draws. */
function specsOf(spec: Spec, above: readonly Row[] = []): { spec: Spec; values: readonly Row[] }[] {
  const values = (spec.data as { values?: readonly Row[] } | undefined)?.values ?? above;
  const within = ["layer", "vconcat", "concat"].flatMap((key) => (spec[key] ?? []) as Spec[]);
  return [{ spec, values }, ...within.flatMap((one) => specsOf(one, values))];
}
type Row = Readonly<Record<string, unknown>>;

interface Channel {
  readonly field?: string;
  readonly scale?: { readonly domain?: readonly unknown[]; readonly range?: readonly unknown[] };
  readonly axis?: { readonly values?: readonly number[] };
}

/** Every channel of a figure with the data that it shows. */
function channelsOf(figure: Figure) {
  return specsOf(figure.spec).flatMap(({ spec, values }) =>
    Object.entries((spec.encoding ?? {}) as Record<string, Channel>).map(([name, channel]) => ({
      ...{ name, channel, place: `${figure.id}, ${name} ${channel.field}` },
      values: channel.field === undefined ? [] : values.map((one) => one[channel.field!]),
    }))
  );
}

Deno.test("studyFigures() draws every word inside its picture, and none over another", () => {
  for (const [id, { width, height, texts }] of drawings) {
    assert(texts.length > 5, id);
    for (const { text, left, right, top, bottom, isTurned } of texts) {
      if (isTurned) continue;
      const inside = left >= 0 && right <= width && top >= 0 && bottom <= height;
      assert(inside, `${id}: ${text} is cut off`);
    }
    const flat = texts.filter(({ isTurned }) => !isTurned);
    flat.forEach((a, i) => {
      for (const b of flat.slice(i + 1)) {
        const apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top ||
          b.bottom <= a.top;
        assert(apart, `${id}: ${a.text} and ${b.text} overlap`);
      }
    });
  }
});

Deno.test("studyFigures() puts legends below their axes, and leaves no room empty below them", () => {
  for (const [id, { height, texts }] of drawings) {
    const bottomOf = (role: string) =>
      Math.max(...texts.filter((one) => one.role === role).map(({ bottom }) => bottom));
    const legend = texts.filter(({ role }) => role === "legend-label");
    if (legend.length === 0) continue;
    assert(Math.min(...legend.map(({ top }) => top)) > bottomOf("axis-label"), id);
    assert(height - bottomOf("legend-label") < 90, `${id}: ${height - bottomOf("legend-label")}`);
  }
});

Deno.test("studyFigures() gives axes whose ends hold all that is drawn, and at least two ticks", () => {
  let seen = 0;
  for (const figure of figures) {
    for (const { name, channel, values, place } of channelsOf(figure)) {
      const domain = channel.scale?.domain;
      if (!/^[xy]/.test(name) || typeof domain?.[0] !== "number") continue;
      const [low, high] = domain as readonly number[];
      assert(low < high, place);
      const slack = 1e-6 * (high - low); // ends are rounded
      for (const value of values as number[]) {
        assert(value >= low - slack && value <= high + slack, `${place}: ${value}`);
      }
      const ticks = channel.axis?.values?.filter((tick) => tick >= low && tick <= high);
      if (ticks) assert(ticks.length >= 2, place);
      seen++;
    }
  }
  assert(seen > 50);
});

Deno.test("studyFigures() draws zero where it says so, and each name in a colour of its own", () => {
  for (const figure of figures) {
    for (const { channel, values, place } of channelsOf(figure)) {
      if (channel.field === "zero") assertEquals(values, [0], place);
      const { domain = [], range = [] } = channel.scale ?? {};
      if (typeof domain[0] !== "string") continue;
      assertEquals(new Set(domain).size, domain.length, place);
      const looks = range.slice(0, domain.length).map((look) => JSON.stringify(look));
      if (place.includes("name")) continue; // of traced neurons, colour and dash together tell them apart
      assertEquals(new Set(looks).size, domain.length, place);
    }
  }
});

Deno.test("studyFigures() has ticks from the first layer, a dozen at most", () => {
  for (const id of ["figure-4", "figure-segments-P-ms"]) {
    const { axis } = channelsOf(figureOf(id)).find(({ name, channel }) =>
      name === "x" && channel.axis
    )!.channel;
    const ticks = axis!.values!;
    assertEquals(ticks[0], 0);
    assert(ticks.length >= 5 && ticks.length <= 12, `${id}: ${ticks}`);
  }
});

Deno.test("studyFigures() explains the first figure of a kind, and says that the others are like it", () => {
  const caption = (id: string) => linePlain(figureOf(id).caption);
  assert(caption("figure-2a").includes("two collections"));
  for (const id of ["2b", "2c", "2d"]) {
    assertEquals(caption(`figure-${id}`), "Drawn like Figure 2a.");
  }
  assert(caption("figure-3").includes("by construction"));
  assertEquals(caption("figure-3-without"), "Drawn like Figure 3.");
  assertEquals(["1", "1-2", "4", "4-2"].map((id) => figureOf(`figure-${id}`).number), [
    ...["Figure 1", "Like Figure 1", "Figure 4", "Like Figure 4"],
  ]);
});

Deno.test("studyFigures() says in a title which collections a panel leaves out", () => {
  const titles = ["2a", "2b", "2c", "2d"].map((id) => figureOf(`figure-${id}`).title);
  assertEquals(titles, [
    "Intersections of “relevant” sets, every two collections",
    "Intersections of “relevant” sets, all but r, nf",
    "Intersections of “non-relevant” sets, every two collections",
    "Intersections of “non-relevant” sets, all but r, nf",
  ]);
});

Deno.test("studyFigures() names each pair with the training collection, and the others once together", () => {
  const { overlaps, ...rest } = results;
  const pairs = overlaps!.curves.filter(({ figures }) => figures.includes("2a"));
  const outside = pairs.filter(({ inDomain }) => !inDomain);
  const labels = (curves: typeof pairs) => {
    const [figure] = studyFigures({ ...rest, overlaps: { ...overlaps!, curves } }).overlaps;
    return specsOf(figure.spec).flatMap(({ spec, values }) =>
      (spec.mark as { type?: string } | undefined)?.type === "text" ? [values[0].text] : []
    );
  };
  const inDomain = pairs.filter((one) => one.inDomain);
  const name = ({ collections }: typeof pairs[number]) => collections.join(" ∩ ");
  assertEquals(
    labels(pairs).sort(),
    [...inDomain.map(name), `OOD pairs (${outside.length})`].sort(),
  );
  assertEquals(
    labels([inDomain[0], outside[0]]).sort(),
    [inDomain[0], outside[0]].map(name).sort(),
  );
  assertEquals(labels([inDomain[0], ...outside.slice(0, 2)]).includes("OOD pairs (2)"), true);

  const all = overlaps!.curves.filter(({ figures }) => figures.includes("3"));
  const both = all.filter(({ kind }) => kind === "labels");
  const one = [...all.filter(({ kind }) => kind === "all"), both[0]];
  assert(labels(all).includes(`P ∩ N of one (${both.length})`));
  assert(!labels(one).some((text) => String(text).startsWith("P ∩ N of one")));
});

Deno.test("studyFigures() has logarithmic levels where they span more than a factor of eight", () => {
  const { overlaps, ...rest } = results;
  const typeOf = (levels: readonly number[]) => {
    const curves = overlaps!.curves.map((curve) => ({
      ...curve,
      points: levels.map((level, i) => ({ ...curve.points[i], level })),
    }));
    const [figure] = studyFigures({ ...rest, overlaps: { ...overlaps!, levels, curves } }).overlaps;
    const channel = channelsOf(figure).find(({ name }) => name === "x")!.channel;
    return (channel.scale as { type?: string }).type;
  };
  assertEquals(typeOf([.001, .002, .008]), "linear");
  assertEquals(typeOf([.001, .002, .009]), "log");
});

Deno.test("studyFigures() has a tick at every power of ten of an error, and its numbers", () => {
  const drawn = channelsOf(figureOf("figure-convergence-error")).find(({ name, channel }) =>
    name === "y" && channel.field === "mean"
  )!;
  const { scale, axis } = drawn.channel;
  const [low, high] = scale!.domain as readonly number[];
  const powers = Math.round(Math.log10(high / low));
  assert(powers >= 1);
  assertEquals(axis!.values!.length, powers + 1);
  assertEquals([axis!.values![0], axis!.values!.at(-1)], [low, high]);
  // one error alone has a decade for itself
  const { convergence, ...rest } = results;
  const rows = convergence!.rows.slice(0, 1).map((one) => ({
    ...one,
    error: { ...one.error, mean: .01, worst: .01 },
  }));
  const [alone] = studyFigures({ ...rest, convergence: { ...convergence!, rows } }).convergence;
  const { channel } = channelsOf(alone).find(({ name }) => name === "y")!;
  const ends = channel.scale!.domain as readonly number[];
  assertEquals(ends, [1, 10]);
});

Deno.test("studyFigures() says how many layers a window of cuts has", () => {
  const { subtitle } = figureOf("figure-cuts-0-ndcg").spec.title as { readonly subtitle: string };
  assertEquals(subtitle, "Windows of 1 layer");
  const [sweep] = results.cuts!;
  const cuts = [{ ...sweep, rows: sweep.rows.map((one) => ({ ...one, last: one.first + 1 })) }];
  const [wide] = studyFigures({ ...results, cuts }).cuts;
  assertEquals((wide.spec.title as { subtitle: string }).subtitle, "Windows of 2 layers");
});

Deno.test("studyFigures() shades heads evenly on either side of zero, up to the strongest", () => {
  const { channel } = channelsOf(figureOf("figure-heads-P-ms")).find(({ name }) =>
    name === "color"
  )!;
  assertEquals(channel.scale!.domain, [-.75, 0, .75]);
});

Deno.test("studyFigures() draws median and middle half of each set's correlations with conductance", () => {
  const { rows } = figureOf("figure-signals");
  const wanted = results.description!.summary.filter(({ quantity, median }) =>
    quantity === "conductance" && median !== null
  );
  assert(wanted.some(({ positive, negative }) => positive > 0 && negative > 0));
  assertEquals(
    rows.map((row) => [row.signal, row.median, row.quarter, row.threeQuarters, row.significant]),
    wanted.map(({ signal, median, quartiles, positive, negative }) => [
      ...[signal, median, quartiles![0], quartiles![1], positive + negative],
    ]),
  );
});

Deno.test("studyFigures() numbers the t axis once, below the last panel of a trace", () => {
  const labels = wordsOf("figure-1", "axis-label");
  assertEquals(labels.filter((text) => text === "0.2").length, 1);
  assertEquals(wordsOf("figure-1", "axis-title").at(-1), "Conductance up to t, units of F");
  const { texts } = drawings.get("figure-1")!;
  const axis = texts.find(({ text }) => text === "0.2")!;
  const titles = texts.filter(({ role, text }) => role === "axis-title" && text !== "t");
  assert(titles.every(({ bottom }) => bottom < axis.top));
});

Deno.test("endLabels() lists alike curves from high to low, and puts labels of others at their ends", () => {
  const label = (text: string, end: number) => ({
    ...{ text, end, mean: end, colour: "#000000", dash: [] },
  });
  const plot = { width: 300, height: 250, top: 100 };
  const at = (labels: readonly ReturnType<typeof label>[]) =>
    endLabels(labels, plot).flatMap(({ mark, data }) =>
      (mark as { type: string }).type === "text"
        ? [(data as { values: { text: string; at: number }[] }).values[0]]
        : []
    ).map(({ text, at }) => [text, Math.round(250 * (1 - at / 100))]);
  assertEquals(at([label("a", 50), label("b", 52), label("c", 51)]), [["b", 6], ["c", 23], [
    "a",
    40,
  ]]);
  assertEquals(at([label("a", 20), label("b", 80)]), [["a", 200], ["b", 50]]);
  assertEquals(at([label("a", 20)]), [["a", 200]]);
});

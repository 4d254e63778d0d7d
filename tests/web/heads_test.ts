/** The page's view of attention heads: the library's numbers, and cuts that change the score at once. */

import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import type { Page } from "npm:playwright-core@1.65.1";
import { openCrossEncoder, scoreUnder, simdOps } from "../../internal.ts";
import { attributePair } from "../../src/attribution/attribute_pair.ts";
import { spaceOfKinds } from "../../src/model/asked.ts";
import { neuronMasks } from "../../src/model/mask.ts";
import { type Neuron, neuronName, neuronOf, parseNeurons } from "../../src/model/neurons.ts";
import { loaderOf, root } from "../backends.ts";
import { attributed, downloaded, openPage, pageTest, statusOf, until } from "./browser.ts";

const tiny = "fixtures/tiny-cross-encoder";
const pair = {
  query: "how to veal with the honey",
  passage: "Steak jar Our lard in a Durban with the cake.",
  label: "non-relevant" as const,
};

type Encoder = Awaited<ReturnType<typeof openCrossEncoder>>;

async function withLibrary<T>(model: string, work: (encoder: Encoder) => Promise<T>): Promise<T> {
  const ops = await simdOps({ threads: 1 });
  try {
    return await work(await openCrossEncoder(loaderOf(model), ops));
  } finally {
    ops.close();
  }
}

/** p(relevant) of the pair, whole and with units zeroed. */
const scoresOf = (names: readonly string[], model = tiny) =>
  withLibrary(model, async (encoder) => {
    const { ops, config } = encoder;
    const zeroed = names.flatMap((name): Neuron[] => parseNeurons(config, name));
    const masks = neuronMasks(ops, config, [[], zeroed]);
    const scores = await scoreUnder(encoder, [pair, pair], { masks: { masks, of: [0, 1] } });
    return scores.map(({ probability }) => probability);
  });

/** What the library gives every head's unit, by name. */
const headsOf = (model: string) =>
  withLibrary(model, async (encoder) => {
    const { conductance } = await attributePair(encoder, pair, { units: ["heads"] });
    const space = spaceOfKinds(encoder.config, ["heads"]);
    return new Map(
      Array.from(conductance, (value, id) => [neuronName(neuronOf(space, id)), value]),
    );
  });

async function attributeHeads(page: Page): Promise<ReadonlyMap<string, number>> {
  await page.getByRole("button", { name: "Attribute to heads" }).click();
  await statusOf(page, /^Attention heads are attributed to/);
  return await savedHeads(page);
}

/** The view's table, by name. */
async function savedHeads(page: Page): Promise<ReadonlyMap<string, number>> {
  const { rows } = JSON.parse(await downloaded(page, "Attention heads as JSON", "heads.json"));
  return new Map(
    rows.map((row: Record<string, string | number>) => [
      `${row.layer}.${String(row.component).replace(/s$/, "")}.${row.head}.${row.from}>${row.to}`,
      row.conductance,
    ]),
  );
}

/**
 * Contexts of a head's segments are added up in groups that depend on all masks of a batch (the random ones of
 * the page among them), so the last bits differ.
 */
const CLOSE = 1e-7;

/** The rows of the mask's table. */
async function masked(
  page: Page,
): Promise<{ readonly what: string; readonly probability: number }[]> {
  await page.locator("#mask tbody tr").first().waitFor();
  await page.waitForTimeout(500); // the last of several questions
  return JSON.parse(await downloaded(page, "What if as JSON", "mask.json")).rows;
}

pageTest(
  "heads have the library's numbers to the bit, are cut by head, flow and layer, and chosen by keys",
  async (test) => {
    const { address } = await test.serve();
    const page = await test.page();
    await openPage(page, address, pair);
    await attributed(page);
    const found = await attributeHeads(page);
    const wanted = await headsOf(tiny);
    assertEquals(found.size, 4 * 4 * 25);
    assertEquals([...found].sort(), [...wanted].sort());
    const sum = (of: RegExp) =>
      Array.from(wanted).reduce((all, [name, value]) => of.test(name) ? all + value : all, 0);

    // with the keyboard
    await page.getByRole("gridcell", { name: /^All heads: / }).focus();
    const told = () => page.evaluate<string>("document.activeElement.getAttribute('aria-label')");
    for (
      const [key, wanted] of [
        ["ArrowUp", /^All heads of layer 3: /],
        ["ArrowLeft", /^Layer 3, head 3: /],
        ["ArrowUp", /^Layer 2, head 3: /],
        ["ArrowDown", /^Layer 3, head 3: /],
        ["ArrowDown", /^All heads: /],
        ["ArrowDown", /^All heads: /],
        ["ArrowUp", /^All heads of layer 3: /],
      ] as const
    ) {
      await page.keyboard.press(key);
      assertMatch(await told(), wanted);
    }
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: /^All heads of layer 3: / }).waitFor();

    // a head is chosen: its flows are its units
    const head = page.getByRole("gridcell", { name: /^Layer 2, head 1: / });
    await head.click();
    const heading = page.locator("#heads h3");
    assertMatch((await heading.textContent())!, /^Layer 2, head 1: /);
    const shown = Number(
      (await heading.textContent())!.replace(/^.*: /, "").replace("−", "-"),
    );
    assertAlmostEquals(shown, sum(/^2\.head\.1\./), 0.01 * Math.abs(shown));
    const flow = page.getByRole("button", { name: /^Cut passage to query: / });
    const value = (await flow.getAttribute("title"))!.replace(/^.*: /, "").replace("−", "-");
    const unit = wanted.get("2.head.1.passage>query")!;
    assertAlmostEquals(Number(value.replace("e−", "e-")), unit, 0.01 * Math.abs(unit));

    // cut, and given back
    await flow.click();
    const [whole, cut] = await scoresOf(["2.head.1.passage>query"]);
    const rows = await masked(page);
    assertEquals(rows[0].probability, whole);
    assertAlmostEquals(rows[1].probability, cut, CLOSE);
    assert(Math.abs(whole - cut) > 100 * CLOSE, `${whole - cut}`);
    const ofHeads = rows.slice(2).map(({ probability }) => Math.abs(probability - whole));
    assertEquals(ofHeads.length, 10);
    assert(Math.max(...ofHeads) > 10 * CLOSE, ofHeads.join()); // random heads do something too
    assertEquals(await flow.getAttribute("aria-pressed"), "true");
    await until(page, `location.hash.includes("mask=2.head.1.passage%3Equery*0")`);
    assert(await page.getByRole("button", { name: "Run again under the mask" }).isDisabled());
    await page.getByText("A mask of attention heads changes the score alone").waitFor();
    await flow.click();
    await until(page, `!location.hash.includes("mask=")`);

    // a whole head, though one of its flows is cut alone; then a flow of a layer, from the address
    await flow.click();
    await page.getByRole("button", { name: "zero layer 2, head 1" }).click();
    assertAlmostEquals(
      (await masked(page))[1].probability,
      (await scoresOf(["2.head.1"]))[1],
      CLOSE,
    );
    await page.getByRole("gridcell", { name: /^Layer 2, head 1: .*zeroed$/ }).waitFor();
    await page.getByRole("button", { name: "Restore all" }).click();
    await page.getByRole("gridcell", { name: /^All heads of layer 0: / }).click();
    await page.getByRole("button", { name: /^Cut query to passage: / }).click();
    const names = [0, 1, 2, 3].map((one) => `0.head.${one}.query>passage`);
    const [, ofLayer] = await scoresOf(names);
    assertAlmostEquals((await masked(page))[1].probability, ofLayer, CLOSE);
    await page.reload();
    await statusOf(page, /evaluations/);
    assertAlmostEquals((await masked(page))[1].probability, ofLayer, CLOSE);

    // neurons and heads together; random ones of both
    await page.getByRole("checkbox", { name: /^Zero \d/ }).first().check();
    const name = (await page.locator("#units .name").first().textContent())!;
    const both = await masked(page);
    assertAlmostEquals(both[1].probability, (await scoresOf([...names, name]))[1], CLOSE);
    assert(Math.abs(both[1].probability - ofLayer) > 100 * CLOSE);
    const random = new Set(both.slice(2).map(({ probability }) => probability));
    assert(random.size === 10 && !random.has(whole), [...random].join());

    // another pair has no heads until they are asked for
    await page.getByRole("textbox", { name: "Passage" }).fill("jar");
    await attributed(page);
    await page.getByRole("button", { name: "Attribute to heads" }).waitFor();
  },
);

pageTest(
  "heads under a mask of neurons, where the model can; where not, that is said",
  async (test) => {
    const unit = "1.value.3";
    const { address } = await test.serve();
    const page = await test.page();
    await openPage(page, address, { ...pair, mask: `${unit}*0` });
    await attributed(page);
    await page.getByRole("button", { name: "Run again under the mask" }).click();
    await page.getByRole("button", { name: "difference" }).waitFor();
    await statusOf(page, /evaluations/);
    const found = await attributeHeads(page);
    const wanted = await withLibrary(tiny, async (encoder) => {
      const options = { units: ["heads" as const], without: [unit] };
      return (await attributePair(encoder, pair, options)).conductance;
    });
    assertEquals([...found.values()].sort(), [...wanted].sort());

    const deberta = "tests/golden/families/models/debertav2-w36-labels1";
    const other = await test.serve("--model", decodeURIComponent(new URL(deberta, root).pathname));
    await openPage(page, other.address, { ...pair, mask: `${unit}*0` });
    await attributed(page);
    assertEquals([...await attributeHeads(page)].sort(), [...await headsOf(deberta)].sort());
    await page.getByRole("button", { name: "Run again under the mask" }).click();
    await page.getByRole("button", { name: "difference" }).waitFor();
    await page.getByRole("button", { name: "Attribute to heads" }).click();
    await page.getByRole("alert").waitFor();
    assertMatch(
      (await page.getByRole("alert").textContent())!,
      /^Cannot attribute to heads with zeroed neurons: .* or a model without relative positions/,
    );
    await statusOf(page, /^Nothing was attributed to heads$/);
  },
);

pageTest(
  "a decoder's heads that attend to the encoder's text are rows of their own",
  async (test) => {
    const t5 = "tests/golden/families/models/t5-w32";
    const { address } = await test.serve("--model", decodeURIComponent(new URL(t5, root).pathname));
    const page = await test.page();
    await openPage(page, address, pair);
    await attributed(page);
    assertEquals([...await attributeHeads(page)].sort(), [...await headsOf(t5)].sort());
    await page.getByRole("gridcell", { name: /cross head 0: / }).first().click();
    await page.getByRole("button", { name: /^zero layer \d, cross head 0$/ }).click();
    await until(page, `/mask=\\d\\.cross_head\\.0\\*0/.test(location.hash)`);
  },
);

pageTest("a mask is read anew by its names when another model is opened", async (test) => {
  const { address } = await test.serve();
  const page = await test.page({ expected: /404/ });
  const other = "tests/golden/models/l2-w36-h3-f50-labels2";
  await page.route("https://huggingface.co/**", async (route) => {
    const name = new URL(route.request().url()).pathname.replace("/some/model/resolve/main/", "");
    const path = decodeURIComponent(new URL(`${other}/${name}`, root).pathname);
    const headers = { "access-control-allow-origin": "*" };
    const there = await Deno.stat(path).then(() => true, () => false);
    await route.fulfill(there ? { status: 200, headers, path } : { status: 404, headers });
  });
  const names = ["1.head.2.passage>query", "1.value.3", "3.value.1"]; // the other has two layers
  await openPage(page, address, { ...pair, mask: `${names}*0` });
  await masked(page);
  await page.getByText("Model", { exact: true }).click();
  await page.getByRole("textbox", { name: "A repository of the Hugging Face Hub" })
    .fill("some/model");
  await page.getByRole("button", { name: "Open", exact: true }).click();
  await statusOf(page, /^some\/model is open/);
  await page.waitForTimeout(500);
  const wanted = await scoresOf(names.slice(0, 2), other);
  (await masked(page)).slice(0, 2).forEach(({ probability }, i) =>
    assertAlmostEquals(probability, wanted[i], CLOSE)
  );
  assert(Math.abs(wanted[0] - wanted[1]) > 100 * CLOSE);
});

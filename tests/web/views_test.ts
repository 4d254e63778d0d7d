/** Views appear, are linked, and show the library's numbers. */

import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import type { Page } from "npm:playwright-core@1.65.1";
import {
  neuronName,
  neuronOf,
  openCrossEncoder,
  scoreUnder,
  simdOps,
  tracePath,
} from "../../internal.ts";
import { attributePair } from "../../src/attribution/attribute_pair.ts";
import { neuronMasks } from "../../src/model/mask.ts";
import { parseNeuron } from "../../src/model/neurons.ts";
import { loaderOf, root } from "../backends.ts";
import { cli, inFolder } from "../cli/run.ts";
import { attributed, downloaded, openPage, pageTest, statusOf, until } from "./browser.ts";
import { components } from "../spaces.ts";

const tiny = "fixtures/tiny-cross-encoder";
const pair = {
  query: "how to veal with the honey",
  passage: "Steak jar Our lard in a Durban with the cake.",
  label: "non-relevant" as const,
};
const address = { ...pair, label: "non-relevant" };

/** The library's view of the pair. */
async function withLibrary<T>(
  work: (encoder: Awaited<ReturnType<typeof openCrossEncoder>>) => Promise<T>,
): Promise<T> {
  const ops = await simdOps({ threads: 1 });
  try {
    return await work(await openCrossEncoder(loaderOf(tiny), ops));
  } finally {
    ops.close();
  }
}

/** The number in a text, with the page's minus sign. */
const numberOf = (text: string | null) =>
  Number(/[−+]?[\d.]+(e[−-]?\d+)?/.exec(text ?? "")![0].replaceAll("−", "-"));

/** The page's heading of a unit that is chosen. */
const chosen = (page: Page) => page.getByRole("heading", { name: /^Unit / });

pageTest(
  "views show the pair's units, map, gaps and path, and choosing one is seen in all",
  async (test) => {
    const { address: base } = await test.serve();
    const page = await test.page();
    await openPage(page, base, address);
    const found = await attributed(page);
    const one = await withLibrary(async (encoder) => {
      const attribution = await attributePair(encoder, pair);
      const id = attribution.conductance.indexOf(Math.max(...attribution.conductance));
      const neuron = neuronOf(encoder.config, id);
      const trace = await tracePath(encoder, pair, [{ ...neuron, role: "" }], {
        t: attribution.points,
      });
      return { attribution, name: neuronName(neuron), trace, config: encoder.config };
    });
    const { attribution, name, trace, config } = one;

    // the strongest unit is chosen, in the table and beside it
    await page.getByRole("heading", { name: `Unit ${name}` }).waitFor();
    const first = page.getByRole("region", { name: "Table of units" }).locator("tbody tr").first();
    assertEquals(await first.locator(".name").textContent(), name);
    assertAlmostEquals(
      numberOf(await first.locator(".number").textContent()),
      Math.max(...attribution.conductance),
      5e-4,
    );
    // the map has every linear with its total
    const cells = page.getByRole("gridcell");
    assertEquals(await cells.count(), config.layers * components.length);
    const total = found.conductance.attention_output[2].reduce((sum, value) => sum + value, 0);
    const cell = page.getByRole("gridcell", { name: /^layer 2, attention output/ });
    assertAlmostEquals(numberOf((await cell.textContent())!), total, 0.01 * Math.abs(total));
    // the path is the trace's, to the bit
    await page.locator(".charts:not(.waiting)").waitFor();
    const saved = JSON.parse(await downloaded(page, `Unit ${name} as JSON`, `unit-${name}.json`));
    const column = (key: string) => saved.rows.map((row: Record<string, number>) => row[key]);
    assertEquals(column("t"), trace.t);
    assertEquals(column("F"), trace.F);
    assertEquals(column("activation"), trace.neurons[0].activation);
    assertEquals(column("gradient"), trace.neurons[0].gradient);
    assertEquals(column("conductance"), trace.neurons[0].conductance);
    const byToken = saved.tokens.reduce(
      (sum: number, { conductance }: { conductance: number }) => sum + conductance,
      0,
    );
    assertAlmostEquals(byToken, Math.max(...attribution.conductance), 1e-6);
    // gaps at every cut
    const gaps = JSON.parse(await downloaded(page, "Can it be trusted as JSON", "gaps.json"));
    assertEquals(
      gaps.rows.map(({ gap }: { gap: number }) => gap),
      attribution.completeness.cuts.map(({ gap }) => gap),
    );
    // by segment: layers' sums are the map's totals
    await page.getByRole("combobox", { name: "Component" }).selectOption("attention_output");
    await page.getByRole("region", { name: "Conductance by segment" }).locator("tbody tr").nth(3)
      .waitFor();
    const segments = await downloaded(
      page,
      "Which part of the input as TSV",
      "segments-attention_output.tsv",
    );
    const row = segments.split("\n")[3].split("\t").slice(1).map(Number);
    assertAlmostEquals(row.reduce((sum, value) => sum + value, 0), total, 1e-5);

    // a strip chooses a unit and a part: table and unit follow
    await cell.focus();
    await page.keyboard.press("Enter");
    await until(
      page,
      `document.querySelector("#unit h2").textContent.startsWith("Unit 2.attention_output.")`,
    );
    await cell.click({ position: { x: 4, y: 30 } }); // below the strip: the part alone
    await page.getByText("Layer 2, attention output.").waitFor();
    const names = await page.locator("#units .name").allTextContents();
    assert(names.every((one) => one.startsWith("2.attention_output.")), names.join());
    await page.getByRole("button", { name: "show all" }).click();
    await page.getByRole("searchbox", { name: "Find units" }).fill("3.key");
    await until(
      page,
      `[...document.querySelectorAll("#units .name")].every((e) => e.textContent.startsWith("3.key"))`,
    );
    const second = page.locator("#units .name").nth(1);
    const other = await second.textContent();
    await second.click();
    assertEquals(await chosen(page).textContent(), `Unit ${other}`);
    await until(page, `location.hash.includes("unit=${other}")`);
  },
);

pageTest("views save as TSV, JSON and SVG", async (test) => {
  const { address: base } = await test.serve();
  const page = await test.page();
  await openPage(page, base, address);
  await attributed(page);
  await page.locator(".charts:not(.waiting)").waitFor();
  await page.locator(".heat tbody tr").first().waitFor();
  await page.getByRole("button", { name: "Attribute to heads" }).click();
  await page.locator(".flows tbody tr").first().waitFor();
  for (const view of await page.locator(".view").all()) {
    const title = await view.locator("h2").textContent();
    const buttons = view.locator(".save button");
    if (await buttons.count() === 0) continue;
    for (const [i, ending] of ["tsv", "json", "svg"].entries()) {
      await page.waitForTimeout(150); // Chromium drops downloads beyond ten a second
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        buttons.nth(i).click(),
      ]);
      assertMatch(download.suggestedFilename(), new RegExp(`^[\\w.-]+\\.${ending}$`));
      const text = await Deno.readTextFile(await download.path());
      if (ending === "tsv") {
        const lines = text.trimEnd().split("\n").map((line) => line.split("\t").length);
        assert(lines.length > 1 && lines.every((n) => n === lines[0]), `${title}: ${lines}`);
      } else if (ending === "json") assert(JSON.parse(text).rows.length > 0, `${title}`);
      else {
        assertMatch(text, /^<svg [^]*<\/svg>$/);
        const read = await page.evaluate<string>(
          `new DOMParser().parseFromString(${JSON.stringify(text)}, "image/svg+xml")
             .documentElement.nodeName`,
        );
        assertEquals(read, "svg", `${title}`);
      }
    }
  }
});

pageTest("a mask changes the score as score() under the mask, and is undone", async (test) => {
  const { address: base } = await test.serve();
  const page = await test.page();
  await openPage(page, base, address);
  await attributed(page);
  await page.locator(".charts:not(.waiting)").waitFor();
  const names = (await page.locator("#units .name").allTextContents()).slice(0, 2);
  for (const name of names) await page.getByRole("checkbox", { name: `Zero ${name}` }).check();
  const saved = async () =>
    JSON.parse(await downloaded(page, "What if as JSON", "mask.json")).rows as {
      what: string;
      probability: number;
    }[];
  await until(page, `document.querySelector("#mask tbody tr") !== null`);
  await page.waitForTimeout(500); // the second of two
  const rows = await saved();
  const wanted = await withLibrary(async (encoder) => {
    const neurons = names.map((name) => parseNeuron(encoder.config, name));
    const half = [{ ...neurons[0], factor: -1 }, neurons[1]];
    const masks = neuronMasks(encoder.ops, encoder.config, [[], neurons, half]);
    return await scoreUnder(encoder, [pair, pair, pair], { masks: { masks, of: [0, 1, 2] } });
  });
  assertEquals(rows[0].probability, wanted[0].probability);
  assertEquals(rows[1].probability, wanted[1].probability);
  assert(wanted[0].probability !== wanted[1].probability);
  assertEquals(rows.filter(({ what }) => what.startsWith("random")).length, 10);
  // scaled
  await page.getByRole("slider", { name: `Scale ${names[0]}` }).fill("-1");
  await page.waitForTimeout(800);
  assertEquals((await saved())[1].probability, wanted[2].probability);
  // under the mask the zeroed unit has no conductance
  await page.getByRole("slider", { name: `Scale ${names[0]}` }).fill("0");
  await page.getByRole("button", { name: "Run again under the mask" }).click();
  await page.getByRole("button", { name: "difference" }).waitFor();
  await page.getByRole("button", { name: "this pair" }).click();
  const units = page.getByRole("searchbox", { name: "Find units" });
  await units.fill(names[0]);
  await until(page, `document.querySelectorAll("#units tbody tr").length < 20`);
  const row = page.locator("#units tbody tr").filter({ hasText: names[0] }).first();
  assertEquals(await row.locator(".number").first().textContent(), "0");
  // a set that holds a unit, and the unit given back
  await page.getByRole("button", { name: "Restore all" }).click();
  await page.getByRole("textbox", { name: "Set expression" }).fill("N[pair]");
  await page.getByRole("button", { name: "Zero the set" }).click();
  await page.getByText("(36 units)").waitFor();
  await units.fill("");
  const strongest = page.locator("#units tbody tr").first();
  const box = strongest.getByRole("checkbox");
  assert(await box.isChecked());
  await box.uncheck();
  assert(!await box.isChecked());
  await until(page, `document.querySelectorAll("#mask ul.mask li").length === 2`);
  await box.check(); // the set holds it again: one entry
  await until(page, `document.querySelectorAll("#mask ul.mask li").length === 1`);
  // undone, and in the address
  await until(page, `location.hash.includes("mask=")`);
  assertMatch(
    await page.evaluate<string>("decodeURIComponent(location.hash)"),
    /mask=set:N\[pair\]@1%\*0/,
  );
  await page.getByRole("button", { name: "Restore all" }).click();
  await until(page, `!location.hash.includes("mask=")`);
});

pageTest(
  "a mask from the address is the set of rerank --ablate, and survives a reload",
  (test) =>
    inFolder(async (folder) => {
      const names = ["3.intermediate.66", "2.attention_output.52", "0.key.5"];
      const set = {
        format: "neuron-set/1",
        layers: 4,
        units: Object.fromEntries(
          components.map((one) => [one, one === "intermediate" ? 256 : 128]),
        ),
        neurons: names,
      };
      await Deno.writeTextFile(`${folder}/set.json`, JSON.stringify(set));
      await Deno.mkdir(`${folder}/data/qrels`, { recursive: true });
      const text = { _id: "p", title: "", text: pair.passage };
      await Deno.writeTextFile(`${folder}/data/corpus.jsonl`, `${JSON.stringify(text)}\n`);
      const query = { _id: "q", text: pair.query };
      await Deno.writeTextFile(`${folder}/data/queries.jsonl`, `${JSON.stringify(query)}\n`);
      await Deno.writeTextFile(
        `${folder}/data/qrels/test.tsv`,
        "query-id\tcorpus-id\tscore\nq\tp\t1\n",
      );
      await Deno.writeTextFile(`${folder}/run`, "q Q0 p 1 1.0 x\n");
      const { stdout, stderr, code } = await cli([
        ...["rerank", "--model", decodeURIComponent(new URL(tiny, root).pathname)],
        ...["--dataset", `${folder}/data`, "--candidates", `${folder}/run`],
        ...["--ablate", `${folder}/set.json`, "--device", "simd", "--quiet"],
      ]);
      assertEquals(code, 0, stderr);
      const margin = Number(stdout.split(/\s+/)[4]);
      const { address: base } = await test.serve();
      const page = await test.page();
      await openPage(page, base, { ...address, mask: `${names}*0` });
      const shown = async () => {
        await until(page, `document.querySelector("#mask tbody tr") !== null`);
        const { rows } = JSON.parse(await downloaded(page, "What if as JSON", "mask.json"));
        return rows[1].margin;
      };
      assertEquals(await shown(), margin);
      await page.reload();
      await statusOf(page, /is open on/);
      assertEquals(await shown(), margin);
    }),
);

pageTest("Stop ends an attribution within a round, and the page goes on", async (test) => {
  const { address: base } = await test.serve();
  const page = await test.page();
  const long = { ...address, passage: `${pair.passage} `.repeat(9) };
  await openPage(page, base, { ...long, backend: "cpu" }); // float64: several seconds
  await page.getByRole("button", { name: "Attribute", exact: true }).click();
  await page.getByRole("progressbar").waitFor();
  await until(page, `/\\d+ points/.test(document.querySelector(".progress")?.textContent ?? "")`);
  const begin = performance.now();
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await statusOf(page, /^Stopped$/);
  assert(performance.now() - begin < 3000, "it took longer than a round");
  assertEquals(await page.getByRole("alert").count(), 0);
  await page.getByRole("textbox", { name: "Passage" }).fill("jar");
  await page.getByRole("textbox", { name: "Query" }).fill("jar");
  await attributed(page);
});

pageTest("two pairs stand side by side, and snapshots open again", async (test) => {
  const { address: base } = await test.serve();
  const page = await test.page();
  await openPage(page, base, address);
  const first = await attributed(page);
  await page.getByRole("textbox", { name: "Name of a snapshot" }).fill("veal");
  await page.getByRole("button", { name: "Keep" }).click();
  await page.getByRole("textbox", { name: "Passage" }).fill("Beef with honey in a jar.");
  const second = await attributed(page);
  const compare = page.getByRole("combobox", { name: "Compare with" });
  await compare.selectOption({ label: "what was shown before" });
  await page.getByRole("heading", { name: "The other" }).waitFor();
  const table = JSON.parse(await downloaded(page, "Side by side as JSON", "comparison.json"));
  for (const { unit, this: here, other, difference } of table.rows.slice(0, 20)) {
    const [layer, component, index] = unit.split(".");
    assertEquals(here, second.conductance[component][layer][index]);
    assertEquals(other, first.conductance[component][layer][index]);
    assertEquals(difference, here - other);
  }
  // after a reload the snapshot has no numbers: they are computed again
  await page.reload();
  await statusOf(page, /evaluations/);
  await compare.selectOption({ label: "“veal”" });
  await page.getByRole("heading", { name: "The other" }).waitFor();
  const again = JSON.parse(await downloaded(page, "Side by side as JSON", "comparison.json"));
  assertEquals(again.rows, table.rows);
  await page.getByRole("link", { name: "veal" }).click();
  await until(page, `document.querySelector("textarea").value === ${JSON.stringify(pair.passage)}`);
});

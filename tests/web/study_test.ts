/** A study in the page: schemes, sets and rankings are those that `study` wrote; texts cannot run. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { openScheme, topNeuronIds } from "../../internal.ts";
import { neuronName, neuronOf } from "../../src/model/neurons.ts";
import { root } from "../backends.ts";
import { cli, inFolder } from "../cli/run.ts";
import { attributed, downloaded, openPage, pageTest, until } from "./browser.ts";

const path = (name: string) => decodeURIComponent(new URL(name, root).pathname);
const hostile = `<img src=x onerror="document.title='run'">\u0007`;

/** A small study of two collections, with a title that would run if it could. */
async function smallStudy(folder: string): Promise<string> {
  const of = (name: string) => ({
    name: `${name} ${hostile}`,
    folder: path(`fixtures/collections/${name}`),
    relevantFrom: 2,
  });
  const study = {
    title: `Small ${hostile}`,
    model: path("fixtures/tiny-cross-encoder"),
    collections: {
      c: { ...of("cooking"), inDomain: true, maxPairs: 4 },
      a: { ...of("astronomy"), maxPairs: 4 },
    },
    validation: { v: { ...of("cooking"), queries: 4, mostRelevant: 1, group: "in domain" } },
    locations: [],
    ablation: { levels: ["1%"], repetitions: 1, perRelevant: 8, rows: ["N[c]"] },
    ...Object.fromEntries(
      ["overlaps", "baselines", "traces", "segments", "certainty", "convergence"]
        .map((key) => [key, false]),
    ),
  };
  await Deno.writeTextFile(`${folder}/study.json`, JSON.stringify(study));
  const output = `${folder}/out`;
  const { code, stderr } = await cli([
    ...["study", `${folder}/study.json`, "--output", output, "--device", "simd", "--quiet"],
  ]);
  assertEquals(code, 0, stderr);
  return output;
}

pageTest(
  "a study opens: places, sets and rankings are its own, and its texts stay texts",
  (test) =>
    inFolder(async (folder) => {
      const output = await smallStudy(folder);
      const { address } = await test.serve("--study", output);
      const page = await test.page();
      const hosts = new Set<string>();
      page.on("request", (request) => {
        const { protocol, host } = new URL(request.url());
        if (protocol !== "blob:" && protocol !== "data:") hosts.add(host);
      });
      await openPage(page, address);
      await attributed(page);
      assertMatch((await page.locator(".top").textContent())!, /Small <img src=x/);

      // the strongest neuron of N[c] is the first of its scheme
      const scheme = await openScheme(
        (name) => Deno.readFile(`${output}/schemes/${name}`),
        "N_c.safetensors",
      );
      const [id] = topNeuronIds(scheme.mean, 1);
      const name = neuronName(neuronOf(scheme.space, id));
      await page.getByRole("searchbox", { name: "Find units" }).fill(name);
      await page.getByRole("button", { name, exact: true }).click();
      const places = page.getByRole("region", { name: "Places in schemes" }).locator("tbody tr");
      await places.nth(3).waitFor();
      const row = places.filter({ hasText: "N[c]" });
      assertEquals(await row.locator("td").nth(1).textContent(), "1");

      // a set by its expression, zeroed: nDCG@10 of every query is the study's
      await page.getByRole("textbox", { name: "Set expression" }).fill("N[c]");
      await page.getByRole("button", { name: "Zero the set" }).click();
      await page.getByText("(36 units)").waitFor();
      await page.getByRole("combobox", { name: "Collection" }).selectOption("v");
      const topics = page.getByRole("combobox", { name: "Topic" });
      await topics.waitFor();
      const table = JSON.parse(await Deno.readTextFile(`${output}/data/ablation-v.json`));
      for (const [i, query] of table.queries.entries()) {
        await topics.selectOption(query);
        await until(
          page,
          `document.querySelector("#study .big") !== null && !document.querySelector("#study p.note + p.note")`,
        );
        await page.waitForTimeout(300);
        const saved = JSON.parse(
          await downloaded(page, "Does it matter for ranking as JSON", `ranking-${query}.json`),
        );
        assertEquals(saved.nDCG10.before, table.original[i]);
        assertEquals(saved.nDCG10.after, table.rows[0].ndcg[0][i]);
        const ranks = saved.rows.map(({ after }: { after: number }) => after);
        assertEquals(ranks, ranks.map((_: number, k: number) => k + 1));
      }
      // an expression that cannot be read is said, with its column
      await page.getByRole("textbox", { name: "Set expression" }).fill("all(N, X)");
      await page.getByRole("button", { name: "Zero the set" }).click();
      assertMatch(
        (await page.getByRole("alert").textContent())!,
        /Cannot read expression "all\(N, X\)", column \d+: expected a set/,
      );
      await page.getByRole("button", { name: "Dismiss" }).click();

      // what excites it most
      await page.getByRole("combobox", { name: "Texts to look through" })
        .selectOption({ index: 1 });
      await page.getByRole("button", { name: "Look through them" }).click();
      await page.locator(".excited").first().waitFor();
      assert(await page.locator(".excited").count() === 4); // the scheme's pairs

      // the report, in which no script may run
      const report = await page.context().newPage();
      await report.goto(`${address}study/report.html`);
      assertMatch((await report.locator("h1").textContent())!, /Small/);
      // its neurons lead to the page
      await report.locator("summary", { hasText: "strongest neurons" }).click();
      const link = report.getByRole("link", { name: /^\d+\.[a-z_]+\.\d+$/ }).first();
      const linked = await link.textContent();
      await link.click();
      await report.getByRole("heading", { name: `Unit ${linked}` }).waitFor();
      for (const one of [page, report]) assert(await one.title() !== "run");
      assertEquals([...hosts], [new URL(address).host]); // no other host was asked
    }),
);

pageTest(
  "a broken scheme, and collections that are not there, are said in a sentence",
  (test) =>
    inFolder(async (folder) => {
      const output = await smallStudy(folder);
      await Deno.truncate(`${output}/schemes/P_a.safetensors`, 3000);
      const results = await Deno.readTextFile(`${output}/results.json`);
      const moved = results.replaceAll(path("fixtures/collections/"), "no/such/");
      await Deno.writeTextFile(`${output}/results.json`, moved);
      const { address } = await test.serve("--study", output);
      const page = await test.page();
      await openPage(page, address);
      await attributed(page);
      const alert = page.getByRole("alert");
      await alert.waitFor();
      assertMatch((await alert.textContent())!, /P_a/);
      await page.getByRole("button", { name: "Dismiss" }).click();
      await page.getByRole("combobox", { name: "Collection" }).selectOption("v");
      await alert.waitFor();
      assertMatch(
        (await alert.textContent())!,
        /Cannot open no\/such\/cooking of the study: expected it at .*explore --collections says/,
      );
      await attributed(page); // the page goes on
    }),
);

pageTest(
  "explore refuses a model that the study was not made with",
  (test) =>
    inFolder(async (folder) => {
      const output = await smallStudy(folder);
      const { code, stderr } = await cli([
        ...["explore", "--port", "0", "--study", output],
        ...["--model", path("tests/golden/models/l2-w30-h3-f37-labels2")],
      ]);
      assertEquals(code, 2);
      assertMatch(stderr, /^error: Cannot explore the study with l2-w30.*: expected --model of/);
      void test;
    }),
);

/** Whatever goes wrong is said in a sentence, and the page goes on. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Page } from "npm:playwright-core@1.65.1";
import { root } from "../backends.ts";
import { inFolder } from "../cli/run.ts";
import { attributed, openPage, pageTest, statusOf, until } from "./browser.ts";

const pair = {
  query: "how to veal with the honey",
  passage: "Steak jar Our lard in a Durban with the cake.",
  label: "non-relevant",
};
const tiny = decodeURIComponent(new URL("fixtures/tiny-cross-encoder", root).pathname);

/** What the page says went wrong, dismissed. */
async function complaint(page: Page): Promise<string> {
  const alert = page.getByRole("alert");
  await alert.waitFor();
  const text = (await alert.textContent())!.replace(/\s*×$/, "");
  await page.getByRole("button", { name: "Dismiss" }).click();
  return text;
}

/** Chooses what computes. */
async function computeOn(page: Page, backend: string) {
  const menu = page.getByText("Model", { exact: true });
  const choice = page.getByRole("combobox", { name: "Compute on" });
  if (!await choice.isVisible()) await menu.click();
  await choice.selectOption(backend);
}

pageTest("without WebGPU the page says so where a GPU is asked for, and goes on", async (test) => {
  const { address } = await test.serve();
  const page = await test.page({ flags: ["--disable-features=WebGPU"] });
  await page.addInitScript("delete Navigator.prototype.gpu");
  await openPage(page, address, pair); // a GPU, else WebAssembly
  // the worker has a navigator of its own
  const hasGpu = await page.workers()[0].evaluate<boolean>("'gpu' in navigator");
  if (hasGpu) {
    await page.workers()[0].evaluate(
      "navigator.gpu.requestAdapter = () => Promise.resolve(null)",
    );
  }
  await computeOn(page, "gpu");
  assertEquals(
    await complaint(page),
    "Cannot open a GPU: expected a WebGPU adapter, found none",
  );
  await statusOf(page, /No model is open/);
  await computeOn(page, "simd");
  await statusOf(page, /is open on WebAssembly/);
  await attributed(page);
});

pageTest("a GPU that is lost gives way to WebAssembly, which is said", async (test) => {
  const { address } = await test.serve();
  const page = await test.page({ expected: /device|lost|GPU/i });
  // the worker's devices can be got hold of
  await page.addInitScript(`{
    const NativeWorker = Worker;
    globalThis.Worker = class extends NativeWorker {
      constructor(address, options) {
        super(address, options);
        globalThis.pageWorker = this;
      }
    };
  }`);
  await openPage(page, address, pair);
  const [worker] = page.workers();
  await worker.evaluate(`{
    const request = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (...args) {
      return globalThis.device = await request.apply(this, args);
    };
  }`);
  await computeOn(page, "gpu");
  await statusOf(page, /is open on (?!WebAssembly)/);
  await worker.evaluate("device.destroy()");
  await page.getByRole("button", { name: "Attribute", exact: true }).click();
  assertMatch(await complaint(page), /the model is opened again on simd$/);
  await statusOf(page, /is open on WebAssembly/);
  await attributed(page);
});

pageTest("a pair that memory is too short for is refused in a sentence", async (test) => {
  const { address } = await test.serve();
  const page = await test.page();
  await openPage(page, address, { ...pair, memory: "1" });
  await page.getByRole("button", { name: "Attribute", exact: true }).click();
  assertMatch(
    await complaint(page),
    /^Cannot attribute a pair of \d+ tokens: expected at least \d+ MiB for its activations, got 1/,
  );
  await page.getByRole("textbox", { name: "Passage" }).fill("jar");
  await page.getByRole("textbox", { name: "Query" }).fill("jar");
  await until(page, `/p\\(relevant\\)/.test(document.body.textContent)`); // it still scores
});

pageTest(
  "passages of 100 kB, of markup, and of no known script are attributed as texts",
  async (test) => {
    const { address } = await test.serve();
    const page = await test.page();
    await openPage(page, address, pair);
    const passage = page.getByRole("textbox", { name: "Passage" });
    const query = page.getByRole("textbox", { name: "Query" });
    const markup =
      `</textarea><img src=x onerror="document.title='run'"><script>document.title='run'`;
    for (
      const text of [
        "The mussels are in the jar. ".repeat(3600),
        markup,
        "\u0001\u0007\u001b[31m\u202eabc\u0000",
        "القمر فوق البحر 月は海の上 🦑👩‍🚀",
        "",
      ]
    ) {
      await passage.fill(text);
      await query.fill(text.slice(0, 60));
      const found = await attributed(page);
      assertEquals(found.passage, await passage.inputValue());
      assert(await page.title() !== "run");
      await until(page, `location.hash.includes("label=")`);
      await page.reload();
      await statusOf(page, /evaluations/);
      assertEquals(await passage.inputValue(), found.passage);
    }
  },
);

pageTest(
  "a folder is opened as a model; one that is none is refused in a sentence",
  (test) =>
    inFolder(async (folder) => {
      const { address } = await test.serve();
      const page = await test.page();
      await openPage(page, address, pair);
      const bundled = await attributed(page);
      await page.getByText("Model", { exact: true }).click();
      const input = page.locator("input[type=file]");
      await Deno.mkdir(`${folder}/none`);
      await Deno.writeTextFile(`${folder}/none/readme.txt`, "no model");
      await input.setInputFiles(`${folder}/none`);
      assertEquals(
        await complaint(page),
        "Cannot open the model: expected config.json, found none",
      );
      await input.setInputFiles(tiny);
      await statusOf(page, /tiny-cross-encoder is open/);
      assertEquals(await attributed(page), bundled);
      // dropped on the page
      await page.getByText("Model", { exact: true }).click();
      const config = await Deno.readTextFile(`${tiny}/config.json`);
      await page.evaluate(`{
      const data = new DataTransfer();
      data.items.add(new File([${JSON.stringify(config)}], "config.json"));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
    }`);
      assertMatch(await complaint(page), /^Cannot /);
    }),
);

pageTest("two tabs compute at once, and give the same", async (test) => {
  const { address } = await test.serve();
  const page = await test.page();
  const other = await page.context().newPage();
  for (const one of [page, other]) await openPage(one, address, pair);
  const [a, b] = await Promise.all([attributed(page), attributed(other)]);
  assertEquals(a, b);
});

pageTest("the page goes on when its server has stopped", async (test) => {
  const { address, process } = await test.serve();
  const page = await test.page({ expected: /ERR_CONNECTION_REFUSED|Failed to fetch/ });
  await openPage(page, address, pair);
  await attributed(page); // what is saved is loaded now
  process.kill("SIGTERM");
  await process.status;
  await page.getByRole("textbox", { name: "Passage" }).fill("The lard is in the cake.");
  await attributed(page);
  await computeOn(page, "cpu"); // needs the files again
  assertMatch(await complaint(page), /^Cannot fetch http:.*: Failed to fetch$/);
});

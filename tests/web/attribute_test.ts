/** The page's numbers are the command line's: to the bit on WebAssembly. */

import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import type { Page } from "npm:playwright-core@1.65.1";
import { openSafetensors } from "../../internal.ts";
import { isThere, root } from "../backends.ts";
import { cli, inFolder } from "../cli/run.ts";
import { attributed, exported, openPage, pageTest, statusOf } from "./browser.ts";

const tiny = decodeURIComponent(new URL("fixtures/tiny-cross-encoder", root).pathname);
const minilm = new URL("../shared/models/minilm-cross-encoder/", root);
const hasMinilm = isThere(minilm);

const pair = {
  query: "telescope near a trajectory supernova",
  passage: "Eclipse lagos Than Pyramid during the twilight above the meteor.",
  label: "non-relevant",
};

/** What `attribute --per-pair` writes of the pair. */
async function perPair(model: string, device: string, folder: string) {
  const pairs = `${folder}/pairs.tsv`;
  const { query, passage, label } = pair;
  await Deno.writeTextFile(pairs, `${query}\t${passage}\t${label === "relevant" ? 1 : 0}\n`);
  const { code, stderr } = await cli([
    ...["attribute", "--model", model, "--pairs", pairs, "--output", `${folder}/S`],
    ...["--per-pair", folder, "--device", device, "--agreement", "off", "--quiet"],
  ]);
  assertEquals(code, 0, stderr);
  return await openSafetensors((name) => Deno.readFile(`${folder}/${name}`), "0.safetensors");
}

/** The largest difference of the page's conductances from a file's, as a part of the largest. */
async function apart(
  page: Readonly<Record<string, number[][]>>,
  file: Awaited<ReturnType<typeof perPair>>,
): Promise<number> {
  let [largest, difference] = [0, 0];
  for (const [component, rows] of Object.entries(page)) {
    const expected = await file.read(component);
    const found = rows.flat();
    assertEquals(found.length, expected.length);
    expected.forEach((value, i) => {
      largest = Math.max(largest, Math.abs(Number(value)));
      difference = Math.max(difference, Math.abs(Number(value) - found[i]));
    });
  }
  return difference / largest;
}

/**
 * Begins to watch the page's main thread; then gives its longest task in milliseconds of processor
 * time, which other programs do not lengthen.
 */
async function longestTask(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().browser()!.newBrowserCDPSession();
  const events: TraceEvent[] = [];
  session.on(
    "Tracing.dataCollected",
    ({ value }) => events.push(...value as unknown as TraceEvent[]),
  );
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  const traceConfig = { includedCategories: ["toplevel"] };
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig });
  return async () => {
    await session.send("Tracing.end");
    await complete;
    const main = new Set(
      events.filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain")
        .map(({ pid, tid }) => `${pid} ${tid}`),
    );
    const times = events.flatMap(({ name, pid, tid, tdur }) =>
      name.endsWith("RunTask") && main.has(`${pid} ${tid}`) && tdur !== undefined
        ? [tdur / 1000]
        : []
    );
    assert(times.length > 50); // those that the recording cut have none
    return Math.max(...times);
  };
}

/** An event of Chromium's tracing; `tdur`: microseconds of processor time. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

pageTest(
  "explore shows the numbers of attribute --per-pair, on WebAssembly to the bit",
  async (test) => {
    const { address } = await test.serve();
    const page = await test.page();
    await openPage(page, address, pair);
    assert(await page.evaluate("crossOriginIsolated"));
    assertEquals(await page.getByRole("textbox", { name: "Query" }).inputValue(), pair.query);
    assertEquals(await page.getByRole("combobox", { name: "Label" }).inputValue(), "non-relevant");
    const found = await attributed(page);
    await inFolder(async (folder) => {
      const file = await perPair(tiny, "simd", folder);
      const { metadata } = file;
      assertEquals(
        [found.query, found.passage, found.label, found.model],
        [pair.query, pair.passage, pair.label, "tiny-cross-encoder"],
      );
      assertEquals(found.evaluations, Number(metadata.evaluations));
      assertEquals(found.F.baseline, Number(metadata.F_baseline));
      assertEquals(found.F.input, Number(metadata.F_input));
      assertEquals(found.gap, Number(metadata.gap));
      assertEquals(await apart(found.conductance, file), 0);
    });
    // the same after a reload: the address says what was looked at
    const hash = await page.evaluate<string>("location.hash");
    assertMatch(hash, /unit=\d/);
    await page.reload();
    await statusOf(page, new RegExp(`${found.evaluations} evaluations`));
    assertEquals(await exported(page), found);
  },
);

for (
  const { backend, tolerance } of [
    // float32 on another adapter; float64, written as float32
    { backend: "gpu", tolerance: 1e-4 },
    { backend: "cpu", tolerance: 1e-6 },
  ]
) {
  pageTest(
    `explore agrees with attribute --device ${backend} on the same backend`,
    async (test) => {
      const { address } = await test.serve();
      const page = await test.page();
      await openPage(page, address, { ...pair, backend });
      const found = await attributed(page);
      await inFolder(async (folder) => {
        const file = await perPair(tiny, backend, folder);
        assertLess(await apart(found.conductance, file), tolerance);
      });
    },
  );
}

pageTest(
  hasMinilm
    ? "explore shows a MiniLM pair's numbers to the bit, and the page stays live"
    : "explore shows a MiniLM pair's numbers to the bit (needs ../shared/models)",
  async (test) => {
    const model = decodeURIComponent(minilm.pathname);
    const { address } = await test.serve("--model", model);
    const page = await test.page();
    await openPage(page, address, pair);
    const longest = await longestTask(page);
    const found = await attributed(page);
    await page.locator(".heat tbody tr").first().waitFor(); // all views are there
    assertLess(await longest(), 100);
    await inFolder(async (folder) => {
      assertEquals(await apart(found.conductance, await perPair(model, "simd", folder)), 0);
    });
  },
  { ignore: !hasMinilm },
);

/**
 * Times of a pair in the page on every backend, in headless Chromium (on a machine without a GPU its
 * SwiftShader plays one):
 *
 *     deno run -A bench/page.ts [MODEL] [QUERY] [PASSAGE]
 */

import { openPage, statusOf } from "../tests/web/browser.ts";
import { chromium } from "npm:playwright-core@1.65.1";
import { chromiumPath } from "../tests/web/browser.ts";
import { spawn } from "../tests/cli/run.ts";

const [
  model = "fixtures/tiny-cross-encoder",
  query = "how do heart valves work",
  passage =
    "The heart has four valves that open and close with each beat, so that blood flows in one direction only: from the atria to the ventricles, and from there to the lungs and the body.",
] = Deno.args;

if (!chromiumPath) throw new Error("Cannot time the page: expected Chromium, found none");
const process = spawn(["explore", "--port", "0", "--model", model]);
const lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
const address = (await lines.read()).value!.trim();
const browser = await chromium.launch({
  executablePath: chromiumPath,
  args: ["--no-sandbox", "--enable-unsafe-webgpu"],
});
console.log(`| backend | opens | attributes | unit, path, segments | a mask, 10 random ones |`);
console.log(`| ------- | ----- | ---------- | -------------------- | ---------------------- |`);
for (const backend of ["simd", "gpu", "cpu"]) {
  const page = await browser.newPage();
  page.setDefaultTimeout(300_000);
  await openPage(page, address, { query, passage, label: "relevant", backend });
  const opened = await statusOf(page, /is open on/);
  await page.getByRole("button", { name: "Attribute", exact: true }).click();
  const done = await statusOf(page, /evaluations/);
  const start = performance.now();
  await page.locator(".heat tbody tr").first().waitFor();
  const looked = performance.now();
  await page.locator("#units input[type=checkbox]").first().check();
  await page.locator("#mask tbody tr").first().waitFor();
  const masked = performance.now();
  const seconds = (from: number, to: number) => `${((to - from) / 1000).toFixed(2)} s`;
  const told = (text: string) => /[\d.]+ m?s(?= on|$)/.exec(text)?.[0];
  console.log(
    `| ${backend} | ${told(opened)} | ${told(done)} | ${seconds(start, looked)} | ${
      seconds(looked, masked)
    } |`,
  );
  await page.close();
}
await browser.close();
process.kill("SIGTERM");
await process.status;

/**
 * Pictures of the page in docs/, at desktop and phone width, light and dark:
 *
 *     deno run -A bench/page_pictures.ts MODEL
 */

import { chromium } from "npm:playwright-core@1.65.1";
import { spawn } from "../tests/cli/run.ts";
import { chromiumPath, openPage, statusOf } from "../tests/web/browser.ts";

const [model] = Deno.args;
if (!model || !chromiumPath) throw new Error("Cannot draw the page: expected MODEL, and Chromium");
const pair = {
  query: "how do heart valves work",
  passage:
    "The heart has four valves that open and close with each beat, so that blood flows in one direction only: from the atria to the ventricles, and from there to the lungs and the body.",
  label: "relevant",
  unit: "1.intermediate.505",
  mask: "set:P[pair]@1%*0",
};
const process = spawn(["explore", "--port", "0", "--model", model]);
const address = (await process.stdout.pipeThrough(new TextDecoderStream()).getReader().read())
  .value!.trim();
const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });
for (
  const { name, width, height, dark } of [
    { name: "desktop", width: 1360, height: 940, dark: false },
    { name: "desktop-dark", width: 1360, height: 940, dark: true },
    { name: "phone", width: 390, height: 1700, dark: false },
    { name: "phone-dark", width: 390, height: 1700, dark: true },
  ]
) {
  const page = await browser.newPage({
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
  });
  await openPage(page, address, pair);
  await statusOf(page, /evaluations/);
  await page.locator(".heat tbody tr").first().waitFor({ timeout: 60_000 });
  await page.locator("#mask tbody tr").first().waitFor({ timeout: 60_000 });
  await page.screenshot({ path: `docs/explorer-${name}.png` });
  if (name.startsWith("desktop")) {
    await page.getByRole("button", { name: "Attribute to heads" }).click();
    await page.locator("#heads tbody tr").first().waitFor({ timeout: 60_000 });
    await page.locator("#heads").screenshot({
      path: `docs/explorer-${name.replace("desktop", "heads")}.png`,
    });
  }
  await page.close();
}
await browser.close();
process.kill("SIGTERM");

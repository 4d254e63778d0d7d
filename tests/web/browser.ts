/** A real Chromium for tests of the page, and the command that serves it. */

import { assert } from "@std/assert";
import { type Browser, chromium, type Page } from "npm:playwright-core@1.65.1";
import { spawn } from "../cli/run.ts";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where Chromium is; `REQUIRE_CHROMIUM=1` makes its absence an error, not a skip. */
export const chromiumPath: string | undefined = places.find((place) => {
  try {
    return Deno.statSync(place).isFile;
  } catch {
    return false;
  }
});
if (!chromiumPath) {
  const absent = "No Chromium: tests of the page are ignored (apt install chromium)";
  if (Deno.env.get("REQUIRE_CHROMIUM") === "1") throw new Error(absent);
  console.warn(absent);
}

/** What tests of the page share: without Chromium they are ignored, which their names say. */
export function pageTest(
  name: string,
  fn: (test: PageTest) => Promise<void>,
  { ignore = false }: { readonly ignore?: boolean } = {},
): void {
  Deno.test({
    name: chromiumPath ? name : `${name} (needs Chromium)`,
    ignore: ignore || !chromiumPath,
    // the driver keeps timers and pipes of its own
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const open: (() => Promise<void>)[] = [];
      try {
        await fn(pageTesting(open));
      } finally {
        for (const close of open.reverse()) await close();
      }
    },
  });
}

/** What a test of the page can open; everything is closed after it. */
export interface PageTest {
  /** Starts `explore` with arguments on a free port: its address, and the process. */
  serve(...args: readonly string[]): Promise<{ address: string; process: Deno.ChildProcess }>;
  /** A page of a fresh browser; what it says to the console as an error fails the test at the end. */
  page(options?: PageOptions): Promise<Page>;
}

/** How a page is opened. */
export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  /** Flags of Chromium beside the usual ones. */
  readonly flags?: readonly string[];
  /** Errors of the console that are expected. */
  readonly expected?: RegExp;
}

function pageTesting(open: (() => Promise<void>)[]): PageTest {
  return {
    async serve(...args) {
      const process = spawn(["explore", "--port", "0", ...args]);
      const lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
      const stderr = new Response(process.stderr).text();
      let ended = false;
      process.status.then(() => ended = true);
      open.push(async () => {
        if (!ended) process.kill("SIGTERM");
        await process.status;
        await lines.cancel();
        await stderr;
      });
      const { value = "" } = await lines.read();
      const [address] = value.split("\n");
      assert(/^http:\/\/127\.0\.0\.1:\d+\/$/.test(address), `${address} ${ended && await stderr}`);
      return { address, process };
    },
    async page({ width = 1280, height = 900, dark = false, flags = [], expected } = {}) {
      const browser: Browser = await chromium.launch({
        executablePath: chromiumPath,
        args: ["--no-sandbox", "--enable-unsafe-webgpu", ...flags],
      });
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: dark ? "dark" : "light",
        acceptDownloads: true,
      });
      const page = await context.newPage();
      const errors: string[] = [];
      page.on("pageerror", ({ message }) => errors.push(message));
      page.on("console", (message) => {
        if (message.type() === "error") errors.push(message.text());
      });
      open.push(async () => {
        await browser.close();
        const unexpected = errors.filter((text) => !expected?.test(text));
        assert(unexpected.length === 0, `the page complained: ${unexpected.join("; ")}`);
      });
      page.setDefaultTimeout(60_000);
      return page;
    },
  };
}

/** Waits until a status begins or ends as wanted. */
export async function statusOf(page: Page, wanted: RegExp): Promise<string> {
  const status = page.getByRole("status");
  for (const end = Date.now() + 90_000; Date.now() < end;) {
    const text = await status.textContent() ?? "";
    if (wanted.test(text)) return text;
    await page.waitForTimeout(30);
  }
  const alerts = await page.getByRole("alert").allTextContents();
  throw new Error(
    `expected a status like ${wanted}, got ${await status.textContent()}; ${alerts.join("; ")}`,
  );
}

/** Waits until an expression is true of the page; its policy forbids the driver's own way of waiting. */
export async function until(page: Page, expression: string): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end;) {
    if (await page.evaluate(expression)) return;
    await page.waitForTimeout(30);
  }
  throw new Error(`expected ${expression}`);
}

/** Opens the page with a pair in its address, and waits for the model. */
export async function openPage(
  page: Page,
  address: string,
  pair: Readonly<Record<string, string>> = {},
): Promise<void> {
  await page.goto(`${address}#${new URLSearchParams(pair)}`);
  await statusOf(page, /is open on|evaluations/);
}

/** Attributes and gives the downloaded attribution.json. */
export async function attributed(page: Page): Promise<PageAttribution> {
  await page.getByRole("button", { name: "Attribute", exact: true }).click();
  await statusOf(page, /\d+ evaluations/);
  return await exported(page);
}

/** The file that the page exports. */
export interface PageAttribution {
  readonly query: string;
  readonly passage: string;
  readonly label: string;
  readonly model: string;
  readonly F: { readonly baseline: number; readonly input: number };
  readonly evaluations: number;
  readonly gap: number;
  readonly conductance: Readonly<Record<string, number[][]>>;
}

/** attribution.json of what is shown. */
export async function exported(page: Page): Promise<PageAttribution> {
  return JSON.parse(await downloaded(page, "Export JSON", "attribution.json"));
}

/** What a button saves. */
export async function downloaded(page: Page, button: string, file: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button, exact: true }).click(),
  ]);
  assert(download.suggestedFilename() === file, download.suggestedFilename());
  return await Deno.readTextFile(await download.path());
}

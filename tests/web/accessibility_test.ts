/** The page for everybody: names for screen readers, the keyboard, contrast, narrow screens. */

import { assert, assertEquals } from "@std/assert";
import axe from "npm:axe-core@4.14.1";
import type { Page } from "npm:playwright-core@1.65.1";
import { attributed, openPage, pageTest, statusOf, until } from "./browser.ts";

const pair = {
  query: "how to veal with the honey",
  passage: "Steak jar Our lard in a Durban with the cake.",
  label: "non-relevant",
};

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Serious and critical findings of axe-core, as text. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<{ violations: readonly Violation[] }>(
    `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] })`,
  );
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)} ${nodes[0].failureSummary}`);
}

/** A page that shows all that it can. */
async function fullPage(page: Page, address: string): Promise<void> {
  await openPage(page, address, { ...pair, mask: "3.intermediate.66*0" });
  await attributed(page);
  await page.getByRole("textbox", { name: "Passage" }).fill("The honey is with the veal.");
  await attributed(page);
  await page.getByRole("combobox", { name: "Compare with" })
    .selectOption({ label: "what was shown before" });
  await page.getByRole("button", { name: /^Pin 3/ }).first().click();
  await page.getByText("Model", { exact: true }).click();
  await page.locator(".charts:not(.waiting)").waitFor();
  await page.locator(".heat tbody tr").first().waitFor();
  await page.getByRole("button", { name: "Attribute to heads" }).click();
  await page.locator(".flows tbody tr").first().waitFor();
  await page.getByRole("gridcell", { name: /^Layer 2, head 1: / }).click();
  await page.getByRole("button", { name: /^Cut query to passage: / }).click();
}

for (const { width, dark } of [{ width: 1440, dark: false }, { width: 360, dark: true }]) {
  pageTest(
    `axe-core finds nothing serious at ${width} px, ${dark ? "dark" : "light"}`,
    async (test) => {
      const { address } = await test.serve();
      const page = await test.page({ width, dark });
      await page.goto(address);
      await statusOf(page, /is open/);
      assertEquals(await findings(page), []);
      await fullPage(page, address);
      assertEquals(await findings(page), []);
    },
  );
}

pageTest("the page fits 360 px, and 2560 px", async (test) => {
  const { address } = await test.serve();
  for (const width of [360, 820, 2560]) {
    const page = await test.page({ width });
    await fullPage(page, address);
    const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
    assert(wide <= width, `${wide} px on a screen of ${width}`);
  }
});

pageTest("everything is done with the keyboard alone", async (test) => {
  const { address } = await test.serve();
  const page = await test.page();
  await openPage(page, address, pair);
  const focused = () =>
    page.evaluate<string>(
      "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent",
    );
  /** Presses Tab until what has the focus is called as wanted. */
  const tabTo = async (wanted: RegExp) => {
    for (let i = 0; i < 200; i++) {
      await page.keyboard.press("Tab");
      if (wanted.test(await focused())) return;
    }
    throw new Error(`no Tab leads to ${wanted}`);
  };
  await tabTo(/^Attribute$/);
  await page.keyboard.press("Enter");
  await statusOf(page, /evaluations/);
  // the map: one stop, arrows within
  await tabTo(/^layer 0, query/);
  for (const key of ["ArrowDown", "ArrowDown", "ArrowRight"]) await page.keyboard.press(key);
  await until(page, `document.activeElement.getAttribute("aria-label").startsWith("layer 2, key")`);
  await page.keyboard.press("Enter");
  await until(page, `document.querySelector("#unit h2").textContent.startsWith("Unit 2.key.")`);
  // the table: zero, pin, and arrows between names
  await tabTo(/^2\.key\.\d+$/);
  const first = await focused();
  await page.keyboard.press("ArrowDown");
  assert(first !== await focused());
  await tabTo(/^Zero 2\.key\.\d+$/);
  await page.keyboard.press("Space");
  await until(page, `location.hash.includes("mask=")`);
  await page.locator("#mask tbody tr").first().waitFor();
  // a threshold
  await tabTo(/^Threshold$/);
  const before = await page.evaluate("location.hash");
  await page.keyboard.press("ArrowLeft");
  await until(page, `location.hash !== ${JSON.stringify(before)}`);
});

pageTest("nothing moves where motion is unwanted", async (test) => {
  const { address } = await test.serve();
  const page = await test.page();
  await page.emulateMedia({ reducedMotion: "reduce" });
  await fullPage(page, address);
  const moving = await page.evaluate<number>(
    `[...document.querySelectorAll("*")].filter((element) => {
      const { transitionDuration, animationName } = getComputedStyle(element);
      return transitionDuration !== "0s" || animationName !== "none";
    }).length`,
  );
  assertEquals(moving, 0);
});

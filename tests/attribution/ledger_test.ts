import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { formatLedger, parseLedger, summarize } from "../../src/attribution/schemes/ledger.ts";

const line = (index: number, evaluations: number, relative: number, worst: number) => ({
  ...{ index, evaluations, relative, worst },
  digest: String(index).repeat(64),
});
const ledger = [line(2, 30, .5, 1e-3), line(0, 10, .25, 8e-3), line(1, 20, .5, 2e-3)];

Deno.test("summarize() gives means, the worst gaps, and the first pair of the worst", () => {
  const { evaluations, gaps } = summarize(ledger);
  assertEquals(evaluations, 20);
  assertAlmostEquals(gaps.mean, 1.25 / 3, 1e-15);
  assertEquals([gaps.worst, gaps.worstAbsolute, gaps.worstPair], [.5, 8e-3, 1]);
});

Deno.test("parseLedger() reads what formatLedger() wrote, and names the line that is none", () => {
  const text = formatLedger(ledger);
  assertEquals(parseLedger(text, "Cannot read"), [ledger[1], ledger[2], ledger[0]]);
  const lines = text.split("\n");
  const digest = "a".repeat(64);
  for (
    const wrong of [
      ...[
        `-1 10 0 0 ${digest}`,
        `1 -1 0 0 ${digest}`,
        `1.5 1 0 0 ${digest}`,
        `1 1.5 0 0 ${digest}`,
      ],
      ...[`1 1 -1 0 ${digest}`, `1 1 0 -1 ${digest}`, `1 1 NaN 0 ${digest}`, `1 1 0 0 ${digest}a`],
      ...[`1 1 0 0`, `1 1 0 0 ${digest} x`, ""],
    ]
  ) {
    assertThrows(
      () => parseLedger([lines[0], wrong, lines[1]].join("\n"), "Cannot read"),
      SyntaxError,
      "Cannot read: expected line 2 of its ledger",
    );
  }
});

import { assert, assertEquals } from "@std/assert";
import { notation } from "../../src/report/notation.ts";
import { fixed, pValue, signed, significant } from "../../src/report/numbers.ts";
import { prose } from "../../src/report/prose.ts";
import { fragment } from "../../src/report/page/html.ts";
import {
  code,
  escapeLatex,
  lineHtml,
  lineLatex,
  lineMarkdown,
  linePlain,
  neuronLink,
  pairLink,
} from "../../src/report/text.ts";

Deno.test("fixed() writes a real minus, and no minus before a rounded 0", () => {
  assertEquals([fixed(-1.984), fixed(-.001), fixed(null), fixed(NaN)], ["−1.98", "0.00", "–", "–"]);
});

Deno.test("significant() keeps digits of tiny numbers", () => {
  assertEquals([significant(1.234e-7), significant(0), significant(-12.345)], [
    "1.23\u00a0×\u00a010⁻⁷",
    "0",
    "−12.3",
  ]);
});

Deno.test("pValue() drops the leading 0 and says when p is below .001", () => {
  assertEquals([pValue(.0321), pValue(1e-9), pValue(1), pValue(.99996)], [
    ".032",
    "<\u00a0.001",
    "1",
    "1",
  ]);
});

Deno.test("notation() writes the paper's intersections, fusions and set operations", () => {
  const all = notation("all(N, O - b - f)");
  assertEquals(all.latex, "\\bigcap_{o \\in O \\setminus \\{b, f\\}} N_{o}");
  assertEquals(all.html, "⋂<sub>o∈O∖{b, f}</sub> <i>N</i><sub>o</sub>");
  assertEquals(notation("fuse(A)").latex, "F_{A}");
  assertEquals(notation("P[ms] & N[ms]").unicode, "P[ms] ∩ N[ms]");
  assertEquals(notation("(P[a] | P[b]) - N[a]").unicode, "(P[a] ∪ P[b]) ∖ N[a]");
  assertEquals(notation("random(N[ms], 3)").unicode, "random like N[ms]");
});

Deno.test("notation() sets one letter in italics and longer names upright in LaTeX", () => {
  assertEquals(notation("P[b]").latex, "P_{b}");
  assertEquals(notation("P[ms]").latex, "P_{\\mathrm{ms}}");
});

Deno.test("signed() has a sign but for 0, pValue() is 1 from .9995 on", () => {
  assertEquals([0.5, -0.5, 0, 0.001].map((value) => signed(value)), [
    "+0.50",
    "−0.50",
    "0.00",
    "0.00",
  ]);
  assertEquals([0.9994, 0.9995, 1].map(pValue), [".999", "1", "1"]);
});

Deno.test("notation() escapes what is no expression", () => {
  const odd = notation("<script>[&] P[<b>]");
  assert(!odd.html.includes("<script>") && !odd.html.includes("<b>"), odd.html);
});

Deno.test("lineHtml(), lineMarkdown() and lineLatex() show special characters as they are", () => {
  const line = ["a <b> & 50 % | x_1 $", code("7.value.3")];
  assertEquals(lineHtml(line), "a &lt;b&gt; &amp; 50 % | x_1 $<code>7.value.3</code>");
  assertEquals(lineMarkdown(line), "a &lt;b> &amp; 50 % \\| x\\_1 $`7.value.3`");
  assertEquals(lineLatex(line), "a $<$b$>$ \\& 50 \\% | x\\_1 \\$\\texttt{7.value.3}");
});

Deno.test("escapeLatex() turns powers and backslashes into commands that compile", () => {
  assertEquals(
    escapeLatex("1 × 10⁻⁷ \\ ^~"),
    "1 $\\times$ 10$^{-7}$ \\textbackslash{} \\textasciicircum{}\\textasciitilde{}",
  );
});

Deno.test("fragment`` escapes interpolated text, keeps markup, joins lists", () => {
  const inner = fragment`<i>${"<x>"}</i>`;
  assertEquals(
    fragment`<p a="${'"'}">${[inner, "&", null, 3]}</p>`.html,
    '<p a="&quot;"><i>&lt;x&gt;</i>&amp;3</p>',
  );
});

Deno.test("links to neurons and pairs are addresses on a page, and plain names elsewhere", () => {
  const pair = { query: 'a "b" & <c>', passage: "x\ty#z", label: "non-relevant" };
  const line = [neuronLink("7.value.3"), ": ", pairLink("Explore", pair)];
  const html = lineHtml(line);
  const hashes = [...html.matchAll(/href="\.\/explore\.html#([^"]*)"/g)]
    .map(([, hash]) => Object.fromEntries(new URLSearchParams(hash.replaceAll("&amp;", "&"))));
  assertEquals(hashes, [{ unit: "7.value.3" }, pair]);
  assertEquals(html.replaceAll(/<a [^>]*>/g, ""), "<code>7.value.3</code></a>: Explore</a>");
  assertEquals(linePlain(line), "7.value.3: ");
  assertEquals(lineMarkdown(line), "`7.value.3`: ");
  assertEquals(lineLatex(line), "\\texttt{7.value.3}: ");
});

Deno.test("prose() sets expressions as formulas, names as code, minuses as minuses", () => {
  const said = "`pad` -0.5: all(P, O - b) and P[ms] & N[ms] (random(N[c], 3)) share 5 % of <b>";
  assertEquals(
    lineHtml(prose(said)),
    "<code>pad</code> −0.5: ⋂<sub>o∈O∖{b}</sub> <i>P</i><sub>o</sub> and <i>P</i><sub>ms</sub> ∩ " +
      "<i>N</i><sub>ms</sub> (random like <i>N</i><sub>c</sub>) share 5\u00a0% of &lt;b&gt;",
  );
  assertEquals(linePlain(prose("out-of-domain pairs, DL-19")), "out-of-domain pairs, DL-19");
});

Deno.test("prose() sets a minus between words that end in brackets", () => {
  assertEquals(prose("p(relevant) - p(other)"), ["p(relevant) − p(other)"]);
  assertEquals(prose("p(relevant) + p(other)"), ["p(relevant) + p(other)"]);
});

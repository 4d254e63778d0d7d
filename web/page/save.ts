/** Saves numbers and drawings as files. */
/// <reference lib="dom" />

import { partsOf } from "../names.ts";
import type { Attributed } from "../protocol.ts";
import type { NeuronSpace } from "../names.ts";
import type { Saved, Table } from "../views/saved.ts";

/** Hands a file to the browser. */
function download(name: string, type: string, content: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Saves a view. */
export function saveTable({ table, drawing }: Saved, kind: "tsv" | "json" | "svg"): void {
  const { name, columns, rows, about } = table();
  if (kind === "tsv") {
    const cell = (value: string | number) => String(value).replaceAll(/[\t\r\n]+/g, " ");
    const lines = [columns, ...rows].map((row) => row.map(cell).join("\t"));
    download(`${name}.tsv`, "text/tab-separated-values", `${lines.join("\n")}\n`);
  } else if (kind === "json") {
    const objects = rows.map((row) =>
      Object.fromEntries(row.map((value, i) => [columns[i], value]))
    );
    const content = JSON.stringify({ ...about, view: name, rows: objects }, null, 1);
    download(`${name}.json`, "application/json", `${content}\n`);
  } else {
    const drawn = drawing?.();
    download(`${name}.svg`, "image/svg+xml", drawn ? textOf(drawn) : drawTable(table()));
  }
}

/** Properties that a drawing takes from the page's style sheet. */
const looks = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "font-family",
  "font-size",
  "font-weight",
  "text-anchor",
  "opacity",
];

/** A drawing of the page as a file of its own. */
function textOf(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const [from, to] = [svg, copy].map((root) => [root, ...root.querySelectorAll("*")]);
  from.forEach((element, i) => {
    const style = getComputedStyle(element);
    for (const name of looks) to[i].setAttribute(name, style.getPropertyValue(name));
    to[i].removeAttribute("class");
  });
  const { width, height } = svg.viewBox.baseVal;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  return new XMLSerializer().serializeToString(copy);
}

/** A table as a drawing: text in columns. */
function drawTable({ columns, rows }: Table): string {
  const all = [columns, ...rows.slice(0, 200)].map((row) => row.map(String));
  const widths = columns.map((_, c) => 8 + 7 * Math.max(...all.map((row) => row[c].length)));
  const left = widths.map((_, c) => 10 + widths.slice(0, c).reduce((sum, w) => sum + w, 0));
  const escaped = (text: string) =>
    text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
      // deno-lint-ignore no-control-regex -- XML has no such characters
      .replaceAll(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd");
  const lines = all.map((row, r) =>
    row.map((text, c) =>
      `<text x="${left[c]}" y="${20 + 18 * r}"${r === 0 ? ' font-weight="bold"' : ""}>${
        escaped(text)
      }</text>`
    ).join("")
  );
  const width = left.at(-1)! + widths.at(-1)!;
  const height = 18 * all.length + 16;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, monospace" font-size="11.5"><rect width="100%" height="100%" fill="#fff"/>${
    lines.join("")
  }</svg>`;
}

/** Saves a pair's attribution as `attribute --per-pair` writes its numbers: attribution.json. */
export function saveAttribution(run: Attributed, space: NeuronSpace): void {
  const { pair, model, F, evaluations, gap, conductance } = run;
  const parts = Map.groupBy(partsOf(space), ({ component }) => component);
  const byComponent = Array.from(parts, ([component, lines]) => [
    component,
    lines.map(({ first, units }) => [...conductance.subarray(first, first + units)]),
  ]);
  const content = {
    query: pair.query,
    passage: pair.passage,
    label: pair.label,
    model,
    F,
    evaluations,
    gap,
    ...(run.mask.length > 0 ? { mask: run.mask } : {}),
    conductance: Object.fromEntries(byComponent),
  };
  download("attribution.json", "application/json", `${JSON.stringify(content)}\n`);
}

/** A view: its heading, a note, and its numbers to save as TSV, JSON or SVG. */
/// <reference lib="dom" />

import { type ComponentChildren, h } from "../../src/packages/preact.ts";
import type { Saved } from "./saved.ts";

/** A section of the page. */
export function View(
  { id, title, note, saved, wide, children, tools }: {
    readonly id: string;
    readonly title: string;
    readonly note?: ComponentChildren;
    readonly saved?: Saved;
    readonly wide?: boolean;
    readonly children: ComponentChildren;
    readonly tools?: ComponentChildren;
  },
) {
  const save = async (kind: "tsv" | "json" | "svg") => {
    const { saveTable } = await import("../page/save.ts");
    saveTable(saved!, kind);
  };
  return (
    <section id={id} class={wide ? "view wide" : "view"} aria-labelledby={`${id}-title`}>
      <header>
        <h2 id={`${id}-title`}>{title}</h2>
        {tools}
        {saved && (
          <span class="save" role="group" aria-label={`Save ${title.toLowerCase()}`}>
            {(["tsv", "json", "svg"] as const).map((kind) => (
              <button
                key={kind}
                type="button"
                class="quiet"
                aria-label={`${title} as ${kind.toUpperCase()}`}
                onClick={() => save(kind)}
              >
                {kind.toUpperCase()}
              </button>
            ))}
          </span>
        )}
      </header>
      {note && <p class="note">{note}</p>}
      {children}
    </section>
  );
}

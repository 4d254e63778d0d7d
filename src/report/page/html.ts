/** HTML that cannot be broken by its content: what is put into a template is escaped. */

/** Markup that is safe to put on a page as it is. */
export interface Html {
  readonly html: string;
}

/** What a template takes: text is escaped, markup is kept, lists are joined, null leaves nothing. */
export type HtmlPart = string | number | Html | null | undefined | readonly HtmlPart[];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** `text` as it may stand in an element or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]);
}

/** `text` with a capital letter and a full stop, unless it has them. */
export function sentence(text: string): string {
  const begun = text.replace(/^[a-z]+(?=[ ,:])/, (word) => word[0].toUpperCase() + word.slice(1));
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** Marks a text as markup: for what this program wrote itself, such as a figure's SVG. */
export function markup(html: string): Html {
  return { html };
}

/** A template whose interpolated texts are escaped. */
export function fragment(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return { html: strings.reduce((all, text, i) => all + render(parts[i - 1]) + text) };
}

function render(part: HtmlPart): string {
  if (part === null || part === undefined) return "";
  if (typeof part === "string") return escapeHtml(part);
  if (typeof part === "number") return String(part);
  return "html" in part ? part.html : part.map(render).join("");
}

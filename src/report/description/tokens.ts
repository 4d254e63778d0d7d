/** Tokens coloured by a neuron's activation or conductance. */

import { fragment, type Html, markup } from "../page/html.ts";

/** Steps of colour either way. */
const STEPS = 8;

const steps = Array.from({ length: STEPS }, (_, i) => i + 1);

/** Style of tokens: u1 … u8 above 0, blue as in the explorer; d1 … d8 below, orange and underlined. */
export const tokenStyle = `
.tokens{line-height:1.9;max-width:none;overflow-wrap:anywhere}
.tokens b,.tokens i{font:inherit;border-radius:3px;padding:1px 0}
summary{cursor:pointer;padding:4px 0}
${
  steps.map((step) =>
    `.u${step}{background:rgb(0 114 178/${share(step)})}.d${step}{background:rgb(213 94 0/${
      share(step)
    });text-decoration:underline dotted}`
  ).join("\n")
}
`;

/** Style of a choice between two rows of tokens, by-activation and by-conductance, and of their names. */
export const choiceStyle = `
.tokens small{display:inline-block;min-width:7em;color:var(--muted)}
figure .tokens{margin:.3em 0}
body:has(#by-activation:checked) :is(.by-conductance,.by-activation small),
body:has(#by-conductance:checked) :is(.by-activation,.by-conductance small){display:none}
fieldset{border:0;padding:0;margin:1em 0;display:flex;flex-wrap:wrap;gap:4px 18px}
legend{float:left;margin-right:18px}
`;

function share(step: number): string {
  return (0.85 * step / STEPS).toFixed(2);
}

/**
 * Tokens as text, those with a value coloured by it as a part of the largest either way; word
 * pieces that go on with a word stand next to it.
 */
export function tokensHtml(tokens: readonly string[], values: readonly (number | null)[]): Html {
  const largest = values.reduce<number>((most, value) => Math.max(most, Math.abs(value ?? 0)), 0);
  return fragment`${
    tokens.map((piece, i) => {
      const value = values[i] ?? 0;
      const step = largest > 0 ? Math.round(STEPS * Math.abs(value) / largest) : 0;
      const text = piece.replace(/^##/, "").replace(/^[Ġ▁]/, "");
      const space = i === 0 || piece.startsWith("##") ? "" : " ";
      if (step === 0) return fragment`${space}${text}`;
      const name = `${value > 0 ? "u" : "d"}${step}`;
      return fragment`${space}<b class=${markup(name)} title="${value.toPrecision(3)}">${text}</b>`;
    })
  }`;
}

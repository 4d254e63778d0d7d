/** Tokens coloured by a neuron's activation. */

import { fragment, type Html, markup } from "../page/html.ts";

/** Steps of colour either way. */
const STEPS = 8;

const steps = Array.from({ length: STEPS }, (_, i) => i + 1);

/** Style of tokens: u1 … u8 above 0, d1 … d8 below. */
export const tokenStyle = `
.tokens{line-height:1.9;max-width:none;overflow-wrap:anywhere}
.tokens b,.tokens i{font:inherit;border-radius:3px;padding:1px 0}
summary{cursor:pointer;padding:4px 0}
${
  steps.map((step) =>
    `.u${step}{background:rgb(213 94 0/${share(step)})}.d${step}{background:rgb(0 114 178/${
      share(step)
    })}`
  ).join("\n")
}
`;

function share(step: number): string {
  return (0.85 * step / STEPS).toFixed(2);
}

/**
 * Tokens as text, those with an activation coloured by it as a part of the largest either way; word
 * pieces that go on with a word stand next to it.
 */
export function tokensHtml(tokens: readonly string[], activations: readonly number[]): Html {
  const largest = activations.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return fragment`${
    tokens.map((piece, i) => {
      const value = activations[i] ?? 0;
      const step = largest > 0 ? Math.round(STEPS * Math.abs(value) / largest) : 0;
      const text = piece.replace(/^##/, "").replace(/^[Ġ▁]/, "");
      const space = i === 0 || piece.startsWith("##") ? "" : " ";
      if (step === 0) return fragment`${space}${text}`;
      const name = `${value > 0 ? "u" : "d"}${step}`;
      return fragment`${space}<b class=${markup(name)} title="${value.toPrecision(3)}">${text}</b>`;
    })
  }`;
}

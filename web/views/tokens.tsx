/** A pair's tokens, coloured by numbers. */
/// <reference lib="dom" />

import { Fragment, h } from "../../src/packages/preact.ts";
import { signed } from "../page/numbers.ts";
import type { Token } from "../protocol.ts";
import { css, inkOn, type Theme } from "./colours.ts";

/** A pair's tokens, coloured by numbers: what lowers F is underlined too. */
export function Tokens({ tokens, values, theme }: {
  readonly tokens: readonly Token[];
  readonly values: readonly (number | null)[] | undefined;
  readonly theme: Theme;
}) {
  const largest = Math.max(...(values ?? []).map((value) => Math.abs(value ?? 0))) || 1;
  return (
    <p class="tokens" dir="auto">
      {tokens.map(({ piece, segment }, i) => {
        const part = (values?.[i] ?? 0) / largest;
        const continues = piece.startsWith("##");
        const text = continues ? piece.slice(2) : piece.replace(/^[Ġ▁]/, "");
        return (
          <Fragment key={i}>
            {!continues && " "}
            <span
              class={`token s${segment}${part < -0.02 ? " below" : ""}`}
              style={values
                ? { background: css(part, theme), color: inkOn(part, theme) }
                : undefined}
              title={values ? `${piece}: ${signed(values[i] ?? 0)}` : piece}
            >
              {text}
            </span>
          </Fragment>
        );
      })}
    </p>
  );
}

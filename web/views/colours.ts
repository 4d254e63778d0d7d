/** Signed colours: blue for what pushes F up, orange for what pushes it down, told apart by everybody. */
/// <reference lib="dom" />

type Rgb = readonly [number, number, number];

/** From nothing to the strongest: below, above; sequential steps of ColorBrewer's blues and oranges. */
const scales = {
  light: {
    up: [[255, 255, 255], [158, 202, 225], [49, 130, 189], [8, 48, 107]],
    down: [[255, 255, 255], [253, 190, 133], [230, 85, 13], [127, 39, 4]],
  },
  dark: {
    up: [[28, 32, 37], [24, 78, 122], [72, 160, 220], [200, 232, 255]],
    down: [[28, 32, 37], [122, 52, 14], [240, 130, 55], [255, 226, 200]],
  },
} as const;

/** Light or dark. */
export type Theme = keyof typeof scales;

/** What the reader's system asks for. */
export const themeNow = (): Theme =>
  matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";

/** The colour of a value from -1 to 1; small values keep some of theirs (square root). */
export function colourOf(value: number, theme: Theme): Rgb {
  const steps: readonly Rgb[] = scales[theme][value >= 0 ? "up" : "down"];
  const at = Math.min(1, Math.sqrt(Math.abs(value) || 0)) * (steps.length - 1);
  const below = Math.min(steps.length - 2, Math.floor(at));
  const mix = (channel: 0 | 1 | 2) =>
    Math.round(
      steps[below][channel] + (at - below) * (steps[below + 1][channel] - steps[below][channel]),
    );
  return [mix(0), mix(1), mix(2)];
}

/** The same for style sheets and drawings. */
export const css = (value: number, theme: Theme): string => `rgb(${colourOf(value, theme)})`;

/** Ink that can be read on it: black or white, whichever has a contrast of 4.5 or more. */
export function inkOn(value: number, theme: Theme): string {
  const [r, g, b] = colourOf(value, theme).map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
}

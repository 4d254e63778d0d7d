/** Numbers as the page writes them. */

const minus = (text: string) => text.replace(/^-/, "−");

/** Three digits that matter, with the true minus sign: −0.0123, 4.56e−7. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e5) {
    return minus(value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(size)))));
  }
  return minus(value.toExponential(1)).replace("e-", "e−").replace("e+", "e");
}

/** The same with a sign in any case. */
export const signed = (value: number): string => value > 0 ? `+${short(value)}` : short(value);

/** The same with as many decimals as the largest of its kind has: beside 1.23 0.0456 is +0.05, 0.0021 0. */
export function beside(value: number, largest: number): string {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(largest || 1)));
  const rounded = value.toFixed(Math.min(20, digits));
  if (Number(rounded) === 0) return "0";
  if (digits > 4) return signed(value); // too long
  return value > 0 ? `+${rounded}` : minus(rounded);
}

/** .0321 → 3.2 %. */
export function percent(part: number): string {
  const value = 100 * part;
  const digits = Math.abs(value) < 0.1 && value !== 0
    ? value.toPrecision(1)
    : value.toFixed(Math.abs(value) < 10 ? 1 : 0);
  return minus(`${digits} %`);
}

/** Seconds, or milliseconds below one. */
export const duration = (seconds: number): string =>
  seconds < 1 ? `${Math.round(1000 * seconds)} ms` : `${seconds.toFixed(1)} s`;

/** 3584 → 3,584. */
export const count = (value: number): string => value.toLocaleString("en");

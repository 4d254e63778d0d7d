/**
 * Numbers for readers: a minus sign in place of the hyphen, few digits, a space before the unit.
 */

const minus = "−";
const space = "\u00a0";
const none = "–";

/** A number with `digits` decimals: −1.98; never −0.00. What has no value is –. */
export function fixed(value: number | null | undefined, digits = 2): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return none;
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? minus + text : text;
}

/** The same with its sign, where it has one: +1.98. */
export function signed(value: number | null | undefined, digits = 2): string {
  const text = fixed(value, digits);
  return value && value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** A number of any size in `digits` digits: 0.0123, 4.56 × 10⁻⁷. */
export function significant(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return none;
  if (value === 0) return "0";
  const size = Math.abs(value);
  const sign = value < 0 ? minus : "";
  if (size >= 1e-3 && size < 1e6) return sign + Number(size.toPrecision(digits)).toString();
  const [mantissa, exponent] = size.toExponential(digits - 1).split("e");
  return `${sign}${mantissa}${space}×${space}10${superscript(Number(exponent))}`;
}

/** A whole number in groups of three: 221,184. */
export function count(value: number): string {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ",").replace("-", minus);
}

/** A part in per cent: .0001 → 0.01 %. */
export function percent(part: number, digits?: number): string {
  const value = digits === undefined ? String(levelPercent(part)) : fixed(100 * part, digits);
  return `${value}${space}%`;
}

/** A part in per cent, without the digits that binary fractions add. */
export function levelPercent(part: number): number {
  return Number((100 * part).toPrecision(6));
}

/** A p-value: .032, or < .001. */
export function pValue(p: number | null | undefined): string {
  if (p === null || p === undefined || !Number.isFinite(p)) return none;
  if (p < .001) return `<${space}.001`;
  return p >= .9995 ? "1" : p.toFixed(3).replace(/^0/, "");
}

/** A significance level: .05. */
export function alphaText(alpha: number): string {
  return String(alpha).replace(/^0/, "");
}

/** A time: 0.4 s, 12 s, 3 min 20 s, 2 h 5 min. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${fixed(seconds, 1)}${space}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}${space}s`;
  const [big, small, units] = whole < 3600
    ? [Math.floor(whole / 60), whole % 60, ["min", "s"]]
    : [Math.floor(whole / 3600), Math.floor(whole % 3600 / 60), ["h", "min"]];
  return `${big}${space}${units[0]}` + (small ? ` ${small}${space}${units[1]}` : "");
}

function superscript(value: number): string {
  const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  return String(value).replace(/\d/g, (digit) => digits[Number(digit)]).replace("-", "⁻");
}

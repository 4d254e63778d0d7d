// F and its gradient by the logits, in float64: a few numbers a row.
import { take } from "./team";

// @ts-ignore: decorator
@external("env", "exp")
declare function exponential(x: f64): f64;
// @ts-ignore: decorator
@external("env", "log1p")
declare function logarithm1p(x: f64): f64;

// Codes of `targets` in ../../ops.ts.
const LOGIT: i32 = 0;
const PROBABILITY: i32 = 1;
const LOG_PROBABILITY: i32 = 2;

/** F of class `label`: see ../../cpu/objective.ts, which this follows line by line. */
export function objective(
  value: usize,
  dlogits: usize,
  logits: usize,
  label: usize,
  rows: i32,
  labels: i32,
  target: i32,
): void {
  for (let r = take(); r < rows; r = take()) {
    const relevant = load<f32>(label + ((<usize> r) << 2)) > 0.5;
    const sign: f64 = relevant ? 1 : -1;
    const last = (<usize> (r * labels + labels - 1)) << 2;
    const first = labels == 2 ? <f64> load<f32>(logits + last - 4) : 0;
    const z = <f64> load<f32>(logits + last);
    const margin = sign * (z - first);
    const to = value + ((<usize> r) << 2);
    if (target == LOGIT && labels == 2) {
      store<f32>(to, <f32> (relevant ? z : first));
      store<f32>(dlogits + last - 4, relevant ? 0 : 1);
      store<f32>(dlogits + last, relevant ? 1 : 0);
      continue;
    }
    const probability = 1 / (1 + exponential(-margin));
    const other = 1 / (1 + exponential(margin));
    let f = margin;
    let slope: f64 = 1;
    if (target == PROBABILITY) {
      f = probability;
      slope = probability * other;
    } else if (target == LOG_PROBABILITY) {
      f = min(margin, 0) - logarithm1p(exponential(-abs(margin)));
      slope = other;
    }
    store<f32>(to, <f32> f);
    store<f32>(dlogits + last, <f32> (sign * slope));
    if (labels == 2) store<f32>(dlogits + last - 4, <f32> (-sign * slope));
  }
}

/** Numbers rounded to float16, in which a backend may keep the weights of linears. */

/**
 * The nearest float16 of each number, in `numbers` where there are already some to write to.
 *
 * @throws {RangeError} where the nearest is not finite: beyond 65504, the largest, or no number.
 */
export function float16(
  data: Float32Array | Float64Array,
  numbers: Float16Array = new Float16Array(data.length),
): Float16Array {
  numbers.set(data);
  for (let i = 0; i < data.length; i++) { // a callback would take longer than all else
    if (Number.isFinite(numbers[i])) continue;
    throw new RangeError(
      `Cannot keep weights as float16: expected numbers up to 65504, got ${data[i]}`,
    );
  }
  return numbers;
}

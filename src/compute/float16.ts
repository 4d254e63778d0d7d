/** Numbers rounded to float16, in which a backend may keep the weights of linears. */

/**
 * The nearest float16 of each number.
 *
 * @throws {RangeError} where one is beyond the largest, 65504, or is no number.
 */
export function float16(data: Float32Array | Float64Array): Float16Array<ArrayBuffer> {
  const numbers = new Float16Array(data);
  for (let i = 0; i < numbers.length; i++) { // a callback would take longer than all else
    if (Number.isFinite(numbers[i])) continue;
    throw new RangeError(
      `Cannot keep weights as float16: ${data[i]} is beyond its largest number, 65504`,
    );
  }
  return numbers;
}

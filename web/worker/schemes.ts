/** A scheme's means, read by ranges: a scheme's file holds eight times as much. */

import { type Load, neuronCount, openSafetensors, partsOf, spaceOfFile } from "../library.ts";

/** Mean conductances by neuron id. */
export async function openMean(address: string, name: string): Promise<Float64Array> {
  const file = await openSafetensors(rangedLoad(address), `${name}.safetensors`);
  if (file.metadata.format !== "attribution-scheme/1") {
    throw new SyntaxError(
      `Cannot read attribution scheme ${name}: expected format attribution-scheme/1, got ${
        file.metadata.format ?? "none"
      }`,
    );
  }
  const space = spaceOfFile(file, "mean/");
  const mean = new Float64Array(neuronCount(space));
  for (const [component, parts] of Map.groupBy(partsOf(space), ({ component }) => component)) {
    const { units } = parts[0];
    const entry = file.entries.get(`mean/${component}`);
    if (entry?.dtype !== "F64" || entry.shape.join() !== `${parts.length},${units}`) {
      throw new SyntaxError(
        `Cannot read attribution scheme ${name}: expected mean/${component} F64 [${parts.length}, ${units}]`,
      );
    }
    const values = await file.read(`mean/${component}`);
    parts.forEach(({ first }, line) => {
      mean.set(values.subarray(line * units, (line + 1) * units), first);
    });
  }
  return mean;
}

/** Reads one file by ranges. */
function rangedLoad(address: string): Load {
  return async (name, range) => {
    const headers = range ? { range: `bytes=${range.start}-${range.end - 1}` } : undefined;
    const response = await fetch(address, { headers }).catch(() => {
      throw new Error(`Cannot read ${name}: the server does not answer`);
    });
    if (response.status === 416) return new Uint8Array(0);
    if (!response.ok) {
      throw new Error(`Cannot read ${name}: expected 200 or 206, got ${response.status}`);
    }
    return new Uint8Array(await response.arrayBuffer());
  };
}

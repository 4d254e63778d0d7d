/** A scheme's means, read by ranges: a scheme's file holds eight times as much. */

import {
  components,
  firstId,
  type Load,
  neuronCount,
  openSafetensors,
  unitsOf,
} from "../library.ts";

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
  const shapeOf = (component: string) => file.entries.get(`mean/${component}`)?.shape ?? [0, 0];
  const [layers, width] = shapeOf("query");
  const space = { layers, width, inner: shapeOf("intermediate")[1] };
  const mean = new Float64Array(neuronCount(space));
  for (const component of components) {
    const units = unitsOf(space, component);
    const entry = file.entries.get(`mean/${component}`);
    if (entry?.dtype !== "F64" || entry.shape.join() !== `${layers},${units}`) {
      throw new SyntaxError(
        `Cannot read attribution scheme ${name}: expected mean/${component} F64 [${layers}, ${units}]`,
      );
    }
    const values = await file.read(`mean/${component}`);
    for (let layer = 0; layer < layers; layer++) {
      mean.set(
        values.subarray(layer * units, (layer + 1) * units),
        firstId(space, layer, component),
      );
    }
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

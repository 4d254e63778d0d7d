/** What the page itself knows of the library: the names of neurons, and no more, so that it stays small. */

export { type Component, components, unitsOf, unitsPerLayer } from "../src/model/components.ts";
export {
  firstId,
  neuronCount,
  neuronName,
  neuronOf,
  type NeuronSpace,
  parseNeuron,
} from "../src/model/neurons.ts";
export { neuronId } from "../src/model/neurons.ts";

/** What the page itself knows of the library: names of neurons and types, no more, so that it stays small. */

export type { PageFacts, QueryList } from "../src/formats/page_facts.ts";
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

/** What the page itself knows of the library: names of neurons and types, no more, so that it stays small. */

export type { PageFacts, QueryList } from "../src/formats/page_facts.ts";
export {
  headOfUnit,
  isHeads,
  parseSegmentPair,
  SEGMENT_PAIRS,
  segmentNames,
  unitOfHead,
} from "../src/model/heads.ts";
export {
  type Component,
  componentOrder,
  componentsOf,
  firstId,
  type Neuron,
  neuronCount,
  neuronName,
  neuronOf,
  type NeuronSpace,
  parseNeurons,
  type Part,
  partOf,
  partsOf,
} from "../src/model/neurons.ts";
export { neuronId } from "../src/model/neurons.ts";

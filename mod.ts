/**
 * Which neurons of a cross-encoder decide that a passage is relevant: Neuron Integrated Gradients
 * (conductance) of every linear output of BERT, on WebGPU.
 *
 * @example The strongest neurons of one pair
 * ```ts
 * import { attribute, topNeuronIds, neuronName, neuronOf, openCrossEncoder, simdOps } from "./mod.ts";
 * import { assert } from "@std/assert";
 *
 * const load = (name: string) => Deno.readFile(`fixtures/tiny-cross-encoder/${name}`);
 * const ops = await simdOps(); // or gpuOps(await openDevice(navigator.gpu))
 * const encoder = await openCrossEncoder(load, ops);
 *
 * const pairs = [{ query: "copper pan", passage: "Polish the copper pan.", label: 1 as const }];
 * for await (const { conductance, completeness } of attribute(encoder, pairs)) {
 *   const strongest = Array.from(topNeuronIds(conductance, 3), (id) => neuronOf(encoder.config, id));
 *   console.log(strongest.map(neuronName));
 *   assert(completeness.relative <= 0.05); // the default tolerance
 * }
 * ops.close();
 * ```
 *
 * @module
 */

export * from "./internal.ts";

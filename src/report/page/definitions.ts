/** Definitions of the report's terms, a sentence each. */

import { fragment, type Html, markup } from "./html.ts";

const words: readonly (readonly [word: string, meaning: string])[] = [
  [
    "Neuron",
    "One output of a linear layer (query, key, value, attention_output, intermediate, ff_output), before what follows it; written layer.component.unit, layers from 0.",
  ],
  ["F", "The model output that is attributed: by default the logit of the pair’s own label."],
  [
    "Baseline",
    "An input that says nothing about relevance, such as the pair with every token replaced by [PAD].",
  ],
  [
    "Path",
    "The straight line of word embeddings from the baseline (t = 0) to the input (t = 1).",
  ],
  [
    "Conductance",
    "What a neuron adds to F along the path: the integral of ∂F/∂y dy over its activation y, summed over tokens (Neuron Integrated Gradients).",
  ],
  [
    "Completeness",
    "The conductances of all neurons of a cut through the model add up to F(input) − F(baseline); the gap is the error of the integration.",
  ],
  [
    "Rule",
    "Which points of the path are evaluated and how they are summed: right takes N equal steps with the gradient at the end of each (the paper’s), trapezoid the mean of the gradients at both ends, adaptive halves the steps of which it is most uncertain, until their uncertainty is within the tolerance of how far F goes up and down along the path.",
  ],
  [
    "Evaluation",
    "One forward and one backward pass of one point of the path.",
  ],
  [
    "Error of a rule",
    "The distance of a pair’s conductances from those of a rule with many more steps, divided by the length of the latter.",
  ],
  [
    "Attribution scheme",
    "The mean conductance of every neuron over pairs of one collection and one label: P for relevant, N for non-relevant.",
  ],
  ["Level", "The share of all neurons that a scheme is cut to, its strongest first."],
  ["Fusion (F, ⊕)", "Schemes are averaged before they are cut."],
  [
    "Chance",
    "The overlap of independent random sets of the same size: the level itself for two sets.",
  ],
  [
    "Null band",
    "Where 95 % of random sets fall that have as many neurons in every layer and component as the real ones.",
  ],
  [
    "OOD, in domain",
    "A collection that the model was not, or was, trained on.",
  ],
  [
    "Ablation",
    "A set’s neurons are set to zero at every token, and the candidates are ranked anew.",
  ],
  [
    "nDCG@10",
    "How well the first ten passages are ordered: gains by grade, discounted by the logarithm of the rank, as a part of what the best order of all judged passages has; lists that lack judged passages cannot reach 1.",
  ],
  [
    "Interval over queries",
    "Where the mean over new samples of as many queries is, with 95 % confidence: queries are drawn anew, each with all its pairs, neurons and labels. It speaks of other queries of these collections, not of other collections or models.",
  ],
  [
    "Beyond its random control",
    "A set’s loss less the mean loss of random sets with as many neurons in each layer and component.",
  ],
  [
    "Holm’s correction",
    "Raises p-values so that the chance of even one false finding among many tests stays below the significance level.",
  ],
  [
    "Effect size (d)",
    "Mean of the paired differences over their standard deviation; .2 is small, .8 is large.",
  ],
  [
    "Randomisation test",
    "How often the mean difference would be as large if each query’s two values changed places at random.",
  ],
];

/** The definitions as a list. */
export const definitions: Html = fragment`<dl class="terms">${
  words.map(([word, meaning]) => fragment`<dt>${word}</dt><dd>${meaning}</dd>${markup("\n")}`)
}</dl>`;

/** A study of the fixture's model and collections that takes seconds. */

/** The folder of the fixtures. */
export const fixtures = new URL("../../../fixtures", import.meta.url).pathname;

/** What it works on, and how much of it; sections are the test's own. */
export function smallStudy(
  { maxPairs, queries, mostRelevant, steps }: {
    /** Pairs of a scheme. */
    readonly maxPairs: number;
    /** Queries that are ranked, and relevant passages of each. */
    readonly queries: number;
    readonly mostRelevant: number;
    /** Of the rule `right`. */
    readonly steps: number;
  },
) {
  const of = (name: string) => ({
    folder: `${fixtures}/collections/${name}`,
    relevantFrom: 2,
  });
  return {
    title: "A small study",
    model: `${fixtures}/tiny-cross-encoder`,
    collections: {
      c: { ...of("cooking"), inDomain: true, maxPairs },
      a: { ...of("astronomy"), maxPairs },
    },
    validation: { music: { ...of("music"), queries, mostRelevant } },
    attribution: { rule: "right", steps },
    baselines: { pairs: 4 },
  };
}

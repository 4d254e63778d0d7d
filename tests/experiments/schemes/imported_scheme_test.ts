import { assertThrows } from "@std/assert";
import {
  addPair,
  type Scheme,
  schemeOf,
  schemeSums,
} from "../../../src/attribution/schemes/scheme.ts";
import {
  checkImportedScheme,
  type WantedScheme,
} from "../../../src/experiments/schemes/imported_scheme.ts";
import { randomVector, space } from "../schemes.ts";

const wanted: WantedScheme = {
  label: "relevant",
  attribution: {
    target: "logit",
    baseline: "pad",
    rule: "captum:trapezoid",
    steps: 50,
    tolerance: 0.05,
    maxLength: 512,
    segments: "pair",
    agreement: true,
  },
  model: { ...space, maxTokens: 128, relevantClass: 1 },
  hashes: { model: "m", tokenizer: "t" },
};
const metadata: Record<string, string> = {
  label: "relevant",
  model_sha256: "m",
  tokenizer_sha256: "t",
  target: "logit",
  baseline: "pad",
  rule: "captum:riemann_trapezoid",
  steps: "50",
  max_length: "128", // the model takes no more
  segments: "pair",
  agreement: "on",
  evaluations: "51",
  dropped: "0",
  completeness: JSON.stringify({ mean: 0, worst: 0, worst_absolute: 0 }),
};

function scheme(changes: Record<string, string | undefined> = {}): Scheme {
  const sums = schemeSums(space);
  for (const pair of [1, 2]) addPair(sums, randomVector(pair));
  const all = Object.entries({ ...metadata, ...changes }).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const]
  );
  return schemeOf(sums, Object.fromEntries(all));
}

Deno.test("checkImportedScheme() takes what the study would have made", () => {
  checkImportedScheme("Cannot take x", scheme(), wanted);
  const { attribution } = wanted;
  checkImportedScheme("Cannot take x", scheme({ rule: "adaptive", tolerance: "0.05" }), {
    ...wanted,
    attribution: { ...attribution, rule: "adaptive" },
  });
  const gaps = scheme({
    completeness: JSON.stringify({ mean: 0.1, worst: 0.3, worst_absolute: 1 }),
  });
  const limited = (completenessLimit: number): WantedScheme => ({
    ...wanted,
    attribution: { ...attribution, completenessLimit },
  });
  checkImportedScheme("Cannot take x", gaps, limited(0.3));
  assertThrows(
    () => checkImportedScheme("Cannot take x", gaps, limited(0.2)),
    RangeError,
    "expected gaps of completeness of at most 0.2 of F's change, got 0.3",
  );
});

Deno.test("checkImportedScheme() names what is another, what is wanted and what was found", () => {
  const others: [Record<string, string | undefined>, string][] = [
    [{ label: "non-relevant" }, "expected label relevant, got non-relevant"],
    [{ model_sha256: "n" }, "expected model_sha256 m, got n"],
    [{ model_sha256: undefined }, "expected model_sha256 m, got none"],
    [{ tokenizer_sha256: "n" }, "expected tokenizer_sha256 t, got n"],
    [{ relevant_class: "0" }, "expected relevant_class 1, got 0"],
    [{ target: "margin" }, "expected target logit, got margin"],
    [{ baseline: "zero" }, "expected baseline pad, got zero"],
    [{ rule: "right" }, "expected rule captum:riemann_trapezoid, got right"],
    [{ steps: "100" }, "expected steps 50, got 100"],
    [{ max_length: "64" }, "expected max_length 128, got 64"],
    [{ segments: "zeros" }, "expected segments pair, got zeros"],
    [{ agreement: "off" }, "expected agreement on, got off"],
    [{ shard: "0/2" }, "expected a whole scheme, got shard 0/2; merge joins shards"],
    [{ completeness: "{}" }, "expected completeness with numbers mean"],
    [{ completeness: undefined }, "expected completeness with numbers mean"],
    [{ evaluations: "many" }, "expected evaluations of at least 0, got many"],
    [{ dropped: undefined }, "expected dropped of at least 0, got none"],
  ];
  for (const [change, message] of others) {
    assertThrows(
      () => checkImportedScheme("Cannot take x", scheme(change), wanted),
      RangeError,
      `Cannot take x: ${message}`,
    );
  }
  const { attribution } = wanted;
  assertThrows(
    () =>
      checkImportedScheme("Cannot take x", scheme({ rule: "adaptive", tolerance: "0.1" }), {
        ...wanted,
        attribution: { ...attribution, rule: "adaptive" },
      }),
    RangeError,
    "expected tolerance 0.05, got 0.1",
  );
  assertThrows(
    () =>
      checkImportedScheme("Cannot take x", scheme(), {
        ...wanted,
        model: { ...wanted.model, layers: 9 },
      }),
    RangeError,
    "expected layers 9, got 2",
  );
  const broken = scheme();
  broken.mean[3] = NaN;
  assertThrows(
    () => checkImportedScheme("Cannot take x", broken, wanted),
    RangeError,
    "got mean NaN",
  );
});

Deno.test("checkImportedScheme() refuses numbers that are not finite, from the first neuron on", () => {
  for (const id of [0, 7]) {
    const own = scheme();
    const mean = own.mean.map((value, i) => i === id ? NaN : value);
    assertThrows(
      () => checkImportedScheme("Cannot take x", { ...own, mean }, wanted),
      RangeError,
      "expected finite numbers, got mean NaN",
    );
  }
});

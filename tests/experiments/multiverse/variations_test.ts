import { assert, assertEquals, assertThrows } from "@std/assert";
import { effectRules } from "../../../src/experiments/claims/effects.ts";
import { claimIds } from "../../../src/experiments/claims/conclusions.ts";
import { edited, valueAt } from "../../../src/experiments/multiverse/edits.ts";
import { namedChoices } from "../../../src/experiments/multiverse/named_choices.ts";
import { setRecipes } from "../../../src/experiments/multiverse/recipes.ts";
import {
  claimsOnly,
  universeCount,
  universesOf,
} from "../../../src/experiments/multiverse/universes.ts";
import {
  type Choice,
  parseVariations,
  usualChoices,
} from "../../../src/experiments/multiverse/variation_file.ts";
import { parseStudy } from "../../../src/experiments/study/study_file.ts";

const contents = {
  model: "m",
  collections: {
    ms: { folder: "ms", inDomain: true },
    "n.f": { folder: "nf", maxPairs: 40 },
  },
  validation: { dev: { folder: "dev" } },
  attribution: { maxLength: 64 },
  ablation: { levels: ["1%"], repetitions: 3, otherRepetitions: 2 },
};
const own = { contents, study: parseStudy(JSON.stringify(contents), "s.json") };

const parse = (value: unknown) => parseVariations(JSON.stringify(value), "v.json", own);
const universes = (choices: readonly Choice[], design: "full" | "one-at-a-time" = "full") =>
  universesOf(own, choices, { file: "s.json", design });
const namesOf = ({ alternatives }: Choice) => alternatives.map(({ name }) => name);

Deno.test("edited() puts values at paths, through names with dots and objects that are not there", () => {
  const found = edited(contents, {
    "collections.n.f.maxPairs": 10,
    "selection.strength": "absolute",
    "attribution.maxLength": null,
  });
  assertEquals(valueAt(found, "collections.n.f"), { folder: "nf", maxPairs: 10 });
  assertEquals(found.selection, { strength: "absolute" });
  assertEquals(found.attribution, {});
  assertEquals(contents.attribution, { maxLength: 64 }); // a copy was changed
  assertThrows(
    () => edited({ ablation: false }, { "ablation.lists": "passage" }),
    RangeError,
    "Cannot set ablation.lists: expected ablation to be an object, got false",
  );
});

Deno.test("parseVariations() reads named choices, keys of the study file, and several keys at once", () => {
  const [strength, key, several, pairs] = parse({
    strength: ["absolute"],
    "ablation.perRelevant": [5, 20],
    passages: { short: { "attribution.maxLength": 32, "ablation.maxLength": 32 } },
    "collections.n.f.maxPairs": [40, 10],
  });
  assertEquals(namesOf(strength), ["signed", "absolute"]);
  assertEquals(strength.ambiguity, "A12");
  assertEquals(namesOf(key), ["20", "5"]); // the study's own, of its defaults, comes first
  assertEquals(namesOf(several), ["study", "short"]);
  assertEquals(namesOf(pairs), ["40", "10"]);
  const found = universes([strength, key, several]);
  assertEquals(found.length, 8);
  assertEquals(found[0].study, parseStudy(JSON.stringify(claimsOnly(contents)), "s.json"));
  assertEquals(found.map(({ number }) => number), [1, 2, 3, 4, 5, 6, 7, 8]);
  const { study } = found[7];
  assertEquals(study.selection, { strength: "absolute" });
  assertEquals([study.ablation!.perRelevant, study.attribution.maxLength], [5, 32]);
});

Deno.test("parseVariations() says in one sentence what is wrong, and what there is", () => {
  const wrong: readonly (readonly [unknown, string])[] = [
    [{}, "expected a choice, got none"],
    [{ strenght: ["signed"] }, "expected a choice (strength, refill, fusion, control, lists, test"],
    [{ strength: ["loud"] }, 'expected strength to be some of signed, absolute, got "loud"'],
    [{ strength: [] }, "expected strength to be a list of one alternative or more, got []"],
    [{ strength: "absolute" }, "expected strength to be a list of alternatives, or an object"],
    [{ test: ["paired", "paired"] }, "expected test to be a list of different alternatives"],
    [{ model: ["a", "b"] }, "expected no model, which is none of the choices"],
    [{ some: { a: {} } }, "expected some to be of objects of keys and values"],
    [{ some: { a: { title: "x" } } }, "expected some to be of keys of the study file"],
    [{ some: { study: { seed: 1 } } }, "which is the study's own"],
    [
      { lists: ["passage"], other: { a: { "ablation.lists": "passage" } } },
      "expected ablation.lists to be set by one choice, got lists and other",
    ],
  ];
  for (const [value, told] of wrong) {
    const { message } = assertThrows(() => parse(value), SyntaxError, told);
    assert(message.startsWith("Cannot use variations v.json: ") && !message.endsWith("."), message);
  }
  assertThrows(() => parseVariations("{", "v.json", own), SyntaxError, "v.json");
  const withoutTable = { ...own, study: { ...own.study, ablation: undefined } };
  assertThrows(
    () => parseVariations('{"lists": ["passage"]}', "v.json", withoutTable),
    SyntaxError,
    "expected lists to be absent, as the study has no ablation",
  );
});

Deno.test("universesOf() names the alternative with which the file makes no study", () => {
  assertThrows(
    () => universes(parse({ strength: ["absolute"], "ablation.perRelevant": [5, 0] })),
    SyntaxError,
    "Cannot vary ablation.perRelevant 0: Cannot use study s.json: expected ablation.perRelevant",
  );
  assertThrows(
    () => universes(parse({ strength: ["signed"] })),
    RangeError,
    "expected an alternative beside its own, got none",
  );
  const many = Object.fromEntries(
    ["repetitions", "otherRepetitions", "perRelevant", "maxLength"].map((key, i) => [
      `ablation.${key}`,
      Array.from({ length: 20 }, (_, at) => 100 + 20 * i + at),
    ]),
  );
  assertThrows(() => universes(parse(many)), RangeError, "Cannot make 194481 universes");
  assertEquals(universes(parse(many), "one-at-a-time").length, 81);
});

Deno.test("usualChoices() varies the cheap ones, and those that need schemes where asked", () => {
  const cheap = usualChoices(own, { expensive: false });
  assertEquals(cheap.map(({ name }) => name), [
    "strength",
    "refill",
    "fusion",
    "control",
    "lists",
    "test",
    "correction",
  ]);
  assertEquals([universeCount(cheap, "full"), universeCount(cheap, "one-at-a-time")], [192, 9]);
  assertEquals(universes(cheap).length, 192);
  const all = usualChoices(own, { expensive: true });
  assertEquals(all.length, namedChoices.length);
  const alone = universes(all, "one-at-a-time");
  const half = alone.find(({ study }) => study.attribution.maxLength === 32)!;
  assertEquals(half.study.ablation!.maxLength, 256);
  const { ablation: _, ...study } = own.study;
  assertEquals(usualChoices({ contents, study }, { expensive: false }).map(({ name }) => name), [
    ...["strength", "refill", "fusion", "correction"],
  ]);
});

Deno.test("every alternative of a named choice makes a study, which has it as its own", () => {
  for (const { name, alternatives, own: ownOf } of namedChoices) {
    for (const [alternative, edit] of Object.entries(alternatives)) {
      const file = edited(contents, edit(own.study));
      const study = parseStudy(JSON.stringify(file), "s.json");
      if (name !== "length") assertEquals(ownOf(study), alternative);
    }
  }
});

Deno.test("setRecipes() tells apart what a selection changes, and nothing else", () => {
  const recipes = (selection?: typeof own.study.selection) =>
    setRecipes({ ...own.study, selection });
  const usual = new Set(recipes());
  assertEquals(recipes().length, 7 * (1 + 2) + 1); // seven rows, their controls, N[ms]'s third
  const others = (selection: typeof own.study.selection) =>
    recipes(selection).filter((recipe) => !usual.has(recipe));
  assert(others({ fusion: "rank" }).every((recipe) => recipe.includes('"scale":"rank"')));
  assertEquals(others({ fusion: "rank" }).length, 3 * 3); // F[ms], all(F, A), fuse(A)
  assertEquals(others({ strength: "absolute" }).length, recipes().length);
  assertEquals(others({ strength: "signed", refill: "none", fusion: "mean" }), []);
  // repetition r of a control is drawn with seed + r
  const seeds = setRecipes({ ...own.study, seed: 5 })
    .flatMap((recipe) => recipe.includes('"random"') ? [JSON.parse(recipe).at(-1)] : []);
  assertEquals([...new Set(seeds)].sort(), [5, 6, 7]);
});

Deno.test("effectRules has a rule for every claim", () => {
  assertEquals(Object.keys(effectRules).sort(), [...claimIds].sort());
});

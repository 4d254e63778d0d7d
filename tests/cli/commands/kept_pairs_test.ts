/** `--max-pairs`, judgements of missing documents, and lists of pairs, as a user meets them. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { openScheme, readSchemeMetadata } from "../../../internal.ts";
import { main } from "../../../src/cli/main.ts";
import { root } from "../../backends.ts";
import { sharedTest } from "../../formats/files.ts";
import { cli, inFolder, withOptions } from "../run.ts";

const path = (name: string) => decodeURIComponent(new URL(name, root).pathname);
const model = path("fixtures/tiny-cross-encoder");
const cooking = path("fixtures/collections/cooking");
const computer = ["--device", "simd", "--threads", "1"];
const coarse = ["--rule", "right", "--steps", "1", "--relevant-from", "2"];

/** Copies the collection, its judgements changed. */
async function writeCollection(folder: string, change: (lines: readonly string[]) => string[]) {
  await Deno.mkdir(`${folder}/qrels`, { recursive: true });
  for (const name of ["corpus.jsonl", "queries.jsonl"]) {
    await Deno.copyFile(`${cooking}/${name}`, `${folder}/${name}`);
  }
  const [header, ...lines] = (await Deno.readTextFile(`${cooking}/qrels/test.tsv`)).trimEnd()
    .split("\n");
  await Deno.writeTextFile(
    `${folder}/qrels/test.tsv`,
    `${[header, ...change(lines)].join("\n")}\n`,
  );
}

/** Judgements of which the model believes few: every second grade says the contrary. */
const contrary = (lines: readonly string[]) =>
  lines.map((line, i) => {
    const [query, document, grade] = line.split("\t");
    return [query, document, i % 4 === 0 ? grade : grade === "2" ? 0 : 2].join("\t");
  });

/** Judgements of documents that are not there, beside the true ones. */
const missing = (
  lines: readonly string[],
) => [...lines, "q0\tgone-1\t2", "q1\tgone-2\t0", "q1\tgone-1\t2"];

const attribute = (dataset: string, output: string, ...more: string[]) => [
  ...["attribute", "--model", model, "--dataset", dataset, "--output", output],
  ...[...coarse, ...computer, ...more],
];
const schemeOf = (file: string) => openScheme(() => Deno.readFile(file), file);

Deno.test("attribute --max-pairs keeps so many pairs, and its shards merge to the same bytes", () =>
  inFolder(async (folder) => {
    const dataset = `${folder}/data`;
    await writeCollection(dataset, contrary);
    const args = ["--label", "relevant", "--max-pairs", "8"];
    const whole = await cli(attribute(dataset, `${folder}/whole`, ...args));
    assertEquals(whole.code, 0, whole.stderr);
    const [, dropped, asked] = /8 pairs attributed, (\d+) dropped .*, asked about (\d+) of \d+;/
      .exec(whole.stderr)!;
    assertEquals(Number(dropped) + 8, Number(asked));
    assert(Number(dropped) > 8, "the model was to disagree with most");
    const { metadata, pairs } = await schemeOf(`${folder}/whole`);
    assertEquals([pairs, metadata.dropped], [8, dropped]);
    const list = await Deno.readTextFile(`${folder}/whole.pairs.tsv`);
    assertEquals(list.trimEnd().split("\n").length, 9);
    for (const [i, name] of ["a", "b", "c"].entries()) {
      const shard = ["--shard", `${i}/3`, "--quiet"];
      assertEquals(await main(attribute(dataset, `${folder}/${name}`, ...args, ...shard)), 0);
    }
    assertEquals(
      await main(["merge", ...["m", "b", "c", "a"].map((x) => `${folder}/${x}`), "--quiet"]),
      0,
    );
    for (const end of ["", ".pairs.tsv"]) {
      assertEquals(
        await Deno.readFile(`${folder}/m${end}`),
        await Deno.readFile(`${folder}/whole${end}`),
      );
    }
    // its list repeats it: other places, the same pairs
    const again = ["--label", "relevant", "--pair-list", `${folder}/whole.pairs.tsv`, "--quiet"];
    const listed = attribute(dataset, `${folder}/again`, ...again);
    listed.splice(listed.indexOf("--relevant-from"), 2); // it selects nothing beside a list
    assertEquals(await main(listed), 0);
    const repeated = await schemeOf(`${folder}/again`);
    assertEquals(repeated.mean, (await schemeOf(`${folder}/whole`)).mean);
    assertEquals(repeated.metadata.pair_list_sha256, metadata.pair_list_sha256);
    const twice = await cli(["merge", `${folder}/x`, `${folder}/again`, `${folder}/whole`]);
    assertEquals(twice.code, 1);
    assertStringIncludes(twice.stderr, "got the same list in both");
  }));

Deno.test("attribute --max-pairs takes the pairs there are where fewer agree, and says so", () =>
  inFolder(async (folder) => {
    await writeCollection(`${folder}/data`, (lines) => contrary(lines).slice(0, 40));
    const args = ["--label", "relevant", "--max-pairs", "20"];
    const { code, stderr } = await cli(attribute(`${folder}/data`, `${folder}/S`, ...args));
    assertEquals(code, 0, stderr);
    const { pairs } = await schemeOf(`${folder}/S`);
    assert(pairs > 0 && pairs < 20);
    assertMatch(stderr, new RegExp(`note: ${pairs} pairs of at most 20: the model agrees with no`));
  }));

Deno.test("study keeps so many pairs as attribute does, and knows their list by the same hash", () =>
  inFolder(async (folder) => {
    await writeCollection(`${folder}/data`, contrary);
    const args = ["--label", "relevant", "--max-pairs", "5", "--quiet"];
    assertEquals(await main(attribute(`${folder}/data`, `${folder}/S`, ...args)), 0);
    const study = {
      model,
      collections: {
        c: { folder: "data", labels: ["relevant"], inDomain: true, relevantFrom: 2, maxPairs: 5 },
      },
      attribution: { rule: "right", steps: 1 },
      ...{ baselines: false, convergence: false, overlaps: false, certainty: false },
      ...{ traces: false, segments: false, locations: [] },
    };
    await Deno.writeTextFile(`${folder}/study.json`, JSON.stringify(study));
    const made = await cli([
      "study",
      `${folder}/study.json`,
      "--output",
      `${folder}/out`,
      ...computer,
    ]);
    assertEquals(made.code, 0, made.stderr);
    const [own, other] = [
      await schemeOf(`${folder}/out/schemes/P_c.safetensors`),
      await schemeOf(`${folder}/S`),
    ];
    assertEquals([own.pairs, own.mean, own.m2], [5, other.mean, other.m2]);
    const known = ["pair_list_sha256", "dropped", "sampled_negatives", "selection", "completeness"];
    for (const key of known) assertEquals(own.metadata[key], other.metadata[key], key);
    assertEquals(
      await Deno.readTextFile(`${folder}/out/schemes/P_c.safetensors.pairs.tsv`),
      await Deno.readTextFile(`${folder}/S.pairs.tsv`),
    );
    const twice = await cli([
      ...["merge", `${folder}/x`, `${folder}/S`, `${folder}/out/schemes/P_c.safetensors`],
    ]);
    assertEquals(twice.code, 1, "the same pairs, asked for by two commands");
  }));

Deno.test("commands that take judgements leave out those of missing documents, or refuse them", () =>
  inFolder(async (folder) => {
    const dataset = `${folder}/data`;
    await writeCollection(dataset, missing);
    const few = ["--label", "relevant", "--max-pairs", "3"];
    const pairs = ["--model", model, "--dataset", dataset, ...few, "--relevant-from", "2"];
    const whole = await cli(attribute(cooking, `${folder}/P_ms.safetensors`, ...few));
    assertEquals(whole.code, 0, whole.stderr);
    const study = {
      model,
      collections: {
        c: { folder: "data", labels: ["relevant"], inDomain: true, relevantFrom: 2, maxPairs: 3 },
      },
      validation: { v: { folder: "data", relevantFrom: 2, queries: 2, mostRelevant: 1 } },
      attribution: { rule: "right", steps: 1 },
      ...{ convergence: false, overlaps: false, certainty: false, traces: false, segments: false },
      ...{ locations: [], baselines: { pairs: 3 } },
      ablation: { rows: ["P[c]"], levels: ["1%"], controls: [], repetitions: 1 },
    };
    await Deno.writeTextFile(`${folder}/study.json`, JSON.stringify(study));
    const commands = {
      attribute: attribute(dataset, `${folder}/S`, ...few),
      baselines: ["baselines", ...pairs, ...computer],
      converge: [
        ...withOptions(["converge", ...pairs], ["--max-pairs", "1", "--steps", "1"]),
        ...["--tolerances", ".5", "--reference", ".1", ...computer],
      ],
      ablate: [
        ...["ablate", "--model", model, "--datasets", dataset, "--schemes", folder, "--rows"],
        ...["P[ms]", "--levels", "1", "--queries", "2", "--most-relevant", "1"],
        ...["--relevant-from", "2", "--repetitions", "1", ...computer],
      ],
      study: ["study", `${folder}/study.json`, "--output", `${folder}/out`, ...computer],
    };
    for (const [command, args] of Object.entries(commands)) {
      const strict = await cli([...args, "--strict"]);
      assertEquals(strict.code, 1, command);
      assertMatch(
        strict.stderr,
        /error: Cannot find document "gone-1" of .*test\.tsv:\d+: .*nor 1 others/,
      );
      const { code, stderr } = await cli(args);
      assertEquals(code, 0, stderr);
      const notes = stderr.split("\n").filter((line) => line.startsWith("note: left out"));
      assertEquals(notes.length, 1, `${command}: ${stderr}`);
      assertMatch(notes[0], /3 judgements of .*lacks 2 documents, "gone-1", "gone-2"; --strict/);
    }
    const named = '{"judgements":3,"documents":["gone-1","gone-2"]}';
    for (const file of ["S", "out/schemes/P_c.safetensors"]) {
      const { metadata, mean } = await schemeOf(`${folder}/${file}`);
      assertEquals(metadata.missing_documents, named, file);
      assertEquals(mean, (await schemeOf(`${folder}/P_ms.safetensors`)).mean, file);
    }
    assertEquals(
      (await schemeOf(`${folder}/P_ms.safetensors`)).metadata.missing_documents,
      undefined,
    );
  }));

sharedTest(
  "attribute --max-pairs finds pairs of NFCorpus that MiniLM agrees with, one of ten",
  "data/nfcorpus/",
  (data) =>
    inFolder(async (folder) => {
      const minilm = decodeURIComponent(
        new URL("../../models/minilm-cross-encoder", data).pathname,
      );
      const { code, stderr } = await cli([
        ...["attribute", "--model", minilm, "--dataset", decodeURIComponent(data.pathname)],
        ...["--label", "relevant", "--max-pairs", "2", "--output", `${folder}/S`],
        ...["--rule", "right", "--steps", "1", "--max-length", "64", ...computer],
      ]);
      assertEquals(code, 0, stderr);
      const { pairs, metadata } = await schemeOf(`${folder}/S`);
      const { dropped } = readSchemeMetadata(metadata);
      assertEquals(pairs, 2);
      assert(dropped! > 2);
    }),
);

/** `describe` as a user meets it. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Description } from "../../../internal.ts";
import { openSafetensors } from "../../../internal.ts";
import { parseSynonyms } from "../../../src/formats/synonyms.ts";
import { main } from "../../../src/cli/main.ts";
import { root } from "../../backends.ts";
import { cli, inFolder, spawn, withOptions } from "../run.ts";

const path = (name: string) => decodeURIComponent(new URL(name, root).pathname);
const model = path("fixtures/tiny-cross-encoder");
const allPairs = path("fixtures/pairs.tsv");
const cooking = path("fixtures/collections/cooking");
const computer = ["--device", "simd", "--threads", "1"];
const coarse = ["--rule", "right", "--steps", "2"];
const neurons = ["2.attention_output.62", "3.intermediate.5", "0.key.1"];

const describe = (...more: string[]) =>
  withOptions([
    ...["describe", "--model", model, "--neurons", neurons.join(","), "--pairs", allPairs],
    ...["--max-pairs", "10", "--draws", "100", ...coarse, ...computer],
    ...(more.includes("none") ? [] : ["--axiom-pairs", "2"]),
  ], more);

const fromDataset = (folder: string, ...more: string[]) =>
  withOptions([
    ...["describe", "--model", model, "--neurons", neurons.join(","), "--dataset", cooking],
    ...["--index", `${folder}/index`, "--relevant-from", "2", "--max-pairs", "6"],
    ...["--draws", "100", "--axiom-pairs", "2", ...coarse, ...computer],
  ], more);

const read = async (file: string): Promise<Description & { provenance: Record<string, string> }> =>
  JSON.parse(await Deno.readTextFile(file));

Deno.test("describe gives the conductances of attribute --per-pair, to the bit", () =>
  inFolder(async (folder) => {
    const args = ["--examples", "10", "--axioms", "none", "--json", `${folder}/d.json`];
    assertEquals(await main(describe(...args, "--output", `${folder}/d.tsv`, "--quiet")), 0);
    const attribute = [
      ...["attribute", "--model", model, "--pairs", allPairs, "--max-pairs", "10", "--quiet"],
      ...["--output", `${folder}/S`, "--per-pair", `${folder}/each`, ...coarse, ...computer],
    ];
    assertEquals(await main(attribute), 0);
    const { neurons: found, pairs, effects } = await read(`${folder}/d.json`);
    assertEquals(effects, []);
    for (const { neuron, examples } of found) {
      const [layer, component, unit] = neuron.split(".");
      assertEquals(examples.length, 10);
      for (const { pair, conductance } of examples) {
        const bytes = await Deno.readFile(`${folder}/each/${pair}.safetensors`);
        const file = await openSafetensors(
          (_, range) => Promise.resolve(range ? bytes.slice(range.start, range.end) : bytes),
          "",
        );
        const values = await file.read(component);
        const [, width] = file.entries.get(component)!.shape;
        assertEquals(Math.fround(conductance), values[Number(layer) * width + Number(unit)]);
        assertEquals(String(pairs[pair].F.input), file.metadata.F_input);
      }
    }
  }));

Deno.test("describe takes both labels of a collection, with BM25 as the command bm25 and grades", () =>
  inFolder(async (folder) => {
    const files = ["--json", `${folder}/d.json`, "--html", `${folder}/d.html`];
    const { code, stdout, stderr } = await cli(fromDataset(folder, ...files));
    assertEquals(code, 0, stderr);
    const lines = stdout.trimEnd().split("\n").map((line) => line.split("\t"));
    assertEquals(lines[0].slice(0, 5), ["neuron", "quantity", "with", "statistic", "value"]);
    const found = await read(`${folder}/d.json`);
    assertEquals(found.pairs.map(({ label }) => label), [
      ...Array(6).fill("relevant"),
      ...Array(6).fill("non-relevant"),
    ]);
    assertEquals(new Set(found.pairs.map(({ signals }) => signals.grade)), new Set([2, 0]));
    const run = await cli(["bm25", "--dataset", cooking, "--index", `${folder}/index`]);
    const scores = run.stdout.trimEnd().split("\n").map((line) => Number(line.split(" ")[4]));
    const own = found.pairs.map(({ signals }) => signals.bm25!).filter((score) => score > 0);
    assert(own.length > 3);
    const seen = (score: number) => scores.some((one) => Math.abs(one - score) < 1e-6);
    assert(own.every(seen), `${own}`); // bm25 prints six decimals or more
    assertEquals(lines.length, 1 + found.correlations.length + found.effects.length);
    const page = await Deno.readTextFile(`${folder}/d.html`);
    for (const name of neurons) assertStringIncludes(page, `<b>${name}</b>`);
    assertMatch(page, /<b class=[ud]8 title="-?[\d.e-]+">/);
    assertStringIncludes(page, "default-src &#39;none&#39;");
    assertStringIncludes(page, "What changes them?");
    assert(!page.includes("<script"));
    assert(!page.includes("by-conductance"));
  }));

Deno.test("describe --token-conductance lets the reader choose, without a script, what colours tokens", () =>
  inFolder(async (folder) => {
    const file = `${folder}/d.html`;
    const more = ["--axioms", "none", "--html", file, "--json", `${folder}/d.json`, "--quiet"];
    const { code, stderr } = await cli(describe("--token-conductance", ...more));
    assertEquals(code, 0, stderr);
    const page = await Deno.readTextFile(file);
    assert(!page.includes("<script"));
    assertEquals(page.match(/<input type="radio" name="by"/g)?.length, 3);
    const { neurons: found, provenance } = await read(`${folder}/d.json`);
    assertEquals(provenance["token-conductance"], "on");
    // a row of each kind an example, the second coloured by the conductances
    const rows = [...page.matchAll(/<p class="tokens by-(\w+)"><small>\1<\/small>(.*)<\/p>/g)];
    const examples = found.flatMap(({ examples }) => examples);
    assertEquals(rows.length, 2 * examples.length);
    examples.forEach(({ conductances, activations }, i) => {
      const pair = [activations, conductances!];
      for (const [kind, values] of pair.entries()) {
        const [, of, row] = rows[2 * i + kind];
        assertEquals(of, ["activation", "conductance"][kind]);
        const titles = Array.from(row.matchAll(/title="(.*?)">/g), ([, title]) => title);
        const all = values.map((value) => value ?? 0);
        const largest = Math.max(...all.map(Math.abs));
        const coloured = all.filter((value) => Math.round(8 * Math.abs(value) / largest) > 0);
        assertEquals(titles, coloured.map((value) => value.toPrecision(3)));
      }
    });
    const refused = await cli(describe("--token-conductance", "--quiet"));
    assertEquals(refused.code, 2);
    assertStringIncludes(refused.stderr, "only --json and --html have tokens");
  }));

Deno.test("describe counts the neurons of each set, and describes a neuron of two sets once", () =>
  inFolder(async (folder) => {
    const set = (names: readonly string[]) =>
      JSON.stringify({
        ...{ format: "neuron-set/1", model: "m", layers: 4, level: 0.5, expression: "P[x]" },
        units: Object.fromEntries(
          ["query", "key", "value", "attention_output", "intermediate", "ff_output"]
            .map((name) => [name, name === "intermediate" ? 256 : 128]),
        ),
        ...{ neurons: names, provenance: {} },
      });
    await Deno.writeTextFile(`${folder}/P.json`, set(neurons.slice(0, 2)));
    await Deno.writeTextFile(`${folder}/N.json`, set(neurons.slice(1)));
    const files = ["--neurons", `${folder}/P.json,${folder}/N.json`, "--json", `${folder}/d.json`];
    const { code, stderr } = await cli(describe(...files, "--output", `${folder}/t`));
    assertEquals(code, 0, stderr);
    const found = await read(`${folder}/d.json`);
    assertEquals(found.neurons.map(({ neuron }) => neuron), [
      ...neurons.slice(0, 2),
      neurons[2],
    ]);
    assertEquals(found.sets, [
      { name: "P", neurons: neurons.slice(0, 2) },
      { name: "N", neurons: neurons.slice(1).toReversed() }, // a set is in the order of ids
    ]);
    assertEquals(
      new Set(found.summary.map((one) => `${one.set} ${one.neurons}`)),
      new Set(["P 2", "N 2"]),
    );
  }));

Deno.test("describe that is killed goes on to the same bytes", () =>
  inFolder(async (folder) => {
    const run = (name: string) =>
      describe(
        ...["--output", `${folder}/${name}`, "--json", `${folder}/${name}.json`],
        ...["--max-pairs", "60", "--axiom-pairs", "8", "--rule", "right", "--steps", "12"],
      );
    assertEquals((await cli(run("whole"))).code, 0);
    const child = spawn(run("cut"));
    for (let turn = 0, size = 0; turn < 3000 && size < 8000; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      size = await Deno.stat(`${folder}/cut.journal`).then((info) => info.size, () => 0);
    }
    child.kill("SIGKILL");
    assertEquals((await child.output()).signal, "SIGKILL");
    const { code, stderr } = await cli(run("cut"));
    assertEquals(code, 0, stderr);
    assertMatch(stderr, /going on from .*cut\.journal: (all )?\d+ (of 60 )?pairs are done/);
    for (const end of ["", ".json"]) {
      const [whole, cut] = await Promise.all(
        ["whole", "cut"].map((name) => Deno.readTextFile(`${folder}/${name}${end}`)),
      );
      assertEquals(cut, whole);
    }
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(left, ["cut", "cut.json", "whole", "whole.json"]);
  }));

Deno.test("describe --speaks-for relevant gives F of one class, whatever the label", () =>
  inFolder(async (folder) => {
    const F = async (speaksFor: string) => {
      const json = `${folder}/${speaksFor}.json`;
      const args = ["--speaks-for", speaksFor, "--axioms", "none", "--output", `${folder}/t`];
      assertEquals(await main(describe(...args, "--json", json, "--quiet")), 0);
      return (await read(json)).pairs;
    };
    const [own, relevant] = [await F("own"), await F("relevant")];
    assert(new Set(own.map(({ label }) => label)).size === 2);
    for (const [i, pair] of own.entries()) {
      const same = pair.F.input === relevant[i].F.input;
      assertEquals(same, pair.label === "relevant"); // two logits, which are not each other's negative
    }
  }));

Deno.test("describe says what it cannot describe, in a sentence", () =>
  inFolder(async (folder) => {
    const write = async (name: string, text: string) => {
      await Deno.writeTextFile(`${folder}/${name}`, text);
      return `${folder}/${name}`;
    };
    const relevant = (await Deno.readTextFile(allPairs)).split("\n")
      .filter((line) => line.endsWith("\t1")).slice(0, 6).join("\n");
    const labelled = await write("relevant.tsv", `${relevant}\n`);
    const one = await write("one.tsv", "copper pan\tpolish the copper pan\t1\n");
    const set = {
      ...{ format: "neuron-set/1", model: "m", layers: 4, level: 0.5, expression: "P[x]" },
      units: Object.fromEntries(
        ["query", "key", "value", "attention_output", "intermediate", "ff_output"]
          .map((name) => [name, name === "intermediate" ? 256 : 128]),
      ),
      ...{ neurons: [], provenance: {} },
    };
    const empty = await write("empty.json", JSON.stringify(set));
    const cases: readonly (readonly [string[], number, RegExp])[] = [
      [
        ["--pairs", labelled, "--signals", "grade"],
        1,
        /^error: Cannot correlate with signal grade: expected values that differ between pairs, it is 1 in all of 6 pairs$/m,
      ],
      [
        ["--pairs", one],
        1,
        /^error: Cannot correlate with signal exact-match: .* 2 in all of 1 pair/m,
      ],
      [["--neurons", "9.key.1"], 1, /^error: Cannot use neuron 9\.key\.1: the model has 4 layers/m],
      [["--neurons", "0.key"], 1, /^error: .*0\.key/m],
      [
        ["--neurons", empty],
        2,
        /^error: Option --neurons cannot be .*expected 1 to 5000 neurons, got 0/m,
      ],
      [["--signals", "bm26"], 2, /Option --signals cannot be "bm26": expected some of exact-match/],
      [["--signals", ","], 2, /Option --signals needs the name of a signal/],
      [["--axioms", "TFC3"], 2, /Option --axioms cannot be "TFC3": expected some of TFC1/],
      [["--axioms", "none", "--axiom-pairs", "3"], 2, /Option --axiom-pairs has no effect/],
      [["--draws", "5"], 2, /Option --draws cannot be "5": expected an integer from 100/],
    ];
    for (const [more, wanted, says] of cases) {
      const { code, stdout, stderr } = await cli(describe(...more));
      assertEquals([code, stdout], [wanted, ""], `${more}: ${stderr}`);
      assertMatch(stderr, says);
    }
  }));

Deno.test("describe leaves out, and tells, signals that no pair differs in", () =>
  inFolder(async (folder) => {
    // no passage has a word of its query
    const lines = ["blue whale\tpolish the copper pan\t1", "red sea\tbeef soup of the house\t1"];
    await Deno.writeTextFile(`${folder}/p.tsv`, lines.join("\n") + "\n");
    const { code, stdout, stderr } = await cli(describe("--pairs", `${folder}/p.tsv`));
    assertEquals(code, 0, stderr);
    for (const name of ["exact-match", "coverage", "longest-ngram", "bm25", "idf-match", "grade"]) {
      assertMatch(
        stderr,
        new RegExp(`^note: left out signal ${name}: it is [01] in all of 2 pairs$`, "m"),
      );
    }
    assertMatch(stderr, /^note: left out signal first-match: none of 2 pairs has it$/m);
    assertMatch(stderr, /^note: no interval where there are fewer than five queries$/m);
    const with_ = new Set(stdout.trimEnd().split("\n").slice(1).map((line) => line.split("\t")[2]));
    assert(with_.has("passage-length") && !with_.has("first-match"), [...with_].join());
  }));

Deno.test("describe --synonyms puts them in place of near words, and says so", () =>
  inFolder(async (folder) => {
    const list = `${folder}/synonyms.tsv`;
    const lines = (await Deno.readTextFile(allPairs)).trim().split("\n").slice(0, 10)
      .map((line) => line.split("\t").map((text) => text.toLowerCase().match(/[a-z]{4,}/g) ?? []));
    const given = new Map(
      lines.flatMap(([query], i) =>
        query.map((word) => [word, lines[(i + 1) % lines.length][1].slice(0, 3)] as const)
      ),
    );
    await Deno.writeTextFile(
      list,
      [...given].map(([word, others]) => `${[word, ...others].join("\t")}\n`).join(""),
    );
    const synonyms = parseSynonyms(await Deno.readTextFile(list), { name: list });
    const args = describe(
      ...["--axioms", "STMC1", "--synonyms", list, "--quiet", "--examples", "1"],
      ...[
        "--output",
        `${folder}/d.tsv`,
        "--json",
        `${folder}/d.json`,
        "--html",
        `${folder}/d.html`,
      ],
    );
    assertEquals(await main(args), 0);
    const { minimalPairs, provenance } = await read(`${folder}/d.json`);
    assert(minimalPairs.length > 0);
    for (const { term, words: [near, far] } of minimalPairs) {
      assert(synonyms.get(term!)!.includes(near) && !synonyms.get(term!)!.includes(far));
    }
    assertEquals(provenance.synonyms_sha256.length, 64);
    assertStringIncludes(
      await Deno.readTextFile(`${folder}/d.html`),
      "a synonym of a missing term",
    );
    const idle = await cli(describe("--axioms", "TFC1", "--synonyms", list));
    assertEquals(idle.code, 2, idle.stderr);
    assertMatch(idle.stderr, /--synonyms has no effect: --axioms has no STMC1/);
    await Deno.writeTextFile(list, "zzz\tyyy\n"); // of no term
    const unused = await cli(describe("--axioms", "LNC2,STMC1", "--synonyms", list));
    assertEquals(unused.code, 0, unused.stderr);
    assertMatch(unused.stderr, /^note: no minimal pairs of STMC1 could be made/m);
    await Deno.writeTextFile(list, "one\n");
    const bad = await cli(describe("--synonyms", list));
    assertEquals(bad.code, 1, bad.stderr);
    assertMatch(bad.stderr, /synonyms\.tsv, line 1: expected two or more single words/);
  }));

/** `faithfulness`: its table, its file, its journal, and what it refuses. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { root } from "../../backends.ts";
import { cli, inFolder, spawn } from "../run.ts";

const path = (name: string) => decodeURIComponent(new URL(name, root).pathname);
const model = path("fixtures/tiny-cross-encoder");
const cooking = path("fixtures/collections/cooking");
const computer = ["--model", model, "--device", "simd", "--threads", "1"];
const few = ["--rules", "right:8,right:1", "--units", "30", "--orders", "2", "--level", "1%"];

Deno.test("faithfulness prints its figures, and the same in a file, whatever stopped it", () =>
  inFolder(async (folder) => {
    const lines = (await Deno.readTextFile(path("fixtures/pairs.tsv"))).trimEnd().split("\n");
    const relevant = lines.filter((line) => line.endsWith("\t1")).slice(0, 24);
    await Deno.writeTextFile(`${folder}/pairs`, relevant.join("\n") + "\n");
    const args = [
      ...["faithfulness", ...computer, "--pairs", `${folder}/pairs`, ...few],
    ];
    const { code, stdout, stderr } = await cli([...args, "--json", `${folder}/f.json`]);
    assertEquals(code, 0, stderr);
    const [header, ...rows] = stdout.trimEnd().split("\n").map((line) => line.split("\t"));
    const records = rows.map((row) => Object.fromEntries(header.map((key, i) => [key, row[i]])));
    const json = JSON.parse(await Deno.readTextFile(`${folder}/f.json`));
    assertEquals([json.format, json.pairs, json.units.length], ["faithfulness/1", 24, 30]);
    assertEquals(
      json.agreement.map((one: { rule: string; evaluations: number }) =>
        `${one.rule}, ${one.evaluations}`
      ).filter((_: string, i: number) => i % 3 === 0),
      ["right 8, 9", "right 1, 2"],
    );
    const spearman = records.find(({ figure, of }) =>
      figure === "patching_spearman" && of === "all"
    );
    assertEquals(Number(spearman!.value), Number(json.agreement[0].spearman.toPrecision(12)));
    const cpr = records.find(({ figure }) => figure === "CPR")!;
    assertEquals(Number(cpr.value), Number(json.areas[0].insertion.value.toPrecision(12)));
    assert(Number(cpr.value) > Number(cpr.random), "the first rule orders no better than chance");
    assertEquals(json.provenance.dataset, `${folder}/pairs`);

    const kept = [...args, "--output", `${folder}/out`, "--json", `${folder}/g.json`, "--quiet"];
    const child = spawn(kept);
    const journal = `${folder}/out.journal`;
    let grown = false;
    const status = child.status.then(() => grown = true);
    for (let size = 0; !grown && size < 700_000;) { // past the attributions
      size = await Deno.stat(journal).then((info) => info.size, () => 0);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    try {
      child.kill("SIGKILL");
    } catch {
      // done already
    }
    await Promise.all([status, child.stdout.cancel(), child.stderr.cancel()]);
    const resumed = await cli(kept);
    assertEquals(resumed.code, 0, resumed.stderr);
    assertEquals(await Deno.readTextFile(`${folder}/out`), stdout);
    assertEquals(await Deno.readTextFile(`${folder}/g.json`), JSON.stringify(json, null, 1) + "\n");
  }));

Deno.test("faithfulness adds floors of a collection's lists, and layers drawn anew", () =>
  inFolder(async (folder) => {
    const qrels = (await Deno.readTextFile(`${cooking}/qrels/test.tsv`)).trimEnd().split("\n");
    const lists = qrels.slice(1).map((line) => line.split("\t"))
      .map(([query, document], i) => `${query} Q0 ${document} 1 ${9999 - i} x\n`);
    await Deno.writeTextFile(`${folder}/run`, lists.join(""));
    const { code, stdout, stderr } = await cli([
      ...["faithfulness", ...computer, "--dataset", cooking, "--label", "relevant", ...few],
      ...["--max-pairs", "2", "--candidates", `${folder}/run`, "--randomise"],
    ]);
    assertEquals(code, 0, stderr);
    const value = (figure: string) =>
      Number(stdout.split("\n").find((line) => line.startsWith(`${figure}\t`))!.split("\t")[6]);
    assert(value("floor_worst") < value("floor_random"));
    assert(value("floor_random") < value("floor_best"));
    const lowest = stdout.split("\n").filter((line) => line.startsWith("randomised_spearman\t"))
      .map((line) => line.split("\t")[3]);
    assertEquals(lowest, [3, 2, 1, 0].map((from) => `layers from ${from}`));
    assertEquals(value("floor_best"), 1); // every judged passage is in the lists
  }));

Deno.test("faithfulness refuses what cannot be, in one sentence", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/pairs`, "a\tb\t1\n");
    await Deno.writeTextFile(`${folder}/empty`, "");
    await Deno.writeTextFile(`${folder}/run`, "nobody Q0 d1 1 1 x\n");
    const base = ["faithfulness", ...computer, "--quiet"];
    const pairs = [...base, "--pairs", `${folder}/pairs`];
    const dataset = [...base, "--dataset", cooking, "--label", "relevant"];
    const cases: readonly (readonly [readonly string[], 1 | 2, string])[] = [
      [base, 2, "Expected either --dataset FOLDER or --pairs FILE"],
      [[...base, "--pairs", `${folder}/empty`], 1, "the file is empty"],
      [[...pairs, "--rules", "wrong"], 2, 'Option --rules cannot be "wrong": expected adaptive'],
      [[...pairs, "--rules", "right:1.5"], 2, "expected an integer from 1 to 100000"],
      [[...pairs, "--rules", "adaptive:0"], 2, "expected a positive number"],
      [[...pairs, "--rules", "right:1,right:1"], 2, "expected rules, each once"],
      [[...pairs, "--units", "3"], 2, "Option --units cannot be"],
      [[...pairs, "--orders", "-1"], 2, "Option --orders cannot be"],
      [[...pairs, "--level", "0"], 2, "--level"],
      [[...pairs, "--candidates", `${folder}/run`], 2, "judgements are those of --dataset"],
      [[...dataset, "--candidates", `${folder}/run`], 1, "expected lists of judged queries"],
    ];
    for (const [args, code, message] of cases) {
      const found = await cli(args);
      assertEquals([found.code, found.stdout], [code, ""], `${args.join(" ")}: ${found.stderr}`);
      assertStringIncludes(found.stderr, message);
      assertEquals(found.stderr.trimEnd().split("\n").length, 1, found.stderr);
    }
  }));

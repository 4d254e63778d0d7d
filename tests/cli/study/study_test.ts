import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { StudyResults } from "../../../src/experiments/results/results.ts";
import { cli, inFolder } from "../run.ts";
import { smallStudy } from "./small_study.ts";

const study = {
  ...smallStudy({ maxPairs: 4, queries: 3, mostRelevant: 1, steps: 4 }),
  overlaps: { levels: ["1%", "10%"], nullDraws: 20, schemeDraws: 5 },
  certainty: { draws: 10 },
  traces: false,
  segments: { pairs: 1 },
  describe: { pairs: 2, axiomPairs: 1, level: "0.1%" },
  faithfulness: { pairs: 2, units: 6, orders: 1 },
  convergence: { pairs: 1, steps: [4, 100], tolerances: [0.1], reference: 0.04 },
  ablation: { levels: ["5%"], rows: ["P[c]", "N[c]", "all(P, A) & N[c] - P[c]"], repetitions: 2 },
};

/** Runs a study with changes. */
async function run(folder: string, changes: Record<string, unknown> = {}, args: string[] = []) {
  await Deno.writeTextFile(`${folder}/study.json`, JSON.stringify({ ...study, ...changes }));
  return await cli([
    "study",
    `${folder}/study.json`,
    `--output=${folder}/out`,
    "--device=simd",
    "--threads=1",
    ...args,
  ]);
}

/** Steps by what was said of them. */
function stepsOf(stderr: string, state: string): string[] {
  return stderr.split("\n").flatMap((line) => {
    const [, name] = new RegExp(`^([a-z].*): ${state}`).exec(line) ?? [];
    return name === undefined ? [] : [name];
  });
}

Deno.test("study makes every step, keeps them the second time, and redoes what changes touch", async () => {
  await inFolder(async (folder) => {
    const first = await run(folder);
    assertEquals(first.code, 0, first.stderr);
    const all = [
      "baselines",
      "scheme P[c]",
      "scheme N[c]",
      "scheme P[a]",
      "scheme N[a]",
      "overlaps",
      "location N[c] at 1 %",
      "certainty N[c] at 1 %",
      "convergence",
      "describe",
      "faithfulness",
      "segments",
      "ablation music",
    ];
    assertEquals(stepsOf(first.stderr, "begun"), all);
    assertEquals(first.stdout.trim(), `${folder}/out/report.html`);
    const text = await Deno.readTextFile(`${folder}/out/results.json`);
    const results: StudyResults = JSON.parse(text);
    for (const { path } of results.files) await Deno.stat(`${folder}/out/${path}`);
    assertEquals(results.schemes.map(({ name, pairs }) => [name, pairs <= 4 && pairs > 0]), [
      ["P[c]", true],
      ["N[c]", true],
      ["P[a]", true],
      ["N[a]", true],
    ]);
    assertEquals(results.provenance.steps.map(({ name }) => name), all);
    assertEquals(results.provenance.device, "simd");
    const [, , empty] = results.ablation!.rows;
    assertEquals([empty.cells[0].neurons, empty.cells[0].collections[0].percent], [0, 0]);
    assertEquals(
      results.ablation!.rows.slice(3).map((
        { expression, cells: [one] },
      ) => [expression, one.repetitions]),
      [
        ["random(P[c])", 10],
        ["random(N[c])", 2],
        ["random(all(P, A) & N[c] - P[c])", 10],
      ],
    );
    const { sets, pairs, summary, axioms } = results.description!;
    assertEquals(pairs, 4);
    assertEquals(sets.map(({ expression, neurons }) => [expression, neurons]), [
      ["P[c]", 4],
      ["N[c]", 4],
      ["random(P[c], 1)", 4],
      ["random(N[c], 1)", 4],
    ]);
    assertEquals(new Set(summary.map(({ set }) => set)).size, 4);
    assert(axioms.length > 0);
    assertStringIncludes(
      await Deno.readTextFile(`${folder}/out/report.html`),
      "What do these neurons respond to?",
    );
    const [music] = results.validation;
    assert(music.original <= music.attainable && music.attainable < 1);
    assert(music.atAttainable >= 0 && music.shortLists >= 0);
    assertEquals(results.schemes.map(({ queries, errorsOver }) => [queries! > 1, errorsOver]), [
      [true, "queries"],
      [true, "queries"],
      [true, "queries"],
      [true, "queries"],
    ]);
    assert(results.overlaps!.curves.every(({ points }) => points.every((one) => one.interval)));
    assert(results.locations![0].effects);
    const { convergence } = results;
    assertEquals(convergence!.rows.map((row) => [row.rule, row.steps ?? row.tolerance]), [
      ["right", 4],
      ["right", 100],
      ["trapezoid", 4],
      ["trapezoid", 100],
      ["adaptive", 0.1],
    ]);
    assertEquals(convergence!.inUse, { rule: "right", steps: 4, tolerance: null });
    const [used] = convergence!.rows; // the rule in use: the schemes themselves
    assertEquals(used.schemes.map(({ ofScheme }) => ofScheme!.pairs), [
      results.schemes[0].pairs,
      results.schemes[1].pairs,
    ]);
    assertEquals(convergence!.pairs, { relevant: 1, nonRelevant: 1 });
    const claim = results.conclusions.find(({ id }) => id === "hundred-steps")!;
    assert(claim.tests.length === 4, claim.finding);
    assert(results.conclusions.every(({ finding }) => finding !== ""));

    const left = ["results.json", "report.html", "study.json", "figures/figure-4.svg"]
      .map((name) => `${folder}/out/${name}.7.partial`); // of a run that was killed
    for (const path of left) await Deno.writeTextFile(path, "half");
    const second = await run(folder);
    assertEquals(stepsOf(second.stderr, "kept"), all);
    for (const path of left) await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
    assertEquals(await Deno.readTextFile(`${folder}/out/results.json`), text);

    // a step that was made elsewhere, as a run does that goes on with another device
    const steps = [...Deno.readDirSync(`${folder}/out/steps`)].map(({ name }) => name);
    const baselines = `${folder}/out/steps/${steps.find((name) => /^baselines.*json$/.test(name))}`;
    const record = JSON.parse(await Deno.readTextFile(baselines));
    const elsewhere = { ...record, adapter: "Some GPU", device: "gpu" };
    await Deno.writeTextFile(baselines, JSON.stringify(elsewhere));
    assertEquals((await run(folder)).code, 0);
    const { provenance } = JSON.parse(await Deno.readTextFile(`${folder}/out/results.json`));
    assertEquals(provenance.device, "gpu; simd");
    assertEquals(provenance.adapter, `Some GPU; ${results.provenance.adapter}`);
    await Deno.writeTextFile(baselines, JSON.stringify(record));

    // another level of ablation, and a damaged scheme
    const scheme = `${folder}/out/schemes/P_a.safetensors`;
    await Deno.writeFile(scheme, (await Deno.readFile(scheme)).slice(0, 100));
    const ablation = { ...study.ablation, levels: ["6%"] };
    const third = await run(folder, { ablation });
    assertEquals(stepsOf(third.stderr, "made again"), ["scheme P[a]", "ablation music"]);
    assertStringIncludes(third.stderr, "P_a.safetensors is another");
    assertEquals(stepsOf(third.stderr, "kept").length, all.length - 2); // the same scheme came out

    const planned = await run(folder, { ablation: { ...ablation, levels: ["7%"] } }, ["--dry-run"]);
    const rows = planned.stdout.split("\n").map((line) => line.split("\t"));
    assertEquals(rows.filter(([, state]) => state === "stale").map(([name]) => name), [
      "ablation music",
    ]);
    assert(rows.filter(([, state]) => state === "kept").every((row) => row[4] === "0 s"));

    const fourth = await run(folder, { attribution: { rule: "right", steps: 5 }, ablation }, [
      "--dry-run",
    ]);
    const lines = fourth.stdout.trimEnd().split("\n").map((line) => line.split("\t"));
    assertEquals(lines[0], ["step", "state", "evaluations", "forwards", "estimate"]);
    assertEquals(lines.slice(1, 4).map((line) => line.slice(0, 2)), [
      ["baselines", "kept"],
      ["scheme P[c]", "stale"],
      ["scheme N[c]", "stale"],
    ]);
    assertEquals(lines.at(-2)?.slice(0, 2), ["ablation music", "after the schemes"]);
    assertEquals(lines[2].slice(2, 4), ["24", "4"]); // 4 pairs, 6 points; as many to ask the model
  });
});

Deno.test("study refuses missing collections, wrong files and queries without candidates", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/run.trec`, "q0 Q0 m1 1 1 x\n");
    const none = {
      ...study,
      overlaps: false,
      baselines: false,
      segments: false,
      convergence: false,
      collections: { c: { ...study.collections.c, maxPairs: 2, labels: ["relevant"] } },
      ablation: { rows: ["P[c]"], repetitions: 1 },
      certainty: false,
      validation: { music: { ...study.validation.music, candidates: "run.trec" } },
    };
    const missing = await run(folder, { validation: { x: { folder: "nowhere" } } });
    const typo = await run(folder, { ablation: { rows: ["P[c] &"] } });
    const level = await run(folder, { ablation: { levels: ["0%"] } });
    const candidates = await run(folder, none);
    const gap = await run(folder, {
      ...none,
      attribution: { rule: "right", steps: 1, agreement: false, completenessLimit: 1e-6 },
    });
    const codes = [missing, typo, level, candidates, gap].map(({ code }) => code);
    assertEquals(codes, [1, 1, 1, 1, 1]);
    assertStringIncludes(gap.stderr, "expected a gap of completeness of at most 0.000001 of F's");
    assertStringIncludes(missing.stderr, "expected validation.x.folder at");
    assertStringIncludes(typo.stderr, "ablation.rows[0]");
    assertStringIncludes(typo.stderr, "column 7");
    assertStringIncludes(level.stderr, "ablation.levels[0]");
    assertStringIncludes(candidates.stderr, "expected two or more queries with candidates");
  });
});

Deno.test("study zeroes the heads that its sets name, as ablate does", async () => {
  await inFolder(async (folder) => {
    const heads = {
      ...{ baselines: false, overlaps: false, certainty: false, convergence: undefined },
      ...{ describe: undefined, faithfulness: undefined, segments: undefined, traces: undefined },
      attribution: { rule: "right", steps: 4, units: ["heads"] },
      ablation: {
        ...{ rows: ["P[c]", "N[c]"], levels: ["20%"], repetitions: 1, otherRepetitions: 1 },
        ...{ perRelevant: 3, maxLength: 19 },
      },
    };
    const made = await run(folder, heads);
    assertEquals(made.code, 0, made.stderr);
    const { ablation }: StudyResults = JSON.parse(
      await Deno.readTextFile(`${folder}/out/results.json`),
    );
    const { code, stdout, stderr } = await cli([
      ...["ablate", "--model", study.model, "--schemes", `${folder}/out/schemes`, "--quiet"],
      ...["--datasets", study.validation.music.folder, "--relevant-from", "2", "--queries", "3"],
      ...["--most-relevant", "1", "--per-relevant", "3", "--rows", "P[c];N[c]", "--levels", "20%"],
      ...["--repetitions", "1", "--other-repetitions", "1", "--max-length", "19"],
      ...["--in-domain", "c", "--device", "simd", "--threads", "1"],
    ]);
    assertEquals(code, 0, stderr);
    const [names, ...lines] = stdout.trim().split("\n").map((line) => line.split("\t"));
    const points = lines.map((line) => Number(line[names.indexOf("change_points")]));
    const own = ablation!.rows.map(({ cells: [{ collections: [one] }] }) => one.points);
    assert(points.some((value) => value !== 0), stdout);
    assertEquals(points.slice(0, own.length), own.map((value) => Number(value.toPrecision(12))));
  });
});

Deno.test("study of two encoders comes to its report, by what follows the encoder", () =>
  inFolder(async (folder) => {
    const off = Object.fromEntries(
      ["segments", "describe", "faithfulness", "convergence", "ablation"].map((
        name,
      ) => [name, false]),
    );
    for (const model of ["bert-w30-cls-dot", "splade-l1-w36"]) {
      const encoder = new URL(`../../golden/encoders/models/${model}`, import.meta.url).pathname;
      const { code, stderr } = await run(folder, {
        ...{ ...off, model: encoder, validation: {} },
        attribution: { rule: "right", steps: 3, path: "passage" },
      });
      assertEquals(code, 0, stderr);
      const results: StudyResults = JSON.parse(
        await Deno.readTextFile(`${folder}/out/results.json`),
      );
      assertEquals(results.baselines?.score, "similarity");
    }
  }));

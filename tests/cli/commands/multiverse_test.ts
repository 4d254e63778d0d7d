import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { commands } from "../../../src/cli/commands.ts";
import type {
  MultiverseResults,
  StepRecord,
  StudyResults,
} from "../../../src/experiments/results/results.ts";
import { openStudy } from "../../../src/cli/study/context.ts";
import { runMultiverse } from "../../../src/cli/multiverse/run_multiverse.ts";
import { universeContexts } from "../../../src/cli/multiverse/universe_contexts.ts";
import { claimsOnly, universesOf } from "../../../src/experiments/multiverse/universes.ts";
import { parseVariations } from "../../../src/experiments/multiverse/variation_file.ts";
import { parseStudy } from "../../../src/experiments/study/study_file.ts";
import { simdOps } from "../../../src/compute/simd/simd_ops.ts";
import { cli, inFolder, spawn } from "../run.ts";
import { smallStudy } from "../study/small_study.ts";

const study = {
  ...smallStudy({ maxPairs: 6, queries: 4, mostRelevant: 2, steps: 3 }),
  overlaps: { levels: ["1%", "5%"], nullDraws: 20, schemeDraws: 5 },
  convergence: false,
  describe: { pairs: 2, axiomPairs: 1 }, // no claim rests on it
  ablation: {
    rows: ["P[c]", "N[c]", "all(P, A)", "F[c]"],
    ...{ levels: ["5%"], repetitions: 2, otherRepetitions: 1, perRelevant: 3, maxLength: 19 },
  },
};

/** Writes the study and what is varied; the arguments that make a multiverse of them. */
async function write(folder: string, vary: unknown, changes: Record<string, unknown> = {}) {
  await Deno.writeTextFile(`${folder}/study.json`, JSON.stringify({ ...study, ...changes }));
  await Deno.writeTextFile(`${folder}/vary.json`, JSON.stringify(vary));
  return [
    ...["multiverse", `${folder}/study.json`, "--vary", `${folder}/vary.json`],
    ...[`--output=${folder}/out`, "--device=simd", "--threads=1"],
  ];
}

async function resultsOf(folder: string): Promise<MultiverseResults> {
  return JSON.parse(await Deno.readTextFile(`${folder}/out/multiverse.json`));
}

/** Records of the steps that were made. */
async function recordsOf(folder: string): Promise<StepRecord[]> {
  const records: StepRecord[] = [];
  for await (const { name } of Deno.readDir(`${folder}/out/steps`)) {
    if (!name.endsWith(".json")) continue;
    records.push(JSON.parse(await Deno.readTextFile(`${folder}/out/steps/${name}`)));
  }
  return records;
}

const forwardsOf = (records: readonly StepRecord[]) =>
  records.reduce((sum, { forwards }) => sum + forwards, 0);

/** Results without what another run of the same study has otherwise: when and where it was made. */
const withoutOrigin = (
  { provenance: { study_sha256, model_sha256 }, ...results }: StudyResults,
) => ({
  ...results,
  files: results.files.length,
  study_sha256,
  model_sha256,
});

Deno.test("multiverse's universes are the studies of their files, to the last bit", () =>
  inFolder(async (folder) => {
    const vary = {
      strength: ["absolute"],
      refill: ["level"],
      fusion: ["rank"],
      control: ["others"],
      lists: ["passage"],
      test: ["randomisation"],
    };
    await write(folder, vary);
    const file = `${folder}/study.json`;
    const contents = claimsOnly(JSON.parse(await Deno.readTextFile(file)));
    const own = { contents, study: parseStudy(JSON.stringify(contents), file) };
    const choices = parseVariations(JSON.stringify(vary), "vary.json", own);
    const design = "full";
    const universes = universesOf(own, choices, { file, design });
    assertEquals(universes.length, 64);
    const base = await openStudy(own.study, {
      open: () => simdOps({ threads: 1 }),
      ...{ file, output: `${folder}/out`, quiet: true, strict: false },
    });
    const found: StudyResults[] = [];
    try {
      const cost = {
        ...{ steps: 0, distinct: 0, evaluations: 0, evaluationsAlone: 0 },
        ...{ forwards: 0, forwardsAlone: 0 },
      };
      const contextOf = universeContexts(base);
      await runMultiverse(
        { choices, design, universes, contextOf, cost },
        (_, results) => found.push(results),
      );
    } finally {
      base.close();
    }
    // the study's own, every other alternative of half of the choices, and of all
    for (const number of [1, 28, 64]) {
      const text = JSON.stringify(universes[number - 1].contents);
      await Deno.writeTextFile(`${folder}/alone.json`, text);
      const { code, stderr } = await cli([
        ...["study", `${folder}/alone.json`, `--output=${folder}/alone`],
        ...["--device=simd", "--threads=1", "--quiet"],
      ]);
      assertEquals(code, 0, stderr);
      const alone: StudyResults = JSON.parse(
        await Deno.readTextFile(`${folder}/alone/results.json`),
      );
      const shared: StudyResults = JSON.parse(JSON.stringify(found[number - 1]));
      assertEquals(withoutOrigin(shared), withoutOrigin(alone), `universe ${number}`);
      assertEquals(
        shared.provenance.steps.map(({ name, sha256 }) => [name, sha256]),
        alone.provenance.steps.map(({ name, sha256 }) => [name, sha256]),
      );
    }
    const verdicts = (results: StudyResults) => results.ablation!.rows.map(({ cells }) => cells);
    assert(JSON.stringify(verdicts(found[0])) !== JSON.stringify(verdicts(found[63])));
  }));

Deno.test("multiverse tells its cost first, and tests and corrections cost no pass of the model", () =>
  inFolder(async (folder) => {
    const few = await write(folder, { test: ["randomisation"] });
    const dry = await cli([...few, "--dry-run"]);
    assertEquals(dry.code, 0, dry.stderr);
    assertEquals(dry.stdout.split("\n").map((line) => line.split("\t")[0]), [
      ...["2 universes", "steps", "evaluations", "forward passes", "estimate", "choice test", ""],
    ]);
    const first = await cli(few);
    assertEquals(first.code, 0, first.stderr);
    const before = await recordsOf(folder);
    const many = await write(folder, {
      test: ["independent", "randomisation"],
      correction: ["benjamini-hochberg", "none"],
    });
    const second = await cli(many);
    assertEquals(second.code, 0, second.stderr);
    const after = await recordsOf(folder);
    assertEquals(after.length, before.length); // nothing was made, of the model or of anything
    assertEquals(forwardsOf(after), forwardsOf(before));
    assert(!/: begun/.test(second.stderr), second.stderr);
    assertEquals(second.stderr.match(/^(scheme .*|scores .*|baselines): kept$/gm)?.length, 6);
    const { universes, claims, cost } = await resultsOf(folder);
    assertEquals([universes.length, cost.steps, cost.distinct], [9, 9 * 8, 8]);
    assertEquals(cost.forwards, forwardsOf(after));
    assertEquals(cost.evaluations, after.reduce((sum, one) => sum + one.evaluations, 0));
    assertEquals(cost.forwardsAlone, 9 * cost.forwards);
    const lines = second.stdout.trim().split("\n");
    assertEquals(lines.length, claims.length + 1);
    for (const [i, { id }] of claims.entries()) {
      assert(
        /^[\w-]+: holds in \d of 9 universes; reverses in \d;.* hangs on: /.test(lines[i]),
        lines[i],
      );
      assert(lines[i].startsWith(`${id}: `));
    }
    const page = await Deno.readTextFile(`${folder}/out/report.html`);
    for (const { id } of claims) assertStringIncludes(page, `id="claim-${id}"`);
    const tsv = (await Deno.readTextFile(`${folder}/out/multiverse.tsv`)).trim().split("\n");
    assertEquals(tsv.length, 1 + 9 * claims.length);
    assertEquals(
      tsv[0],
      "claim\tuniverse\teffect\tunit\tlow\thigh\tp\tverdict\ttest\tcorrection",
    );
  }));

Deno.test("multiverse scores a pair under a set once, whatever asks for it", () =>
  inFolder(async (folder) => {
    const args = await write(folder, { lists: ["passage"], fusion: ["l1"] });
    const { code, stderr } = await cli([...args, "--quiet"]);
    assertEquals([code, stderr], [0, ""]);
    const forwards = (some: readonly StepRecord[], name: string) =>
      forwardsOf(some.filter((one) => one.name.startsWith(name)));
    const shared = await recordsOf(folder);
    const alone: number[] = [];
    for (const number of ["1", "2", "3", "4"]) {
      const text = await cli([...args, "--universe", number]);
      assertEquals(text.code, 0, text.stderr);
      await Deno.writeTextFile(`${folder}/${number}.json`, text.stdout);
      const made = await cli([
        ...["study", `${folder}/${number}.json`, `--output=${folder}/alone`],
        ...["--device=simd", "--threads=1", "--quiet"],
      ]);
      assertEquals(made.code, 0, made.stderr);
      const results: StudyResults = JSON.parse(
        await Deno.readTextFile(`${folder}/alone/results.json`),
      );
      alone.push(forwards(results.provenance.steps, "ablation"));
    }
    assertEquals(forwards(shared, "ablation"), 0);
    // universes 1 and 2 rank all pairs; 3 and 4 some of them, so that they ask for nothing new
    const sets = 1 + 4 + 5; // unpruned, four rows, five random sets
    const pairs = alone[0] / sets;
    assertEquals(alone[1], alone[0]);
    assert(alone[2] < alone[0] && alone[3] === alone[2], `${alone}`);
    assertEquals(forwards(shared, "scores"), pairs * (sets + 2)); // F and its control anew
  }));

Deno.test("multiverse that is killed goes on, and ends in the same bytes", () =>
  inFolder(async (folder) => {
    const vary = { strength: ["absolute"], "ablation.perRelevant": [6] };
    const changes = {
      validation: { music: { ...study.validation.music, queries: 8, mostRelevant: 3 } },
      ablation: { ...study.ablation, repetitions: 20 },
    };
    const args = await write(folder, vary, changes);
    const child = spawn(args);
    const said: string[] = [];
    const reading = (async () => {
      for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) said.push(text);
    })();
    let ended = false;
    const ending = child.status.then(() => ended = true);
    const size = (): number => {
      try {
        return Math.max(
          0,
          ...[...Deno.readDirSync(`${folder}/out/steps`)]
            .filter(({ name }) => /^scores.*journal$/.test(name))
            .map(({ name }) => Deno.statSync(`${folder}/out/steps/${name}`).size),
        );
      } catch {
        return 0; // not there yet, or gone meanwhile
      }
    };
    while (!ended && size() < 1000) await new Promise((resolve) => setTimeout(resolve, 10));
    const killed = !ended;
    if (killed) child.kill("SIGKILL");
    await Promise.all([reading, ending]);
    await child.stdout.cancel();
    assert(killed && !(await child.status).success, said.join(""));
    const again = await cli(args);
    assertEquals(again.code, 0, again.stderr);
    assertEquals(again.stderr.match(/^scheme .*: kept$/gm)?.length, 4);
    const bytes = await Deno.readTextFile(`${folder}/out/multiverse.json`);
    const whole = await cli(args.with(4, `--output=${folder}/whole`));
    assertEquals(whole.code, 0, whole.stderr);
    assertEquals(await Deno.readTextFile(`${folder}/whole/multiverse.json`), bytes);
    for (const name of ["report.html", "multiverse.tsv", "choices.tsv"]) {
      assertEquals(
        await Deno.readTextFile(`${folder}/whole/${name}`),
        await Deno.readTextFile(`${folder}/out/${name}`),
      );
    }
    const third = await cli(args);
    assert(!/begun/.test(third.stderr), third.stderr);
    const other = await cli([...args, "--precision=tf16"]); // whose steps these are not
    assertEquals(other.code, 2, other.stderr);
    assertStringIncludes(other.stderr, "Option --precision tf16 needs a GPU");
  }));

Deno.test("multiverse is shared out over shards, schemes first, and ends in the same bytes", () =>
  inFolder(async (folder) => {
    const args = await write(folder, { strength: ["absolute"], lists: ["passage"] });
    const shard = async (part: string) => {
      const { code, stdout, stderr } = await cli([...args, "--shard", part, "--quiet"]);
      assertEquals(code, 0, stderr);
      return stdout.trim();
    };
    const told = (own: number, missing: number) =>
      `${own} steps are made; of other shards' ${missing} are not there yet`;
    // five steps need no scheme: Table 1 and four schemes; then there are two blocks of scores
    assertEquals(await shard("0/2"), told(3, 2));
    assertEquals(await shard("1/2"), told(3, 1)); // two of these, and a block of scores
    assertEquals(await shard("0/2"), told(4, 0));
    const made = await recordsOf(folder);
    assertEquals(made.map(({ name }) => name).sort(), [
      ...["baselines", "scheme N[a]", "scheme N[c]", "scheme P[a]", "scheme P[c]"],
      ...["scores music", "scores music"],
    ]);
    const last = await cli(args);
    assertEquals(last.code, 0, last.stderr);
    assertEquals(forwardsOf(await recordsOf(folder)), forwardsOf(made));
    const whole = await cli(args.with(4, `--output=${folder}/whole`));
    assertEquals(whole.code, 0, whole.stderr);
    assertEquals(
      await Deno.readTextFile(`${folder}/whole/multiverse.json`),
      await Deno.readTextFile(`${folder}/out/multiverse.json`),
    );
  }));

Deno.test("multiverse refuses what cannot be varied in one sentence, with exit code 2", () =>
  inFolder(async (folder) => {
    const wrong: readonly (readonly [unknown, string])[] = [
      [{ loudness: ["a"] }, "expected a choice (strength, refill, "],
      [{ strength: ["loud"] }, "expected strength to be some of signed, absolute"],
      [{ "ablation.perRelevant": [0] }, "Cannot vary ablation.perRelevant 0: Cannot use study "],
      [{ test: ["paired"] }, "expected an alternative beside its own, got none"],
      [{ seed: Array.from({ length: 20_001 }, (_, i) => i) }, "Cannot make 20001 universes"],
    ];
    for (const [vary, told] of wrong) {
      const { code, stdout, stderr } = await cli(await write(folder, vary));
      assertEquals([code, stdout], [2, ""], stderr);
      assertStringIncludes(stderr, told);
      assertEquals(stderr.trim().split("\n").length, 1);
    }
    const args = await write(folder, { test: ["randomisation"] });
    const idle = await cli([...args, "--expensive"]);
    assertEquals(idle.code, 2);
    assertStringIncludes(
      idle.stderr,
      "Option --expensive has no effect: --vary says what is varied",
    );
    const number = await cli([...args, "--universe", "3"]);
    assertEquals(number.code, 2);
    assertStringIncludes(number.stderr, "from 1 to 2");
    assertEquals(commands.multiverse.arity, [1, 1]);
  }));

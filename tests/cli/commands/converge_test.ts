import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cli, inFolder } from "../run.ts";

const fixtures = new URL("../../../fixtures", import.meta.url).pathname;
const common = ["--device=simd", "--threads=1", `--model=${fixtures}/tiny-cross-encoder`];

Deno.test("converge prints errors that fall with steps, a line a rule, and draws them", async () => {
  await inFolder(async (folder) => {
    const pairs = (await Deno.readTextFile(`${fixtures}/pairs.tsv`)).split("\n");
    const two = ["\t1", "\t0"].map((end) => pairs.find((line) => line.trimEnd().endsWith(end)));
    await Deno.writeTextFile(`${folder}/two.tsv`, `${two.join("\n")}\n`);
    const { code, stdout, stderr } = await cli([
      "converge",
      `--pairs=${folder}/two.tsv`,
      ...["--steps=5,100", "--tolerances=.1", "--reference=.02"],
      ...[`--svg=${folder}/c.svg`, `--per-pair=${folder}/c.tsv`],
      ...common,
    ]);
    assertEquals(code, 0, stderr);
    const [header, ...lines] = stdout.trimEnd().split("\n").map((line) => line.split("\t"));
    const rows = lines.map((line) => Object.fromEntries(header.map((key, i) => [key, line[i]])));
    const all = rows.filter((row) => row.of === "pairs");
    assertEquals(all.map((row) => [row.rule, row.steps, row.tolerance]), [
      ["right", "5", ""],
      ["right", "100", ""],
      ["trapezoid", "5", ""],
      ["trapezoid", "100", ""],
      ["adaptive", "", "0.1"],
    ]);
    assert(Number(all[1].error) < Number(all[0].error));
    assert(Number(all[3].error) < Number(all[2].error));
    assertEquals([all[0].evaluations, all[1].evaluations], ["6", "101"]);
    assertEquals(rows.length, 3 * all.length); // and of the mean of either label
    assertStringIncludes(stderr, "itself errs by about");
    assertStringIncludes(await Deno.readTextFile(`${folder}/c.svg`), "the paper’s 100 steps");
    const each = (await Deno.readTextFile(`${folder}/c.tsv`)).trimEnd().split("\n");
    assertEquals(each.length, 1 + 2 * all.length);
  });
});

Deno.test("converge refuses steps and tolerances that are none, and a reference that is coarse", async () => {
  const run = (...args: string[]) =>
    cli(["converge", `--pairs=${fixtures}/pairs.tsv`, ...common, ...args]);
  const folder = await Deno.makeTempDir();
  const pairs = `${folder}/wrong.tsv`; // no answer at all, said to be relevant
  await Deno.writeTextFile(pairs, "where are the mussels\tA ship sails in the wind.\t1\n");
  const [steps, tolerance, reference, none] = await Promise.all([
    run("--steps=5,x"),
    run("--tolerances=0"),
    run("--reference=.5"),
    cli(["converge", `--pairs=${pairs}`, ...common, "--agreement=on"]),
  ]);
  await Deno.remove(folder, { recursive: true });
  assertEquals(none.code, 1, none.stdout);
  assertStringIncludes(
    none.stderr,
    "the model agrees with the label of none of 1 pairs; --agreement off takes them all",
  );
  assertEquals([steps.code, tolerance.code, reference.code], [2, 2, 1]);
  assertStringIncludes(steps.stderr, 'Option --steps cannot be "x": expected an integer from 1');
  assertStringIncludes(
    tolerance.stderr,
    'Option --tolerances cannot be "0": expected a positive number',
  );
  assertStringIncludes(reference.stderr, "expected a reference of at most 0.005, got 0.5");
});

import { assertEquals, assertStringIncludes } from "@std/assert";
import { encodeScheme } from "../../../src/attribution/schemes/scheme_file.ts";
import { neuronName, neuronOf } from "../../../src/model/neurons.ts";
import { randomScheme, space, writeSchemes } from "../../experiments/schemes.ts";
import { cli, inFolder } from "../run.ts";

Deno.test("neurons prints the set of an expression, recomputed here from the scheme files", async () => {
  await inFolder(async (folder) => {
    const schemes = await writeSchemes(folder, ["P_ms", "P_nf", "N_ms"]);
    const { code, stdout } = await cli([
      "neurons",
      "all(P, A) - N[ms]",
      "--level=25%",
      `--schemes=${folder}`,
      "--sets=A=ms,nf",
    ]);
    assertEquals(code, 0);
    const file = JSON.parse(stdout);
    const strongest = (name: string) => {
      const mean = [...schemes.get(name)!.mean];
      return mean.map((value, id) => ({ value, id })).sort((a, b) => b.value - a.value)
        .slice(0, 13).map(({ id }) => id);
    };
    const wanted = strongest("P_ms").filter((id) =>
      strongest("P_nf").includes(id) && !strongest("N_ms").includes(id)
    );
    assertEquals(
      file.neurons,
      wanted.sort((a, b) => a - b).map((id) => neuronName(neuronOf(space, id))),
    );
    assertEquals(file.format, "neuron-set/1");
    assertEquals(Object.keys(file.provenance.schemes_sha256), ["P_ms", "P_nf", "N_ms"]);
    // A is every collection of the folder, unless --sets says otherwise.
    const setOf = async (...options: string[]) => {
      const args = ["neurons", "all(P, A) - N[ms]", "--level=25%", `--schemes=${folder}`];
      return JSON.parse((await cli([...args, ...options])).stdout);
    };
    assertEquals((await setOf()).neurons, file.neurons);
    assertEquals((await setOf()).provenance.sets, { A: ["ms", "nf"] });
    assertEquals((await setOf("--sets=A=ms")).provenance.sets, { A: ["ms"] });
  });
});

Deno.test("neurons refuses wrong levels, typos with their column, and schemes that do not fit", async () => {
  await inFolder(async (folder) => {
    await writeSchemes(folder, ["P_ms", "N_ms"]);
    const other = randomScheme(9, { metadata: { label: "relevant", baseline: "zero" } });
    await Deno.writeFile(`${folder}/P_x.safetensors`, encodeScheme(other));
    const run = (expression: string, level: string) =>
      cli(["neurons", expression, `--level=${level}`, `--schemes=${folder}`]);
    const [zero, much, typo, missing, mixed, empty] = await Promise.all([
      run("P[ms]", "0%"),
      run("P[ms]", "101%"),
      run("P[ms] & N[ms", "1%"),
      run("N[x]", "1%"),
      run("P[ms] & P[x]", "1%"),
      run("P[ms] - P[ms]", "1%"),
    ]);
    assertEquals([zero, much, typo, missing, mixed].map(({ code }) => code), [2, 2, 2, 2, 1]);
    assertStringIncludes(zero.stderr, "more than 0 %");
    assertStringIncludes(typo.stderr, "column 13");
    assertStringIncludes(missing.stderr, "N[ms] P[ms] P[x]");
    assertStringIncludes(
      mixed.stderr,
      "expected baseline none in both, got zero in P_x.safetensors",
    );
    assertEquals(empty.code, 0);
    assertEquals(JSON.parse(empty.stdout).neurons, []);
    assertStringIncludes(empty.stderr, "is empty");
  });
});

Deno.test("neurons takes the sets of a study file", async () => {
  await inFolder(async (folder) => {
    await writeSchemes(folder, ["P_ms", "P_nf", "N_ms"]);
    const collections = { ms: { folder: "a", inDomain: true }, nf: { folder: "b" } };
    await Deno.writeTextFile(`${folder}/study.json`, JSON.stringify({ model: "m", collections }));
    const common = ["--level=25%", `--schemes=${folder}`, "--quiet"];
    const [byStudy, bySets, both] = await Promise.all([
      cli(["neurons", "all(P, A)", ...common, `--study=${folder}/study.json`]),
      cli(["neurons", "all(P, A)", ...common, "--sets=A=ms,nf"]),
      cli(["neurons", "all(P, A)", ...common, "--sets=A=ms", `--study=${folder}/study.json`]),
    ]);
    assertEquals(byStudy.code, 0, byStudy.stderr);
    assertEquals(JSON.parse(byStudy.stdout).neurons, JSON.parse(bySets.stdout).neurons);
    assertEquals(both.code, 2);
  });
});

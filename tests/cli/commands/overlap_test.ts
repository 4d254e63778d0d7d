import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { topNeuronIds } from "../../../src/attribution/neuron_sets.ts";
import { formatNeuronSet } from "../../../src/experiments/sets/neuron_set.ts";
import { space, writeSchemes } from "../../experiments/schemes.ts";
import { cli, inFolder } from "../run.ts";

/** The records of a TSV table. */
function records(text: string): Record<string, string>[] {
  const [header, ...lines] = text.trimEnd().split("\n").map((line) => line.split("\t"));
  return lines.map((line) => Object.fromEntries(header.map((name, i) => [name, line[i]])));
}

Deno.test("overlap prints every pair's curve, recomputed here from the schemes", async () => {
  await inFolder(async (folder) => {
    const schemes = await writeSchemes(folder, ["P_ms", "P_nf", "P_b", "N_ms", "N_nf"]);
    const { code, stdout, stderr } = await cli([
      "overlap",
      `--schemes=${folder}`,
      "--levels=10,50",
      "--without=b",
    ]);
    assertEquals(code, 0, stderr);
    const rows = records(stdout);
    const of = (expression: string) => rows.filter((row) => row.expression === expression);
    const size = 26;
    const [p, q] = ["P_ms", "P_nf"].map((name) => topNeuronIds(schemes.get(name)!.mean, size));
    const shared = p.filter((id) => q.includes(id)).length;
    const [ten, fifty] = of("P[ms] & P[nf]");
    assertEquals([ten.level_percent, fifty.level_percent, fifty.size], ["10", "50", "26"]);
    assertEquals(fifty.count, String(shared));
    assertEquals([fifty.figures, fifty.in_domain, fifty.chance_percent], ["2a,2b", "true", "50"]);
    assertEquals(of("all(P, O)")[0].collections, "b,nf");
    assertEquals(of("P[nf] & N[nf]")[0].kind, "labels");
    assertStringIncludes(stderr, "Null band");
  });
});

Deno.test("overlap refuses a collection that is not there and a level beyond 100 %", async () => {
  await inFolder(async (folder) => {
    await writeSchemes(folder, ["P_ms", "P_nf"]);
    const [unknown, level] = await Promise.all([
      cli(["overlap", `--schemes=${folder}`, "--without=r"]),
      cli(["overlap", `--schemes=${folder}`, "--levels=1,101"]),
    ]);
    assertEquals([unknown.code, level.code], [2, 2]);
    assertStringIncludes(unknown.stderr, "expected some of ms, nf");
    assertStringIncludes(level.stderr, "at most 100 %");
  });
});

Deno.test("locate counts a set's members by layer and component", async () => {
  await inFolder(async (folder) => {
    const ids = Uint32Array.of(0, 1, 16, 17, 18, 51);
    const set = { space, ids, model: "", level: 0.1, expression: "P[ms]", provenance: {} };
    await Deno.writeTextFile(`${folder}/set.json`, formatNeuronSet(set));
    const { stdout } = await cli(["locate", `${folder}/set.json`]);
    assertEquals(stdout.trimEnd().split("\n").map((line) => line.split("\t")), [
      [
        "layer",
        "query",
        "key",
        "value",
        "attention_output",
        "intermediate",
        "ff_output",
        "all",
      ],
      ["0", "2", "0", "0", "0", "3", "0", "5"],
      ["1", "0", "0", "0", "0", "0", "1", "1"],
      ["all", "2", "0", "0", "0", "3", "1", "6"],
    ]);
  });
});

Deno.test("overlap says why one collection alone is no picture", async () => {
  await inFolder(async (folder) => {
    await writeSchemes(folder, ["P_ms", "N_ms"]);
    for (const kind of ["svg", "png"]) {
      const { code, stdout, stderr } = await cli([
        ...["overlap", `--schemes=${folder}`, "--levels=10", `--${kind}=${folder}/a`, "--quiet"],
      ]);
      assertEquals([code, stdout], [2, ""]);
      assertStringIncludes(
        stderr,
        `--${kind} draws what collections share: expected two or more, got ms`,
      );
    }
  });
});

Deno.test("overlap and locate draw what they print, and leave nothing behind where they cannot", async () => {
  await inFolder(async (folder) => {
    await writeSchemes(folder, ["P_ms", "P_nf", "N_ms"]);
    const set = { space, ids: Uint32Array.of(0, 1, 16), model: "", level: null };
    await Deno.writeTextFile(
      `${folder}/set.json`,
      formatNeuronSet({ ...set, expression: "P[ms] & N[ms]", provenance: {} }),
    );
    const overlap = ["overlap", `--schemes=${folder}`, "--levels=10,50", "--quiet"];
    const locate = ["locate", `${folder}/set.json`];
    const [plain, drawn, located, nowhere] = await Promise.all([
      cli(overlap),
      cli([...overlap, `--svg=${folder}/a.svg`, `--png=${folder}/a.png`]),
      cli([...locate, `--svg=${folder}/b.svg`]),
      cli([...locate, `--svg=${folder}/none/b.svg`]),
    ]);
    assertEquals([drawn.code, located.code, nowhere.code], [0, 0, 1], drawn.stderr);
    assertEquals(drawn.stdout, plain.stdout);
    const [curves, bars] = await Promise.all(
      ["a.svg", "b.svg"].map((name) => Deno.readTextFile(`${folder}/${name}`)),
    );
    assert(curves.startsWith("<svg") && curves.includes("2a. Relevant: every two collections"));
    assert(curves.includes("3. Over all collections") && !curves.includes("2c."));
    assertStringIncludes(bars, "Where the members of P[ms] ∩ N[ms] are");
    assertEquals(
      (await Deno.readFile(`${folder}/a.png`)).slice(1, 4),
      new Uint8Array([80, 78, 71]),
    );
    assertEquals(nowhere.stderr.trim().split("\n").length, 1);
    assertStringIncludes(
      nowhere.stderr,
      `Cannot write ${folder}/none/b.svg: no such file or folder`,
    );
    assertEquals(nowhere.stdout, "");
    const left = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
    assertEquals(left.filter((name) => name.endsWith(".partial")), []);
  });
});

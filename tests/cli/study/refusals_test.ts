/** What a study and a multiverse refuse before anything is computed. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { root } from "../../backends.ts";
import { cli, inFolder } from "../run.ts";

const study = new URL("fixtures/study.json", root);
const fixtures = new URL("fixtures/", root).pathname;

/** The fixture's study with other sections, its files named by their whole paths. */
async function changed(sections: Record<string, unknown>): Promise<string> {
  const text = await Deno.readTextFile(study);
  const file = JSON.parse(text.replaceAll('"collections/', `"${fixtures}collections/`));
  return JSON.stringify({ ...file, model: `${fixtures}${file.model}`, ...sections });
}

Deno.test("cuts of more layers than the model has are refused at once, by --dry-run too", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/study.json`, await changed({ cuts: { window: 9 } }));
    for (const more of [[], ["--dry-run"]]) {
      const { code, stderr } = await cli([
        ...["study", `${folder}/study.json`, `--output=${folder}/out`, "--device=simd", "--quiet"],
        ...more,
      ]);
      assertEquals(code, 1, stderr);
      assertStringIncludes(stderr, "expected cuts.window of at most 4 layers");
    }
  });
});

Deno.test("synonyms that are not there are refused by their key", async () => {
  await inFolder(async (folder) => {
    const describe = { synonyms: "nowhere.tsv" };
    await Deno.writeTextFile(`${folder}/study.json`, await changed({ describe }));
    const { code, stderr } = await cli([
      ...["study", `${folder}/study.json`, `--output=${folder}/out`, "--device=simd", "--quiet"],
    ]);
    assertEquals(code, 1, stderr);
    assertStringIncludes(stderr, `expected describe.synonyms at ${folder}/nowhere.tsv`);
  });
});

Deno.test("what is no list of synonyms is refused before anything is computed", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/one.tsv`, "one\n");
    const wanted = {
      "one.tsv": `Cannot read synonyms of ${folder}/one.tsv, line 1: expected two or more`,
      ".": `Cannot read ${folder}/.: it is a folder`,
    };
    for (const [synonyms, sentence] of Object.entries(wanted)) {
      await Deno.writeTextFile(`${folder}/study.json`, await changed({ describe: { synonyms } }));
      const { code, stderr } = await cli([
        ...["study", `${folder}/study.json`, `--output=${folder}/out`, "--device=simd"],
        "--dry-run",
      ]);
      assertEquals([code, stderr.split("\n").length], [1, 2], stderr);
      assertStringIncludes(stderr, sentence);
    }
  });
});

Deno.test("studies and multiverses do not write into each other's folders", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/study.json`, await changed({}));
    for (const [command, theirs] of [["study", "multiverse"], ["multiverse", "results"]]) {
      const output = `${folder}/${command}`;
      await Deno.mkdir(output);
      await Deno.writeTextFile(`${output}/${theirs}.json`, "{}");
      await Deno.writeTextFile(`${output}/report.html`, "theirs");
      const { code, stderr } = await cli([
        ...[command, `${folder}/study.json`, `--output=${output}`, "--device=simd", "--quiet"],
      ]);
      assertEquals(code, 1, stderr);
      assertStringIncludes(stderr, `Cannot write to ${output}: it is the folder of a`);
      assertEquals(await Deno.readTextFile(`${output}/report.html`), "theirs");
    }
  });
});

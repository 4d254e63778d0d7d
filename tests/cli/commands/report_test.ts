import { assert, assertEquals, assertMatch } from "@std/assert";
import { syntheticResults } from "../../report/synthetic.ts";
import { cli, inFolder } from "../run.ts";

Deno.test("report draws results.json and prints the page's path", async () => {
  await inFolder(async (folder) => {
    const { traces: _, overlaps: __, ablation: ___, segments: ____, ...small } = syntheticResults();
    await Deno.writeTextFile(`${folder}/results.json`, JSON.stringify(small));
    const { code, stdout, stderr } = await cli(["report", folder, "--quiet"]);
    assertEquals([code, stdout, stderr], [0, `${folder}/report.html\n`, ""]);
    assertMatch(await Deno.readTextFile(`${folder}/report.html`), /^<!DOCTYPE html>/);
    for (const ending of ["svg", "png", "tsv", "vl.json"]) {
      assert((await Deno.stat(`${folder}/figures/figure-4.${ending}`)).size > 100);
    }
  });
});

Deno.test("report says which file is missing, is no JSON, or is of another format", async () => {
  await inFolder(async (folder) => {
    const said = async (content?: string) => {
      if (content !== undefined) await Deno.writeTextFile(`${folder}/results.json`, content);
      const { code, stderr } = await cli(["report", folder]);
      assertEquals(code, 1);
      return stderr;
    };
    assertMatch(await said(), /Cannot read .*results\.json: no such file or folder/);
    assertMatch(await said("{"), /Cannot read .*results\.json: .*JSON/);
    assertMatch(await said(`{"format":"other"}`), /expected results of format.*got "other"/);
    assertMatch(await said(`{"format":"study-results/2"}`), /expected a field "provenance"/);
  });
});

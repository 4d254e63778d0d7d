import { assertEquals, assertStringIncludes } from "@std/assert";
import { sharedTest } from "../../formats/files.ts";
import { cli, inFolder } from "../run.ts";

const QRELS = "1 0 a 1\n1 0 b 0\n2 0 a 1\n3 0 a 1\n";
const RUN = "1 Q0 b 1 2.5 t\n1 Q0 a 2 1.5 t\n2 Q0 a 1 1 t\n9 Q0 a 1 1 t\n";

async function measure(...args: string[]) {
  let outcome = { code: -1, stdout: "", stderr: "" };
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/q.qrels`, QRELS);
    await Deno.writeTextFile(`${folder}/r.run`, RUN);
    await Deno.writeTextFile(`${folder}/bad.run`, `${RUN}1 Q0 c 3 NaN t\n`);
    await Deno.writeTextFile(`${folder}/other.run`, "7 Q0 a 1 1 t\n");
    const paths = args.map((arg) => /\.(run|qrels)$/.test(arg) ? `${folder}/${arg}` : arg);
    outcome = await cli(["measure", ...paths]);
    outcome = { ...outcome, stderr: outcome.stderr.replaceAll(`${folder}/`, "") };
  });
  return outcome;
}

Deno.test("measure prints measure, query and value as trec_eval does, and nothing else", async () => {
  const { code, stdout, stderr } = await measure(
    "q.qrels",
    "r.run",
    "nDCG@10",
    "P@1",
    "--per-query",
  );
  assertEquals(
    stdout,
    [
      "nDCG@10\t1\t0.6309",
      "P@1\t1\t0.0000",
      "nDCG@10\t2\t1.0000",
      "P@1\t2\t1.0000",
      "nDCG@10\tall\t0.8155",
      "P@1\tall\t0.5000",
      "",
    ].join("\n"),
  );
  assertEquals([code, stderr], [0, ""]);
});

Deno.test("measure --complete averages over all queries of the qrels; --json gives full precision", async () => {
  const { stdout } = await measure(
    "q.qrels",
    "r.run",
    "MRR",
    "--complete",
    "--json",
    "--per-query",
  );
  assertEquals(JSON.parse(stdout), {
    MRR: { mean: 0.5, queries: 3, perQuery: { 1: 0.5, 2: 1, 3: 0 } },
  });
});

Deno.test("measure fails in one sentence: code 1 for files, 2 for wrong usage", async () => {
  const cases: [number, string, string[]][] = [
    [1, "Cannot read bad.run:5: expected a finite number as score", ["q.qrels", "bad.run", "AP"]],
    [1, "Cannot read absent.run: no such file", ["q.qrels", "absent.run", "AP"]],
    [1, "expected a query that q.qrels judges, found none", ["q.qrels", "other.run", "AP"]],
    [2, `Cannot parse measure "P"`, ["q.qrels", "r.run", "P"]],
    [2, "Expected QRELS RUN MEASURE…", ["q.qrels", "r.run"]],
  ];
  for (const [wanted, cause, args] of cases) {
    const { code, stdout, stderr } = await measure(...args);
    assertStringIncludes(stderr, cause);
    assertEquals([code, stdout, stderr.trim().split("\n").length], [wanted, "", 1], stderr);
  }
});

sharedTest(
  "measure prints .5058 and .7308 for the two DL19 runs",
  "data/msmarco-dl19/",
  async (at) => {
    for (const [name, value] of [["bm25", "0.5058"], ["splade", "0.7308"]]) {
      const files = [`${at.pathname}qrels/full.trec`, `${at.pathname}runs/${name}.trec`];
      assertEquals(
        (await cli(["measure", ...files, "nDCG@10"])).stdout,
        `nDCG@10\tall\t${value}\n`,
      );
    }
  },
);

import { DatabaseSync } from "node:sqlite";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { cli, inFolder, spawn } from "../run.ts";

const PASSAGES = 40_000;

/** Writes a BEIR collection of short passages. */
async function writeCollection(folder: string, passages: number) {
  const lines = Array.from(
    { length: passages },
    (_, i) =>
      JSON.stringify({
        _id: `d${i}`,
        text: `passage ${i} of colour ${i % 997} and shape ${i % 89}`,
      }),
  );
  await Deno.writeTextFile(`${folder}/corpus.jsonl`, lines.join("\n"));
  await Deno.writeTextFile(
    `${folder}/queries.jsonl`,
    `{"_id":"q1","text":"the passage 17"}\n{"_id":"q2","text":"x"}`,
  );
  await Deno.mkdir(`${folder}/qrels`);
  await Deno.writeTextFile(`${folder}/qrels/test.tsv`, "query-id\tcorpus-id\tscore\nq1\td17\t1\n");
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("bm25 writes a run of the judged queries, and keeps its index beside the corpus", async () => {
  await inFolder(async (folder) => {
    await writeCollection(folder, 200);
    const first = await cli(["bm25", "--dataset", folder, "--depth", "3"]);
    const lines = first.stdout.trim().split("\n").map((line) => line.split(" "));
    assertEquals(lines.map(([query, q0, , rank, , tag]) => [query, q0, rank, tag]), [
      ["q1", "Q0", "1", "bm25"],
      ["q1", "Q0", "2", "bm25"],
      ["q1", "Q0", "3", "bm25"],
    ]);
    assertEquals(lines[0][2], "d17");
    assertStringIncludes(first.stderr, `BM25 index: ${folder}/bm25.sqlite`);
    const second = await cli(["bm25", "--dataset", folder, "--depth", "3"]);
    assertEquals([second.stdout, second.stderr], [first.stdout, ""]);
  });
});

Deno.test("bm25 indexes again when the corpus has changed", async () => {
  await inFolder(async (folder) => {
    await writeCollection(folder, 20);
    await cli(["bm25", "--dataset", folder]);
    await Deno.writeTextFile(`${folder}/corpus.jsonl`, `{"_id":"new","text":"passage 17"}`);
    const { stdout } = await cli(["bm25", "--dataset", folder]);
    assertEquals(stdout.split(" ")[2], "new");
  });
});

Deno.test("bm25 that is killed while it builds its index leaves none, and the next run builds it", async () => {
  await inFolder(async (folder) => {
    await writeCollection(folder, PASSAGES);
    const child = spawn(["bm25", "--dataset", folder]);
    const output = child.output();
    while (!names(folder).some((name) => name.endsWith(".partial"))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill("SIGKILL");
    await output;
    assertEquals(
      names(folder).includes("bm25.sqlite"),
      false,
      "the build was over before the kill",
    );
    const { code, stdout } = await cli(["bm25", "--dataset", folder, "--depth", "5"]);
    assertEquals([code, stdout.trim().split("\n").length], [0, 5]);
  });
});

Deno.test("bm25 leaves no index where the corpus has a fault, and names its line", async () => {
  await inFolder(async (folder) => {
    await writeCollection(folder, 20);
    const corpus = Deno.readTextFileSync(`${folder}/corpus.jsonl`);
    await Deno.writeTextFile(`${folder}/corpus.jsonl`, `${corpus}\n{"_id":"d3","text":""}`);
    const { code, stdout, stderr } = await cli(["bm25", "--dataset", folder]);
    assertEquals([code, stdout], [1, ""]);
    assertStringIncludes(
      stderr,
      `${folder}/corpus.jsonl:21: expected every id once, got "d3" again`,
    );
    assertEquals(names(folder), ["corpus.jsonl", "qrels", "queries.jsonl"]);
  });
});

Deno.test("bm25 keeps the index of a folder that nobody may write in the user's cache", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/data`);
    await writeCollection(`${folder}/data`, 20);
    await Deno.chmod(`${folder}/data`, 0o555);
    const env = { XDG_CACHE_HOME: `${folder}/cache` };
    const { code, stderr } = await cli(["bm25", "--dataset", `${folder}/data`], env);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, `BM25 index: ${folder}/cache/relevance-neurons/bm25-`);
    await Deno.chmod(`${folder}/data`, 0o755);
  });
});

Deno.test("bm25 does not overwrite a file that is no index, and refuses a depth of 0", async () => {
  await inFolder(async (folder) => {
    await writeCollection(folder, 20);
    await Deno.writeTextFile(`${folder}/notes`, "mine");
    using database = new DatabaseSync(`${folder}/own.sqlite`);
    database.exec("CREATE TABLE about (identity TEXT)");
    for (
      const [file, wanted, says] of [
        ["queries.jsonl", 2, "that is what Option --dataset reads"],
        ["notes", 1, "expected an SQLite database"],
        ["own.sqlite", 1, "expected one of BM25, got another database"],
      ] as const
    ) {
      const index = `${folder}/${file}`;
      const before = await Deno.readFile(index);
      const { code, stderr } = await cli(["bm25", "--dataset", folder, "--index", index]);
      assertEquals([code, stderr.includes(says)], [wanted, true], stderr);
      assertEquals(await Deno.readFile(index), before);
    }
    assertEquals((await cli(["bm25", "--dataset", folder, "--depth", "0"])).code, 2);
    assertEquals((await cli(["bm25"])).code, 2);
  });
});

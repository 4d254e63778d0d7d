/** WordPiece of bert-base-uncased on public queries, as Castorini tokenized them; where they are. */

import { assert, assertEquals } from "@std/assert";
import { openTokenizer } from "../../internal.ts";
import { sharedTest } from "../formats/files.ts";
import { loadWith } from "./models.ts";

/** Lines `id, tab, text` of a gzip file. */
async function texts(at: URL): Promise<Map<string, string>> {
  const stream = (await Deno.open(at)).readable.pipeThrough(new DecompressionStream("gzip"));
  const lines = (await new Response(stream).text()).split("\n").filter((line) => line !== "");
  return new Map(lines.map((line) => {
    const tab = line.indexOf("\t");
    return [line.slice(0, tab), line.slice(tab + 1)];
  }));
}

const model = "models/bert-base-uncased-tokenizer/";
for (const collection of ["bioasq", "fiqa", "nfcorpus", "scifact"]) {
  const name = `conformance/wordpiece/topics.beir-v1.0.0-${collection}.test`;
  sharedTest(
    `encode() makes Castorini's pieces of every ${collection} query`,
    `${name}.tsv.gz`,
    async (at) => {
      const folder = new URL(`../../${model}`, new URL(".", at));
      const raw = await texts(at);
      const pieces = await texts(new URL(at.href.replace(".tsv.gz", ".wp.tsv.gz")));
      assertEquals([...pieces.keys()].sort(), [...raw.keys()].sort());
      assert(raw.size >= 300);
      for (const absent of ["tokenizer.json", "vocab.txt"]) {
        const tokenizer = await openTokenizer(loadWith(folder, { [absent]: null }));
        for (const [id, text] of raw) {
          const { tokens, segments } = tokenizer.encode(text, "");
          const query = tokens.filter((_, i) => segments[i] === 1).join(" ");
          assertEquals(query, pieces.get(id)!.trim(), `${id} without ${absent}`);
        }
      }
    },
  );
}

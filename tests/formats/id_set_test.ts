import { assertEquals } from "@std/assert";
import { IdSet } from "../../src/formats/id_set.ts";

Deno.test("IdSet.add() tells new ids from known ones, 300 000 of several kinds", () => {
  const ids = Array.from(
    { length: 100_000 },
    (_, i) => [`${i}`, `MED-${i}`, `msmarco_passage_${i}_é`],
  ).flat();
  const set = new IdSet();
  assertEquals(ids.filter((id) => !set.add(id)), []);
  assertEquals(ids.filter((id) => set.add(id)), []);
});

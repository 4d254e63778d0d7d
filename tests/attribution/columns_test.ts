/** Some columns of a tensor. */

import { assertEquals } from "@std/assert";
import { columnsOf } from "../../src/attribution/path/columns.ts";
import { backends } from "../backends.ts";

for (const backend of backends) {
  Deno.test({
    name: `columnsOf() reads the columns that are asked for, in their order, ${backend.kind}`,
    ignore: backend.ignore,
    async fn() {
      const ops = await backend.open();
      const numbers = Float32Array.from({ length: 12 }, (_, i) => i);
      const x = ops.floats(3, 4, numbers);
      const columns = await columnsOf(ops, x, [2, 0, 3]);
      assertEquals(columns.map((one) => [...one]), [[2, 6, 10], [0, 4, 8], [3, 7, 11]]);
      ops.free(x);
      ops.close();
    },
  });
}

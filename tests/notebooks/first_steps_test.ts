/** The notebook's cells run, in their order, from any folder; in Deno's kernel where there is Jupyter. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { root } from "../backends.ts";
import { inFolder } from "../cli/run.ts";

const notebook = new URL("notebooks/first-steps.ipynb", root);

interface Cell {
  readonly cell_type: "code" | "markdown";
  readonly source: readonly string[];
  readonly outputs?: readonly unknown[];
}

async function cellsOf(): Promise<readonly Cell[]> {
  return JSON.parse(await Deno.readTextFile(notebook)).cells;
}

/** In place of what Deno's kernel offers: tagged templates whose value is shown. */
const kernel = `
const shown = (parts: TemplateStringsArray, ...values: unknown[]) =>
  console.log("shown", String.raw({ raw: parts }, ...values));
const kernel = { html: shown, svg: shown };
`;

Deno.test("first-steps.ipynb runs cell by cell, from a folder outside the repository", () =>
  inFolder(async (folder) => {
    const code = (await cellsOf()).filter(({ cell_type }) => cell_type === "code")
      .map(({ source }) => source.join(""));
    // as its first cell says: the checkout's path in place of ".."
    const path = decodeURIComponent(root.pathname);
    const program = code.join("\n;\n").replaceAll('"../', `"${path}`)
      .replaceAll("Deno.jupyter.", "kernel.");
    await Deno.writeTextFile(`${folder}/cells.ts`, kernel + program);
    const { code: status, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--check", "--quiet", "cells.ts"],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    const told = new TextDecoder().decode(stdout);
    assertEquals(status, 0, new TextDecoder().decode(stderr));
    assertMatch(told, /F -?[\d.]+ -> [\d.]+\n\d+ evaluations, gap [\d.]+ %/);
    const shown = told.split("\n").filter((line) => line.startsWith("shown "));
    assertEquals(shown.length, 2);
    assertMatch(shown[0], /<b>\d\.[a-z_]+\.\d+<\/b> <span/);
    assertMatch(shown[1], /^shown <svg .*<\/svg>$/);
    assertMatch(told, /20 and 20 pairs; N at 5 %: \d+ neurons/);
    // the set harms, as many random neurons hardly
    const [whole, set, random] = ["whole", "set", "random"].map((name) =>
      Number(new RegExp(`${name} *│ *([\\d.]+)`).exec(told)![1])
    );
    assert(whole - set > 0.01 && Math.abs(whole - random) < whole - set, told);
  }));

Deno.test("first-steps.ipynb is kept without outputs", async () => {
  const cells = await cellsOf();
  assert(cells.length > 8);
  for (const { cell_type, outputs } of cells) {
    if (cell_type === "code") assertEquals(outputs, []);
  }
});

/** A Python with nbclient. */
const python = Deno.env.get("JUPYTER_PYTHON");

Deno.test({
  name: python
    ? "first-steps.ipynb runs in Deno's Jupyter kernel"
    : "first-steps.ipynb runs in Deno's Jupyter kernel (needs JUPYTER_PYTHON, a Python with nbclient)",
  ignore: !python,
  fn: () =>
    inFolder(async (folder) => {
      const env = { JUPYTER_DATA_DIR: folder, NO_COLOR: "1" };
      const argv = [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"];
      await Deno.mkdir(`${folder}/kernels/deno`, { recursive: true });
      await Deno.writeTextFile(
        `${folder}/kernels/deno/kernel.json`,
        JSON.stringify({ argv, display_name: "Deno", language: "typescript" }),
      );
      const script = `import nbformat, sys
from nbclient import NotebookClient
book = nbformat.read(sys.argv[1], 4)
NotebookClient(book, kernel_name="deno", timeout=300, resources={"metadata": {"path": sys.argv[2]}}).execute()
print(sum(cell.cell_type == "code" and cell.execution_count is not None for cell in book.cells))`;
      const { code, stdout, stderr } = await new Deno.Command(python!, {
        args: [
          "-c",
          script,
          decodeURIComponent(notebook.pathname),
          decodeURIComponent(new URL("notebooks", root).pathname),
        ],
        env,
      }).output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
      assertEquals(new TextDecoder().decode(stdout).trim(), "7");
    }),
});

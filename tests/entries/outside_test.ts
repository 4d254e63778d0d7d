/** The package from other projects: by path, by address, by name; the command line by address and installed. */

import { assertEquals, assertMatch } from "@std/assert";
import { attributePair } from "../../src/attribution/attribute_pair.ts";
import { simdOps } from "../../src/compute/simd/simd_ops.ts";
import { topNeurons } from "../../src/attribution/neuron_sets.ts";
import { hasGpu, root, withModel } from "../backends.ts";
import { inFolder } from "../cli/run.ts";

const fixture = new URL("fixtures/tiny-cross-encoder", root).pathname;
const query = "how to toast with the steak";
const passage = "Sugar knight From the blade and a steak her Drill in a cheese with the toast.";

/** A program of another project; it prints what {@linkcode expected} computes here. */
const program = (main: string, files: string) => `
import * as rn from "${main}";
import { folder } from "${files}";
const backend: rn.Backend = await rn.openBackend(undefined, { threads: 2 });
const model: rn.Model = await rn.openModel(folder(Deno.args[0]), backend);
const one = await rn.attributePair(model, {
  query: ${JSON.stringify(query)}, passage: ${JSON.stringify(passage)}, label: "relevant",
});
const names: readonly string[] = rn.topNeurons(one, { count: 3 });
console.log(JSON.stringify([...one.conductance.subarray(0, 100), one.gap, ...names]));
if (Deno.args[1] === "gpu") {
  const gpu = await rn.openBackend(navigator.gpu, { kind: "gpu" }); // its kernels are text imports
  const again = await rn.attributePair(await rn.openModel(folder(Deno.args[0]), gpu), {
    query: ${JSON.stringify(query)}, passage: ${JSON.stringify(passage)}, label: "relevant",
  });
  console.log(rn.topNeurons(again, { count: 3 }).join() === names.join());
  gpu.close();
}
backend.close();
`;

/** The first line that the program prints, computed in this process. */
async function expected(): Promise<string> {
  let line = "";
  await withModel(
    "fixtures/tiny-cross-encoder",
    { backend: { open: () => simdOps({ threads: 2 }) } },
    async (model) => {
      const one = await attributePair(model, { query, passage, label: "relevant" });
      const names = topNeurons(one, { count: 3 });
      line = JSON.stringify([...one.conductance.subarray(0, 100), one.gap, ...names]);
    },
  );
  return line;
}

/** Runs deno in a folder; its standard output. */
async function deno(cwd: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1" },
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** Checks and runs the program in a folder with this deno.json. */
async function imports(
  folder: string,
  { config, main, files, gpu }: {
    readonly config: unknown;
    readonly main: string;
    readonly files: string;
    readonly gpu?: boolean;
  },
): Promise<void> {
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(config));
  await Deno.writeTextFile(`${folder}/main.ts`, program(main, files));
  await deno(folder, "check", "--quiet", "--allow-import", "main.ts");
  const run = ["run", "-A", "--quiet", "main.ts", fixture, ...(gpu ? ["gpu"] : [])];
  const [line, same] = (await deno(folder, ...run)).split("\n");
  assertEquals(line, await expected());
  if (gpu) assertEquals(same, "true");
}

/** Serves the repository's files on a free port of the loopback address. */
function serve() {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const path = decodeURIComponent(new URL(request.url).pathname).slice(1);
    const types: Record<string, string> = {
      ts: "application/typescript",
      json: "application/json",
    };
    try {
      return new Response(await Deno.readFile(new URL(path, root)), {
        headers: { "content-type": types[path.split(".").at(-1)!] ?? "text/plain" },
      });
    } catch {
      return new Response("", { status: 404 });
    }
  });
  const address = `http://127.0.0.1:${server.addr.port}`;
  return { address, [Symbol.asyncDispose]: () => server.shutdown() };
}

const name = "@relevance-neurons/relevance-neurons";

Deno.test("mod.ts is imported by path from a project with a configuration of its own", () =>
  inFolder((folder) =>
    imports(folder, {
      config: {},
      main: new URL("mod.ts", root).href,
      files: new URL("deno.ts", root).href,
    })
  ));

Deno.test({
  name: "mod.ts is imported by address, shaders and WebAssembly workers included",
  async fn() {
    await using server = serve();
    await inFolder((folder) =>
      imports(folder, {
        config: {},
        main: `${server.address}/mod.ts`,
        files: `${server.address}/deno.ts`,
        gpu: hasGpu,
      })
    );
  },
});

Deno.test("the package is imported by name as a member of a workspace", () =>
  inFolder(async (folder) => {
    const { stdout } = await new Deno.Command("git", {
      args: ["ls-files", "deno.json", "*.ts", "shaders", "src"],
      cwd: root,
    }).output();
    for (const path of new TextDecoder().decode(stdout).split("\n")) {
      if (!/^(src|shaders)\/|^[^/]+$/.test(path) || path === "") continue;
      const to = `${folder}/neurons/${path}`;
      await Deno.mkdir(to.replace(/[^/]*$/, ""), { recursive: true });
      await Deno.copyFile(new URL(path, root), to);
    }
    await Deno.mkdir(`${folder}/app`);
    await Deno.writeTextFile(`${folder}/deno.json`, `{"workspace":["./neurons","./app"]}`);
    await imports(`${folder}/app`, { config: {}, main: name, files: `${name}/deno` });
  }));

Deno.test("the package is imported by name through links", () =>
  inFolder((folder) =>
    imports(folder, {
      config: {
        links: [root.pathname],
        imports: { neurons: `jsr:${name}@^0.1.0`, files: `jsr:${name}@^0.1.0/deno` },
      },
      main: "neurons",
      files: "files",
    })
  ));

Deno.test("cli.ts runs by address, and installed as relevance-neurons", async () => {
  await using server = serve();
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/pairs.tsv`, `${query}\t${passage}\n`);
    const cli = `${server.address}/cli.ts`;
    const score = ["score", "--model", fixture, "--pairs", "pairs.tsv", "--device", "cpu"];
    const direct = await deno(folder, "run", "-A", "--quiet", cli, ...score);
    assertMatch(direct, /^-?\d.*\t0\.9\d+\n$/);
    const install = ["--global", "-A", "--quiet", "--root", folder, "--name", "relevance-neurons"];
    await deno(folder, "install", ...install, cli);
    const { code, stdout } = await new Deno.Command(`${folder}/bin/relevance-neurons`, {
      args: score,
      cwd: folder,
    }).output();
    assertEquals([code, new TextDecoder().decode(stdout)], [0, direct]);
  });
});

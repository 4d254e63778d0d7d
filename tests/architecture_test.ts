/** Who may import whom, over the real module graph; and what every shader has. */

import { assert, assertEquals } from "@std/assert";
import { root } from "./backends.ts";

/** Parts of the house, the most particular first. */
const places: readonly (readonly [place: string, paths: RegExp])[] = [
  ["compute/cpu", /^src\/compute\/cpu\//],
  ["compute/gpu", /^src\/compute\/gpu\//],
  ["compute/simd", /^src\/compute\/simd\//],
  ["compute/self_check", /^src\/compute\/self_check(\/|\.ts$)/],
  ["compute/open", /^src\/compute\/open_backend\.ts$/],
  ["compute/ops", /^src\/compute\/ops\.ts$/],
  ["compute", /^src\/compute\/[^/]+\.ts$/],
  ...[
    "ir",
    "formats",
    "model",
    "attribution",
    "retrieval",
    "experiments",
    "report",
    "deno",
    "cli",
    "packages",
  ]
    .map((room) => [room, new RegExp(`^src/${room}/`)] as const),
  ["shaders", /^shaders\//],
  ["web's library", /^web\/(library|names)\.ts$/],
  ["web", /^web\//],
  ["mod.ts", /^mod\.ts$/],
  ["internal.ts", /^internal\.ts$/],
  ["deno.ts", /^deno\.ts$/],
  ["study.ts", /^study\.ts$/],
  ["cli.ts", /^cli\.ts$/],
  ["deno.json", /^deno\.json$/],
];

/** What each part may import beside itself. `mod.ts` is the front: all but the commands. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  "cli.ts": ["cli"],
  "cli": ["mod.ts", "internal.ts", "deno", "ir", "formats", "packages", "deno.json"], // deno.json: the version
  "deno": ["internal.ts", "formats", "ir"],
  "mod.ts": [
    "attribution",
    "experiments",
    "retrieval",
    "model",
    "compute/open",
    "compute/ops",
    "formats",
    "ir",
  ],
  "deno.ts": ["deno"],
  "study.ts": ["cli", "experiments", "report", "compute/open", "compute/ops", "deno"],
  "internal.ts": places.map(([place]) => place).filter((place) =>
    !["cli", "cli.ts", "deno", "deno.ts", "study.ts", "mod.ts", "web", "web's library"].includes(
      place,
    )
  ),
  "web": ["web's library", "packages"],
  "web's library": ["attribution", "experiments", "model", "compute", "formats", "ir"]
    .flatMap((room) => places.map(([place]) => place).filter((place) => place.startsWith(room))),
  "report": ["types of experiments", "attribution", "model", "ir", "packages"],
  "experiments": ["attribution", "model", "compute/ops", "formats", "ir"],
  "retrieval": ["model", "formats", "ir"],
  "attribution": ["model", "compute/ops", "formats", "ir"],
  "model": ["compute/ops", "formats", "ir", "packages"],
  "formats": ["ir"],
  "ir": [],
  "compute/ops": [],
  "compute": ["compute/ops"],
  "compute/open": ["compute/cpu", "compute/gpu", "compute/simd", "compute/ops"],
  "compute/cpu": ["compute/ops", "compute"],
  "compute/gpu": ["compute/ops", "compute", "shaders"],
  "compute/simd": ["compute/ops", "compute"],
  "compute/self_check": ["compute/ops"],
};

/** Builds the SIMD kernels from their sources, by hand; no module of the product imports it. */
const scripts = new Set(["src/compute/simd/build.ts"]);

function placeOf(path: string): string {
  const place = places.find(([, paths]) => paths.test(path));
  if (!place) throw new Error(`${path} is in no room of the house`);
  return place[0];
}

/** A module: the paths of those that it imports, whether for types alone; and packages it names. */
interface Module {
  readonly imports: ReadonlyMap<string, "code" | "types">;
  readonly packages: readonly string[];
}

/** The repository's modules by path. */
type Graph = ReadonlyMap<string, Module>;

interface Info {
  readonly modules: readonly {
    readonly specifier: string;
    readonly error?: string;
    readonly dependencies?: readonly {
      readonly specifier: string;
      readonly code?: { readonly specifier: string };
      readonly type?: { readonly specifier: string };
    }[];
  }[];
}

async function moduleGraph(): Promise<Graph> {
  const graph = new Map<string, Module>();
  for (
    const entry of [
      "cli.ts",
      "mod.ts",
      "deno.ts",
      "study.ts",
      "web/page.tsx",
      "web/worker/worker.ts",
    ]
  ) {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", entry],
      cwd: root,
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    const info: Info = JSON.parse(new TextDecoder().decode(stdout));
    for (const { specifier, error, dependencies = [] } of info.modules) {
      assertEquals(error, undefined);
      if (!specifier.startsWith(root.href)) continue;
      const imports = new Map<string, "code" | "types">();
      const packages: string[] = [];
      for (const { specifier: name, code, type } of dependencies) {
        if (!/^(\.|node:)/.test(name)) packages.push(name);
        const other = (code ?? type)?.specifier;
        if (!other?.startsWith(root.href)) continue;
        const path = other.slice(root.href.length);
        if (code || !imports.has(path)) imports.set(path, code ? "code" : "types");
      }
      graph.set(specifier.slice(root.href.length), { imports, packages });
    }
  }
  return graph;
}

const graph = await moduleGraph();

/** Every file below a folder of the repository. */
function filesBelow(folder: string): string[] {
  return Array.from(Deno.readDirSync(new URL(folder, root))).flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${folder}${name}/`) : [folder + name]
  ).sort();
}

Deno.test("modules import only what their room may", () => {
  const broken: string[] = [];
  for (const [path, { imports }] of graph) {
    const from = placeOf(path);
    for (const [other, kind] of imports) {
      const to = placeOf(other);
      const may = allowed[from] ?? [];
      const fits = may.includes(to) || kind === "types" && may.includes(`types of ${to}`);
      if (to !== from && !fits) broken.push(`${path} -> ${other}`);
    }
  }
  assertEquals(broken, []);
  assert(graph.size > 100); // the whole product was looked at
});

/** Folders of src/attribution: each may import those before it; "" is what lies in none. */
const foldersOfAttribution = ["target", "path", "adaptive", "", "schemes"];

Deno.test("modules of src/attribution import only their own folder and those before it", () => {
  const place = (path: string) => {
    const found = /^src\/attribution\/(?:(\w+)\/)?[^/]+$/.exec(path);
    return found ? foldersOfAttribution.indexOf(found[1] ?? "") : undefined;
  };
  const seen = new Set<number>();
  const broken: string[] = [];
  for (const [path, { imports }] of graph) {
    const from = place(path);
    if (from === undefined) continue;
    seen.add(from);
    for (const other of imports.keys()) {
      if ((place(other) ?? 0) > from) broken.push(`${path} -> ${other}`);
    }
  }
  assertEquals(broken, []);
  assertEquals([...seen].sort(), foldersOfAttribution.map((_, at) => at)); // no folder but these
});

Deno.test("modules form no cycle, types included", () => {
  const done = new Set<string>();
  const visit = (path: string, above: readonly string[]) => {
    const start = above.indexOf(path);
    assert(start < 0, `cycle: ${[...above.slice(start), path].join(" -> ")}`);
    if (done.has(path)) return;
    for (const other of graph.get(path)?.imports.keys() ?? []) visit(other, [...above, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
});

Deno.test("modules outside src/cli and src/deno never name Deno, so that browsers and Node run them", async () => {
  const naming: string[] = [];
  for (const path of ["mod.ts", "internal.ts", ...filesBelow("src/"), ...filesBelow("web/")]) {
    if (!/\.tsx?$/.test(path) || /^src\/(cli|deno)\//.test(path) || scripts.has(path)) continue;
    const text = await Deno.readTextFile(new URL(path, root));
    const code = text.replaceAll(/\/\*[^]*?\*\//g, "").replaceAll(/(^|\s)\/\/.*$/gm, "");
    if (/\bDeno\b/.test(code)) naming.push(path);
  }
  assertEquals(naming, []);
  for (const script of scripts) assert(!graph.has(script), `${script} is imported`);
});

Deno.test("modules name npm packages in src/packages alone, and no bare names", () => {
  const named = [...graph].flatMap(([path, { packages }]) =>
    packages.map((name) => [path, name] as const)
  );
  const stray = named.filter(([path, name]) =>
    !(name.startsWith("npm:") && path.startsWith("src/packages/"))
  );
  assertEquals(stray, []);
  const versions = new Map<string, Set<string>>();
  for (const [, name] of named) {
    const [, plain, version] = /^npm:(@?[^@]+)@([^/]+)/.exec(name)!;
    versions.set(plain, (versions.get(plain) ?? new Set()).add(version));
  }
  assert(versions.size > 3); // the tokenizer's among them
  for (const [plain, all] of versions) assertEquals(all.size, 1, `two versions of ${plain}`);
});

const files = filesBelow("shaders/");

Deno.test("shaders are all imported by the GPU backend, and by nothing else", () => {
  const imported = new Set<string>();
  for (const [path, { imports }] of graph) {
    for (const other of imports.keys()) {
      if (!other.startsWith("shaders/")) continue;
      imported.add(other);
      assertEquals(path, "src/compute/gpu/shaders.ts");
    }
  }
  assertEquals([...imported].sort(), files);
});

Deno.test("shaders name their float64 twin, of the same operation, which names them", async () => {
  for (const file of files) {
    if (file === "shaders/shared/row_sum.wgsl") continue; // adds over lanes: no operation
    const text = await Deno.readTextFile(new URL(file, root));
    const header = /^(\/\/.*\n)+/.exec(text)?.[0] ?? "";
    const twin = /Twin: (src\/compute\/cpu\/(\w+)\.ts)/.exec(header);
    if (!twin) throw new Error(`${file} names no twin`);
    const [, path, operation] = twin;
    const name = /(\w+)\.wgsl$/.exec(file)![1];
    // attention_backward_query and _key are two kernels of one operation
    assert(name === operation || name.startsWith(`${operation}_`), `${file} is no ${operation}`);
    assert(graph.has(path), `${path}, the twin of ${file}, is not part of the product`);
    if (file.startsWith("shaders/shared/")) continue;
    const [first] = (await Deno.readTextFile(new URL(path, root))).split("\n");
    const suffix = name.slice(operation.length);
    assert(first.includes(file) || first.includes(`…${suffix}.wgsl`), `${path} names no ${file}`);
  }
});

Deno.test("shaders are of one file an operation: one entry point that begins with the file's name", async () => {
  for (const file of files) {
    const text = await Deno.readTextFile(new URL(file, root));
    const entries = [...text.matchAll(/@compute[^]*?fn\s+(\w+)/g)].map(([, name]) => name);
    const name = /(\w+)\.wgsl$/.exec(file)![1];
    if (file.startsWith("shaders/shared/")) assertEquals(entries, []);
    else assert(entries.length === 1 && entries[0].startsWith(name), `${file}: ${entries}`);
  }
});

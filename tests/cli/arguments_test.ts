/** How arguments are read: dashes, repetitions, help, and options that would do nothing. */

import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { readArguments, UsageError } from "../../src/cli/command.ts";
import { commands } from "../../src/cli/commands.ts";
import { formatMetrics } from "../../src/cli/run/run_log.ts";
import { root } from "../backends.ts";
import { cli, inFolder, spawn } from "./run.ts";

const model = decodeURIComponent(new URL("fixtures/tiny-cross-encoder", root).pathname);

/** Reads a command line, and what is noted meanwhile. */
function read(line: string) {
  const [name, ...words] = line.split(" ");
  const notes: string[] = [];
  const { error } = console;
  console.error = (text: string) => void notes.push(text);
  try {
    return { args: readArguments(commands[name], words), notes };
  } finally {
    console.error = error;
  }
}

Deno.test("readArguments() takes values that begin with a dash, - and = among them", () => {
  const { args } = read(
    "attribute --model m --dataset d --non-relevant-upto -1 --relevant-from=-2 --output -o --label relevant",
  );
  assertEquals(args.integer("non-relevant-upto", { least: -1000 }), -1);
  assertEquals(args.integer("relevant-from", { least: -1000 }), -2);
  assertEquals(args.get("output"), "-o");
  assertEquals(read("score --pairs - --model=a=b").args.get("pairs"), "-");
  assertEquals(read("score --pairs - --model=a=b").args.get("model"), "a=b");
  assertEquals(read("score --pairs --odd --model m").args.get("pairs"), "--odd"); // a file of that name
  assertEquals(read("locate -- --odd").args.positional, ["--odd"]);
  assertEquals(read("measure - run AP").args.positional, ["-", "run", "AP"]);
});

Deno.test("readArguments() refuses what it cannot mean", () => {
  for (
    const [line, says] of [
      ["score --pairs --model m", "Option --pairs needs a value"],
      ["score --pairs --model=m", "Option --pairs needs a value"],
      ["score --pairs", "Option --pairs needs a value"],
      ["score --pairs=", "Option --pairs needs a value"],
      ["score --pairs a --pairs b", "Option --pairs is given twice"],
      ["score --pairs a --pairs a", "Option --pairs is given twice"],
      ["score --quiet --quiet", "Option --quiet is given twice"],
      ["score --quiet=1", "Option --quiet takes no value, got 1"],
      ["score --pair a", "Unknown option --pair: did you mean --pairs?"],
      ["score --wrong a", "Unknown option --wrong, see --help"],
      ["score -x", "Unknown option -x, see --help"],
      ["score stray", 'Unexpected argument "stray"'],
      [
        "score --device tpu",
        'Option --device cannot be "tpu": expected auto, gpu, dawn, simd, cpu',
      ],
    ]
  ) assertThrows(() => read(line), UsageError, says, line);
});

const fromPairs = "attribute --model m --pairs p --output o";
const fromDataset = "attribute --model m --dataset d --output o";

/** Options that would do nothing: refused where somebody would believe in them, else noted. */
const idle: readonly (readonly [line: string, says: string])[] = [
  [`${fromPairs} --steps 5`, "--steps has no effect: --rule adaptive takes --tolerance"],
  [`${fromPairs} --rule adaptive --steps 5`, "--steps has no effect"],
  [`${fromPairs} --rule right --tolerance .1`, "--tolerance has no effect: --rule right takes"],
  [`${fromPairs} --split dev`, "--split has no effect: --pairs says which pairs are taken"],
  [`${fromPairs} --relevant-from 2`, "--relevant-from has no effect: --pairs says"],
  [`${fromPairs} --non-relevant-upto 2`, "--non-relevant-upto has no effect"],
  [`${fromPairs} --negatives judged`, "--negatives has no effect"],
  [`${fromPairs} --seed 1`, "--seed has no effect"],
  [`${fromPairs} --pair-list l`, "--pair-list has no effect"],
  ["converge --model m --pairs p --relevant-from 2", "--relevant-from has no effect"],
  [`${fromDataset} --pair-list l --strict`, "--strict has no effect: --pair-list says"],
  [`${fromPairs} --strict`, "--strict has no effect: --pairs says"],
  [`${fromDataset} --pair-list l --relevant-from 5`, "--relevant-from has no effect"],
  [`${fromDataset} --pair-list l --negatives bm25`, "--negatives has no effect"],
  [`${fromDataset} --pair-list l --seed 1`, "--seed has no effect"],
  [
    "baselines --model m --dataset d --pair-list l --non-relevant-upto 1",
    "--non-relevant-upto has",
  ],
  ["ablate --model m --datasets d --candidates r --per-relevant 3", "--per-relevant has no effect"],
  ["ablate --model m --datasets d --candidates r --most-relevant 3", "--most-relevant has no"],
  ["device --device cpu --tune", "--tune has no effect: --device cpu is no GPU"],
  ["device --device simd --tune", "--tune has no effect: --device simd is no GPU"],
];

const noted: readonly (readonly [line: string, says: string])[] = [
  [`${fromDataset} --label relevant --index i`, "--index has no effect: BM25 is asked for"],
  ["rerank --model m --dataset d --candidates r --restart", "--restart has no effect: without"],
  ["rerank --model m --dataset d --candidates r --any-model", "--any-model has no effect: without"],
  ["trace --model m --pairs p --neurons 0.key.1 --any-model", "--any-model has no effect: names"],
  ["ablate --model m --datasets d --restart", "--restart has no effect: without --output"],
  ["converge --model m --pairs p --restart", "--restart has no effect: without --output"],
  ["score --model m --pairs p --device cpu --threads 2", "--threads has no effect: --device cpu"],
  ["score --model m --pairs p --device gpu --threads 2", "--threads has no effect: --device gpu"],
];

Deno.test("readArguments() refuses options that would do nothing, and notes the harmless ones", () => {
  for (const [line, says] of idle) {
    assertThrows(() => read(line), UsageError, `Option ${says}`, line);
    read(`${line} --help`); // asks for help, whatever else
  }
  for (const [line, says] of noted) {
    const { notes } = read(line);
    assertEquals(notes.length, 1, line);
    assertMatch(notes[0], new RegExp(`^note: Option ${says}`), line);
    assertEquals(read(`${line} --quiet`).notes, []);
  }
  for (
    const line of [
      `${fromPairs} --tolerance .1`,
      `${fromPairs} --rule right --steps 5`,
      `${fromPairs} --max-pairs 5`,
      `${fromDataset} --label non-relevant --negatives bm25 --index i --seed 2 --max-pairs 3`,
      `${fromDataset} --label relevant --relevant-from 2 --non-relevant-upto 1 --split dev`,
      `${fromDataset} --label relevant --pair-list l --split dev`,
      "ablate --model m --datasets d --per-relevant 3 --most-relevant 3 --output o --restart",
      "device --device gpu --tune",
      "score --model m --pairs p --threads 2",
      "score --model m --pairs p --device simd --threads 2",
    ]
  ) assertEquals(read(line).notes, [], line);
});

Deno.test("overlap and ablate refuse collections in domain that no scheme is of", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/P_ms.safetensors`, "");
    for (
      const args of [
        ["overlap", "--schemes", folder, "--in-domain", "msmarco"],
        ["ablate", "--model", model, "--datasets", "d", "--schemes", folder, "--in-domain", "ms,x"],
      ]
    ) {
      const { code, stderr } = await cli(args);
      assertEquals(code, 2, stderr);
      assertMatch(stderr, /Option --in-domain cannot be "(msmarco|x)": expected some of ms/);
    }
  }));

Deno.test("help COMMAND, COMMAND --help and COMMAND -h say the same; -h is --help", async () => {
  const [overview, short, word] = await Promise.all([cli(["--help"]), cli(["-h"]), cli(["help"])]);
  assertEquals([short, word], [overview, overview]);
  const help = await cli(["score", "--help"]);
  assertMatch(help.stdout, /^score: logits/);
  for (const args of [["help", "score"], ["score", "-h"], ["--help", "score"], ["-h", "score"]]) {
    assertEquals(await cli(args), help, args.join(" "));
  }
  const wrong = await cli(["help", "scores"]);
  assertEquals([wrong.code, wrong.stderr], [2, 'error: Unknown command "scores": see --help\n']);
});

Deno.test("every option whose help names standard input reads it from -", async () => {
  const reading = Object.entries(commands).flatMap(([name, { options, notes }]) => [
    ...Object.entries(options).filter(([, { help }]) => help.includes("- reads standard input"))
      .map(([option]) => `${name} --${option}`),
    ...(notes?.includes("- reads standard input") ? [name] : []),
  ]);
  assertEquals(reading, [
    ...["attribute --pairs", "attribute --triples", "score --pairs", "tokenize --pairs"],
    ...["rerank --candidates", "measure", "locate", "means --pairs", "trace --pairs"],
    ...["describe --pairs", "converge --pairs", "faithfulness --pairs"],
  ]);
  await inFolder(async (folder) => {
    const cooking = decodeURIComponent(new URL("fixtures/collections/cooking", root).pathname);
    const simd = ["--device", "simd", "--threads", "1"];
    const pair = "copper pan\tpolish the copper pan\t1\n";
    const few = ["--model", model, ...simd];
    const qrels = await Deno.readTextFile(`${cooking}/qrels/test.tsv`);
    const [query, document] = qrels.split("\n")[1].split("\t");
    const run = `${query} Q0 ${document} 1 1 x\n`;
    await Deno.writeTextFile(`${folder}/run`, run);
    const set = {
      ...{ format: "neuron-set/1", model: "m", layers: 1, level: 0.5, expression: "P[x]" },
      units: { query: 2, key: 2, value: 2, attention_output: 2, intermediate: 2, ff_output: 2 },
      ...{ neurons: ["0.key.1"], provenance: {} },
    };
    const inputs: readonly (readonly [string, readonly string[]])[] = [
      [pair, ["attribute", "--pairs", "-", "--output", `${folder}/S`, ...few]],
      ["copper pan\tpolish the copper pan\ta cold river\n", [
        ...["attribute", "--triples", "-", "--target", "pairwise", "--output", `${folder}/T`],
        ...["--rule", "right", "--steps", "2", ...few],
      ]],
      [pair, ["score", "--pairs", "-", ...few]],
      [pair, ["means", "--pairs", "-", "--output", `${folder}/M`, ...few]],
      [pair, [
        ...["faithfulness", "--pairs", "-", "--rules", "right:1", "--units", "4", "--orders", "0"],
        ...few,
      ]],
      [pair, ["tokenize", "--pairs", "-", "--model", model]],
      [run, ["rerank", "--candidates", "-", "--dataset", cooking, ...few]],
      [run, ["measure", `${cooking}/qrels/test.tsv`, "-", "AP"]],
      [qrels, ["measure", "-", `${folder}/run`, "AP"]],
      [JSON.stringify(set), ["locate", "-"]],
      [`${pair}tea\tgreen tea leaves\t0\n`, [
        ...["describe", "--pairs", "-", "--neurons", "0.key.1", "--rule", "right", "--steps", "1"],
        ...few,
      ]],
      [pair, ["trace", "--pairs", "-", "--neurons", "0.key.1", "--steps", "2", ...few]],
      [pair, [
        "converge",
        "--pairs",
        "-",
        "--steps",
        "2",
        "--tolerances",
        ".5",
        "--reference",
        ".1",
        ...few,
      ]],
    ];
    for (const [text, args] of inputs) {
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--quiet", new URL("cli.ts", root).href, ...args],
        env: { NO_COLOR: "1" },
        ...{ stdin: "piped", stdout: "piped", stderr: "piped" },
      }).spawn();
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(text));
      await writer.close();
      const { code, stderr } = await child.output();
      assertEquals(code, 0, `${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
    }
  });
});

Deno.test("rerank names an unknown id of candidates from a FIFO, which cannot be read again", () =>
  inFolder(async (folder) => {
    const cooking = decodeURIComponent(new URL("fixtures/collections/cooking", root).pathname);
    await new Deno.Command("mkfifo", { args: [`${folder}/fifo`] }).output();
    const [{ code, stderr }] = await Promise.all([
      cli(["rerank", "--model", model, "--dataset", cooking, "--candidates", `${folder}/fifo`]),
      Deno.writeTextFile(`${folder}/fifo`, "nobody Q0 nothing 1 1 x\n"),
    ]);
    assertEquals(code, 1);
    assertMatch(stderr, /^error: Cannot find .* "(nothing|nobody)": expected it in/);
  }));

/** What a command writes to a terminal that is a pseudo-terminal of `script`. */
async function onTerminal(args: readonly string[], env: Record<string, string>): Promise<string> {
  const command = [
    Deno.execPath(),
    "run",
    "-A",
    "--quiet",
    new URL("cli.ts", root).pathname,
    ...args,
  ]
    .map((word) => `'${word}'`).join(" ");
  const { stdout } = await new Deno.Command("script", {
    args: ["-qec", command, "/dev/null"],
    ...{ env, clearEnv: true, stdin: "null" },
  }).output();
  return new TextDecoder().decode(stdout);
}

const hasScript = await new Deno.Command("script", { args: ["--version"] }).output()
  .then(({ success }) => success, () => false);

Deno.test({
  name: `a terminal gets a bar, a dumb one or NO_COLOR no escape${
    hasScript ? "" : " [skipped: no script(1)]"
  }`,
  ignore: !hasScript,
  fn: () =>
    inFolder(async (folder) => {
      const pairs = decodeURIComponent(new URL("fixtures/pairs.tsv", root).pathname);
      const args = (output: string) => [
        ...["attribute", "--model", model, "--pairs", pairs, "--output", `${folder}/${output}`],
        ...["--max-pairs", "4", "--rule", "right", "--steps", "2", "--device", "simd", "--debug"],
      ];
      const PATH = Deno.env.get("PATH")!;
      const HOME = Deno.env.get("HOME") ?? folder;
      const bar = await onTerminal(args("a"), { PATH, HOME, TERM: "xterm" });
      assertStringIncludes(bar, "\x1b[K");
      const plain: Record<string, string>[] = [{ TERM: "dumb" }, { TERM: "xterm", NO_COLOR: "1" }];
      for (const env of plain) {
        for (const words of [args("b"), [...args("b"), "--per-pair", pairs]]) { // works; fails
          const text = await onTerminal(words, { PATH, HOME, ...env });
          assertMatch(text, /4 pairs attributed|error: /);
          assertEquals(text.includes("\x1b"), false, JSON.stringify(text));
        }
      }
    }),
});

Deno.test("formatMetrics() escapes what would end a line of Prometheus' text", () => {
  assertEquals(
    formatMetrics({ things: { value: 1, help: "of a\\b\nc" } }),
    "# HELP relevance_neurons_things of a\\\\b\\nc\n# TYPE relevance_neurons_things gauge\nrelevance_neurons_things 1\n",
  );
});

Deno.test("an error on the way out is one sentence, and --debug tells where it came from", async () => {
  const child = await spawn(["locate", "nowhere.json"]).output();
  assertEquals([child.code, new TextDecoder().decode(child.stderr)], [
    1,
    "error: Cannot read nowhere.json: no such file or folder\n",
  ]);
  const { stderr } = await cli(["locate", "nowhere.json", "--debug"]);
  assertMatch(stderr, /at async .*locate\.ts/);
});

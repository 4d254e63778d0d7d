/** Memory over a long run: `deno run -A bench/soak.ts [PAIRS] [DEVICE]`; the log's rss every so often. */

const [count = 2000] = Deno.args.slice(0, 1).map(Number);
const device = Deno.args[1] ?? "simd";
const root = new URL("../", import.meta.url);
const path = (name: string) => decodeURIComponent(new URL(name, root).pathname);
const folder = await Deno.makeTempDir();
const lines = (await Deno.readTextFile(path("fixtures/pairs.tsv"))).split("\n");
const [pairs, log] = [`${folder}/pairs.tsv`, `${folder}/log`];
await Deno.writeTextFile(
  pairs,
  // pairs run in order of length: one length shows growth that is none of longer pairs
  `${lines[0]}\n`.repeat(count),
);
const { code, stderr } = await new Deno.Command(Deno.execPath(), {
  args: [
    ...["run", "-A", "--quiet", path("cli.ts"), "attribute", "--pairs", pairs, "--log", log],
    ...["--model", path("fixtures/tiny-cross-encoder"), "--output", `${folder}/S`],
    ...["--device", device, "--quiet"],
  ],
}).output();
if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
const events: readonly { event: string; rss: number; seconds: number }[] =
  (await Deno.readTextFile(log)).trimEnd().split("\n").map((line) => JSON.parse(line));
const done = events.filter(({ event }) => event === "pair");
const mebibytes = (i: number) => (done[i].rss / 2 ** 20).toFixed(0);
for (const at of [50, 200, 500, 1000, 1500, count].filter((at) => at <= count)) {
  console.log(`${device}: after ${at} pairs ${mebibytes(at - 1)} MiB, ${done[at - 1].seconds} s`);
}
await Deno.remove(folder, { recursive: true });

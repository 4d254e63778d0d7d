/** cluster/*.slurm on a real Slurm: an array, a task that is killed and requeued, and the merge. */

import { assertEquals, assertMatch } from "@std/assert";
import { root } from "../backends.ts";
import { cli, inFolder } from "../cli/run.ts";
import { hasSlurm, startSlurm, until } from "./slurm.ts";

const path = (name: string) => decodeURIComponent(new URL(name, root).pathname);

Deno.test({
  name: "cluster/attribute.slurm and merge.slurm give one run's bytes, a task killed on the way",
  ignore: !hasSlurm,
  fn: () =>
    inFolder(async (folder) => {
      const options = [
        ...["--model", path("fixtures/tiny-cross-encoder"), "--pairs", path("fixtures/pairs.tsv")],
        ...["--device", "simd", "--threads", "1", "--tolerance", "0.005"],
      ];
      const whole = `${folder}/whole.safetensors`;
      assertEquals((await cli(["attribute", "--output", whole, ...options])).code, 0);
      await using slurm = await startSlurm(folder, 2);
      const exported = `--export=ALL,NEURONS_HOME=${path("")},DENO=${Deno.execPath()}`;
      const sbatch = ["--parsable", exported, "--chdir", folder];
      const name = `${folder}/S`;
      const array = await slurm.run(
        "sbatch",
        ...[...sbatch, "--array=0-3", path("cluster/attribute.slurm"), name, ...options],
      );
      const merge = await slurm.run(
        "sbatch",
        ...[...sbatch, `--dependency=afterok:${array}`, path("cluster/merge.slurm"), name],
      );
      // once task 1 has finished some pairs, it is killed and queued again
      const journal = `${name}.shard-1.safetensors.journal`;
      await until(() => sizeOf(journal).then((size) => size > 40_000), "pairs of task 1");
      await slurm.run("scontrol", "requeue", `${array}_1`);
      await until(
        async () => /PENDING/.test(await slurm.run("scontrol", "show", "job", `${array}_1`)),
        "task 1 to be queued again",
      );
      // Slurm would let it wait for two minutes
      await slurm.run("scontrol", "update", `JobId=${array}_1`, "StartTime=now");
      const merged = `${name}.safetensors`;
      await until(() => sizeOf(merged).then((size) => size > 0), "the merged scheme");
      assertEquals(await Deno.readFile(merged), await Deno.readFile(whole));
      const log = await Deno.readTextFile(`${folder}/neurons-${array}_1.log`);
      assertMatch(log, /going on from .*S\.shard-1\.safetensors\.journal/);
      assertMatch(
        await slurm.run("scontrol", "show", "job", merge),
        /JobState=COMPLETED|COMPLETING/,
      );
    }),
});

async function sizeOf(file: string): Promise<number> {
  return await Deno.stat(file).then(({ size }) => size, () => 0);
}

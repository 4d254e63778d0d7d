// A Slurm of one node on loopback, from Debian's packages slurm-wlm and munge, for the tests.

/** Programs that are needed; without them the tests are skipped. */
const programs = ["/usr/sbin/munged", "/usr/sbin/slurmctld", "/usr/sbin/slurmd", "/usr/bin/sbatch"];

/** Whether Slurm can be started here: it is installed, and this is root. */
export const hasSlurm: boolean = Deno.uid() === 0 && programs.every((program) => {
  try {
    return Deno.statSync(program).isFile;
  } catch {
    return false;
  }
});

/** A running Slurm. */
export interface Slurm extends AsyncDisposable {
  /** Runs one of its commands and gives what it prints. */
  run(command: string, ...args: readonly string[]): Promise<string>;
}

/** Starts munge, the controller and a node below `folder`, on ports of their own. */
export async function startSlurm(folder: string, cpus: number): Promise<Slurm> {
  await Deno.chmod(folder, 0o755);
  const port = 20_000 + 2 * (Deno.pid % 10_000);
  const host = Deno.hostname().split(".")[0];
  const conf = `${folder}/slurm.conf`;
  for (const name of ["state", "spool"]) await Deno.mkdir(`${folder}/${name}`);
  await Deno.writeFile(`${folder}/key`, crypto.getRandomValues(new Uint8Array(1024)), {
    mode: 0o400,
  });
  await Deno.writeTextFile(
    conf,
    `ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=${folder}/munge.sock
SlurmUser=root
SlurmdUser=root
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldPort=${port}
SlurmdPort=${port + 1}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
KillWait=10
NodeName=${host} NodeAddr=127.0.0.1 CPUs=${cpus} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`,
  );
  const env = { SLURM_CONF: conf };
  const daemons: Deno.ChildProcess[] = [];
  const start = (program: string, ...args: readonly string[]) => {
    const silent = { stdin: "null", stdout: "null", stderr: "null" } as const;
    daemons.push(new Deno.Command(program, { args: [...args], env, ...silent }).spawn());
  };
  const run = async (command: string, ...args: readonly string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args], env })
      .output();
    const text = new TextDecoder();
    if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${text.decode(stderr)}`);
    return text.decode(stdout).trim();
  };
  const slurm: Slurm = {
    run,
    async [Symbol.asyncDispose]() {
      for (const daemon of daemons.reverse()) {
        daemon.kill("SIGTERM");
        await daemon.status;
      }
    },
  };
  start(
    "/usr/sbin/munged",
    ...["--foreground", "--force", `--socket=${folder}/munge.sock`, `--key-file=${folder}/key`],
    ...[`--log-file=${folder}/munge.log`, `--pid-file=${folder}/munge.pid`],
    `--seed-file=${folder}/munge.seed`,
  );
  try {
    await until(() => Deno.stat(`${folder}/munge.sock`).then(() => true, () => false), "munge");
    start("/usr/sbin/slurmctld", "-D", "-f", conf);
    start("/usr/sbin/slurmd", "-D", "-f", conf);
    await until(
      () => run("sinfo", "-h", "-o", "%t").then((state) => state === "idle", () => false),
      "an idle node",
    );
  } catch (error) {
    await slurm[Symbol.asyncDispose]();
    throw error;
  }
  return slurm;
}

/** Waits until `met`, for a minute and a half at most. */
export async function until(met: () => Promise<boolean>, what: string): Promise<void> {
  for (let turn = 0; turn < 900; turn++) {
    if (await met()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Cannot wait any longer for ${what}`);
}

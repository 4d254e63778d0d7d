/** Shows an address in the browser. */

const openers: Readonly<Record<string, readonly string[]>> = {
  darwin: ["open"],
  windows: ["cmd", "/c", "start", ""],
};

/** Asks the system to show an address; says so where it cannot. */
export async function openBrowser(address: string): Promise<void> {
  const [command, ...args] = openers[Deno.build.os] ?? ["xdg-open"];
  const opened = await new Deno.Command(command, {
    args: [...args, address],
    stdout: "null",
    stderr: "null",
  }).output().catch(() => undefined);
  if (!opened?.success) console.error(`${command} shows no page: open ${address} yourself`);
}

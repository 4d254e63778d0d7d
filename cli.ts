/** The command line: `deno run -A cli.ts --help`. */

import { main } from "./src/cli/main.ts";

Deno.exit(await main(Deno.args));

// The argument parser of Deno's standard library (@std/cli), which npm carries as deno-std.
export { parseArgs } from "npm:deno-std@1.4.0/cli/parse_args.js";

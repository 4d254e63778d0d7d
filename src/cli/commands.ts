/** The commands, in the order in which the help lists them. */

import { attributeCommand } from "./commands/attribute.ts";
import { bm25 } from "./commands/bm25.ts";
import type { Command } from "./command.ts";
import { converge } from "./commands/converge.ts";
import { convert } from "./commands/convert.ts";
import { demo } from "./commands/demo.ts";
import { describeCommand } from "./commands/describe.ts";
import { deviceCommand } from "./commands/device.ts";
import { explore } from "./commands/explore.ts";
import { site } from "./commands/site.ts";
import { download } from "./commands/download.ts";
import { measure } from "./commands/measure.ts";
import { reportCommand } from "./commands/report.ts";
import { rerank } from "./commands/rerank.ts";
import { scoreCommand } from "./commands/score.ts";
import { tokenize } from "./commands/tokenize.ts";
import { neuronsCommand } from "./commands/neurons.ts";
import { overlapCommand } from "./commands/overlap.ts";
import { faithfulnessCommand } from "./commands/faithfulness.ts";
import { locate } from "./commands/locate.ts";
import { baselinesCommand } from "./commands/baselines.ts";
import { ablateCommand } from "./commands/ablate.ts";
import { traceCommand } from "./commands/trace.ts";
import { meansCommand } from "./commands/means.ts";
import { merge } from "./commands/merge.ts";
import { multiverseCommand } from "./commands/multiverse.ts";
import { studyCommand } from "./commands/study.ts";

/** Commands by name. */
export const commands: Readonly<Record<string, Command>> = {
  demo,
  attribute: attributeCommand,
  score: scoreCommand,
  tokenize,
  rerank,
  bm25,
  measure,
  neurons: neuronsCommand,
  overlap: overlapCommand,
  locate,
  baselines: baselinesCommand,
  ablate: ablateCommand,
  means: meansCommand,
  report: reportCommand,
  trace: traceCommand,
  describe: describeCommand,
  converge,
  faithfulness: faithfulnessCommand,
  merge,
  study: studyCommand,
  multiverse: multiverseCommand,
  explore,
  site,
  download,
  convert,
  device: deviceCommand,
};

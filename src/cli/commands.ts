/** The commands, in the order in which the help lists them. */

import { attributeCommand } from "./attribute.ts";
import { bm25 } from "./bm25.ts";
import type { Command } from "./command.ts";
import { converge } from "./converge.ts";
import { convert } from "./convert.ts";
import { demo } from "./demo.ts";
import { deviceCommand } from "./device.ts";
import { download } from "./download.ts";
import { measure } from "./measure.ts";
import { reportCommand } from "./report.ts";
import { rerank } from "./rerank.ts";
import { scoreCommand } from "./score.ts";
import { tokenize } from "./tokenize.ts";
import { neuronsCommand } from "./neurons.ts";
import { overlapCommand } from "./overlap.ts";
import { locate } from "./locate.ts";
import { baselinesCommand } from "./baselines.ts";
import { ablateCommand } from "./ablate.ts";
import { traceCommand } from "./trace.ts";
import { merge } from "./merge.ts";
import { studyCommand } from "./study.ts";

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
  report: reportCommand,
  trace: traceCommand,
  converge,
  merge,
  study: studyCommand,
  download,
  convert,
  device: deviceCommand,
};

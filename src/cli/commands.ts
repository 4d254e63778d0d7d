/** The commands, in the order in which the help lists them. */

import { attributeCommand } from "./attribute.ts";
import type { Command } from "./command.ts";
import { demo } from "./demo.ts";
import { deviceCommand } from "./device.ts";
import { scoreCommand } from "./score.ts";
import { tokenize } from "./tokenize.ts";

/** Commands by name. */
export const commands: Readonly<Record<string, Command>> = {
  demo,
  attribute: attributeCommand,
  score: scoreCommand,
  tokenize,
  device: deviceCommand,
};

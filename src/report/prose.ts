/**
 * Sentences of a study's results as lines: expressions as formulas, names as code, minus signs in
 * place of hyphens.
 */

import { notation } from "./notation.ts";
import { code, type Inline, type Line } from "./text.ts";

const atom = /random\((?:[^()]|\([^()]*\))*\)|all\([PNF],[^()]*\)|fuse\([^()]*\)|[PNF]\[[^\]\s]*\]/;
const expression = new RegExp(`(?:${atom.source})(?: [-&|^+] (?:${atom.source}))*`);
const pieces = new RegExp(`\`([^\`]+)\`|(${expression.source})`, "g");

/** `P[ms] & N[ms] share -0.5 %` with its formula and its minus. */
export function prose(sentence: string): Line {
  const line: Inline[] = [];
  let end = 0;
  for (const found of sentence.matchAll(pieces)) {
    line.push(typeset(sentence.slice(end, found.index)));
    line.push(found[1] ? code(found[1]) : notation(found[2]));
    end = found.index + found[0].length;
  }
  line.push(typeset(sentence.slice(end)));
  return line.filter((part) => part !== "");
}

/** Minuses before numbers and between words, and spaces that must not break. */
function typeset(text: string): string {
  return text.replace(/(^|[\s([])-(?=\d)/g, "$1−").replace(/(?<=\)) - (?=\w)/g, " − ")
    .replace(/(?<=\d) (?=%)/g, "\u00a0");
}

/** Reads what a study found. */

import { RESULTS_FORMAT, type StudyResults } from "../../../internal.ts";
import { readText } from "../../deno/files.ts";

/** What tables, figures and the page of `explore` are drawn from. */
const parts: readonly (keyof StudyResults)[] = [
  "provenance",
  "options",
  "model",
  "attribution",
  "validation",
  "sets",
  "schemes",
  "conclusions",
  "files",
];

/**
 * The results in a study's folder.
 *
 * @throws {SyntaxError} that names the file where it is no JSON, of another format, or lacks a part.
 */
export async function readResults(folder: string): Promise<StudyResults> {
  const file = `${folder}/results.json`;
  const text = await readText(file);
  let results: Partial<StudyResults> | null;
  try {
    results = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
  if (results?.format !== RESULTS_FORMAT) {
    const found = JSON.stringify(results?.format) ?? "none";
    throw new SyntaxError(
      `Cannot read ${file}: expected results of format "${RESULTS_FORMAT}", got ${found}`,
    );
  }
  const missing = parts.find((part) => !(part in results));
  if (missing !== undefined) {
    throw new SyntaxError(`Cannot read ${file}: expected a field "${missing}", found none`);
  }
  return results as StudyResults;
}

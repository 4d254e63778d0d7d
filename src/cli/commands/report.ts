/** `report`: a study's results as a page, tables and figures. */

import { reportFiles, reportPage, type StudyResults } from "../../../internal.ts";
import type { Command } from "../command.ts";
import { checkWritable, print, writeAnew } from "../../deno/files.ts";
import { refuseClashes } from "../check_files.ts";
import { readResults } from "../study/read_results.ts";
import { studyFiles } from "../study/uses.ts";
import { startProgress } from "../run/progress.ts";

/** The command. */
export const reportCommand: Command = {
  summary: "draw a study's results again: a page, tables and figures",
  positional: "DIR",
  arity: [1, 1],
  options: {},
  notes:
    "DIR is a study's output with its results.json. Writes report.html, report.md, tables/ and\n" +
    "figures/ there and prints the page's path.",
  async run(args) {
    const [folder] = args.positional;
    const by = "Argument DIR";
    await refuseClashes([
      { by, path: folder, role: { use: "read", holds: (path) => path === "results.json" } },
      { by, path: folder, role: { ...studyFiles, holds: isReportFile } },
    ]);
    const results = await readResults(folder);
    await print(await writeReport(folder, { results, quiet: args.has("quiet") }));
  },
};

function isReportFile(path: string): boolean {
  return /^(report\.(html|md)|(tables|figures)\/.*)$/.test(path);
}

/** Draws `results` into `folder`: the page's path. */
export async function writeReport(
  folder: string,
  { results, quiet }: { readonly results: StudyResults; readonly quiet: boolean },
): Promise<string> {
  const page = `${folder}/${reportPage}`;
  await checkWritable(page);
  const progress = startProgress(1, { things: "report", quiet });
  const files = await reportFiles(results, {
    progress: (done, of) => progress.update(done / of, `figure ${done + 1} of ${of}`),
  });
  // The page comes last: where it is, what it links to is there too.
  for (const { path, content } of files.toReversed()) await writeAnew(`${folder}/${path}`, content);
  progress.end();
  return page;
}

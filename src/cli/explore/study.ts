/** What the page is told of a study, and the queries that it re-ranks, read when they are asked for. */

import {
  type Study,
  type StudyResults,
  type StudyValidation,
  type TextPair,
} from "../../../internal.ts";
import { type Collection, openCollection } from "../../formats/collection.ts";
import { readText } from "../../deno/files.ts";
import { fileStream, openFolder } from "../../deno/folder.ts";
import { chooseCandidates } from "../options/candidates.ts";
import { readResults } from "../study/read_results.ts";
import type { QueryList, StudyFacts } from "../../formats/page_facts.ts";

/** A study's folder, opened. */
export interface ServedStudy {
  readonly facts: StudyFacts;
  readonly results: StudyResults;
  /** Undefined where the study has no such collection. */
  queries(abbreviation: string): Promise<QueryList | undefined>;
  /** The first pairs of a scheme with their texts; undefined where the study has no such scheme. */
  pairs(scheme: string): Promise<readonly TextPair[] | undefined>;
}

/** Pairs of a scheme that the page is given. */
const MOST_PAIRS = 60;

/** Opens a study's output; `bases`: where the folders that the study names may begin. */
export async function openServedStudy(
  folder: string,
  { bases }: { readonly bases: readonly string[] },
): Promise<ServedStudy> {
  const results = await readResults(folder);
  const lists = new Map<string, Promise<QueryList>>();
  const study = optionsOf(results);
  const path = (name: string) => find(name, bases);
  const { title, attribution, schemes, sets, validation } = results;
  return {
    results,
    facts: {
      title,
      report: "study/report.html",
      sets,
      schemes: schemes.map(({ name, label, file, collection }) => ({
        name: name.replace(/^(.)\[(.*)\]$/, "$1_$2"),
        label,
        collection: attribution.find(({ abbreviation }) => abbreviation === collection)?.name ??
          collection,
        address: `study/${file}`,
      })),
      validation: validation.map(({ abbreviation, name }) => ({ abbreviation, name })),
    },
    async queries(abbreviation) {
      const one = study.validation.find((other) => other.abbreviation === abbreviation);
      if (!one || !study.ablation) return undefined;
      const list = lists.get(abbreviation) ?? readQueries(study, one, { folder, path });
      lists.set(abbreviation, list);
      try {
        return await list;
      } catch (error) {
        lists.delete(abbreviation); // the next question tries again
        throw error;
      }
    },
    async pairs(scheme) {
      const [, abbreviation] = /^[PN]_(.+)$/.exec(scheme) ?? [];
      const one = study.collections.find((other) => other.abbreviation === abbreviation);
      const facts = results.schemes.find(({ name }) => name === `${scheme[0]}[${abbreviation}]`);
      return one && facts
        ? await readPairs(`${folder}/${facts.file}.pairs.tsv`, {
          collection: await openCollection(openFolder(await path(one.folder)), one),
        })
        : undefined;
    },
  };
}

/** The texts of the first pairs of a list: `query-id<TAB>corpus-id<TAB>…`, its first line names columns. */
async function readPairs(
  file: string,
  { collection }: { readonly collection: Collection },
): Promise<TextPair[]> {
  const lines = (await readText(file)).split("\n").slice(1, 1 + MOST_PAIRS)
    .filter((line) => line !== "").map((line) => line.split("\t"));
  const passages = await collection.passagesOf(lines.map(([, document]) => document), {
    file,
    open: () => fileStream(file),
  });
  return await Promise.all(lines.map(async ([query, document]) => ({
    query: (await collection.queryOf(query)).text,
    passage: passages.get(document)!.text,
  })));
}

/** Where a folder or file is that a study names. */
async function find(name: string, bases: readonly string[]): Promise<string> {
  const places = name.startsWith("/") ? [name] : bases.map((base) => `${base}/${name}`);
  for (const place of places) {
    if (await Deno.stat(place).then(() => true, () => false)) return place;
  }
  throw new Error(
    `Cannot open ${name} of the study: expected it at ${
      places.join(" or ")
    }, found nothing there; explore --collections says where the study's paths begin`,
  );
}

/** The study that results come from, as they hold it. */
function optionsOf({ options }: StudyResults): Study {
  return options as unknown as Study; // results hold the study file with every default
}

async function readQueries(
  study: Study,
  one: StudyValidation,
  { folder, path }: {
    readonly folder: string;
    readonly path: (name: string) => Promise<string>;
  },
): Promise<QueryList> {
  const index = await Deno.makeTempFile({ dir: folder, prefix: "explore-", suffix: ".sqlite" })
    .catch(() => Deno.makeTempFile({ prefix: "explore-", suffix: ".sqlite" }));
  await Deno.remove(index);
  try {
    const at = await path(one.folder);
    const { collection, qrels, lists } = await chooseCandidates(
      await openCollection(openFolder(at), one),
      {
        ...one,
        folder: at,
        run: one.candidates === undefined ? undefined : await path(one.candidates),
        perRelevant: one.perRelevant ?? study.ablation!.perRelevant,
        seed: study.seed,
        index,
      },
    );
    const passages = await collection.passagesOf(lists.flatMap(({ documents }) => documents));
    const queries = await Promise.all(lists.map(async ({ query, documents }) => {
      const { text } = await collection.queryOf(query);
      const candidates = documents.map((id) => ({ id, text: passages.get(id)!.text }));
      return { id: query, text, grades: Object.fromEntries(qrels.get(query) ?? []), candidates };
    }));
    return { collection: one.name, queries };
  } finally {
    await Deno.remove(index).catch(() => {});
  }
}

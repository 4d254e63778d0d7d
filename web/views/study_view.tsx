/** A study's queries: candidates re-ranked with and without the masked neurons. */
/// <reference lib="dom" />

import { h, useEffect, useState } from "../../src/packages/preact.ts";
import type { QueryList } from "../names.ts";
import type { Actions } from "../page/actions.ts";
import { short } from "../page/numbers.ts";
import type { State } from "../page/state.ts";
import type { MaskPart, Reranked } from "../protocol.ts";
import { View } from "./view.tsx";

/** A ranking and what it is of. */
interface Ranking {
  readonly query: string;
  readonly mask: readonly MaskPart[];
  readonly done: number;
  readonly of: number;
  readonly found?: Reranked;
}

/** The queries. */
export function StudyView({ state, act }: { readonly state: State; readonly act: Actions }) {
  const study = state.boot!.study!;
  const [collection, setCollection] = useState("");
  const [list, setList] = useState<QueryList>();
  const [chosen, setChosen] = useState("");
  const [ranking, setRanking] = useState<Ranking>();
  useEffect(() => {
    if (collection === "") return;
    setList(undefined);
    setRanking(undefined);
    act.json<QueryList>(`queries/${encodeURIComponent(collection)}.json`).then((found) => {
      setList(found);
      setChosen(found.queries[0]?.id ?? "");
    }, act.fail);
  }, [collection]);
  const query = list?.queries.find(({ id }) => id === chosen);
  const mask = act.parts();
  const key = JSON.stringify([chosen, mask]);
  useEffect(() => {
    if (!query || !state.model) return;
    const control = new AbortController();
    const base = { query: query.id, mask, of: query.candidates.length };
    setRanking({
      ...base,
      done: 0,
      found: ranking?.query === query.id ? ranking.found : undefined,
    });
    act.ask("rerank", {
      query: query.text,
      candidates: query.candidates,
      grades: query.grades,
      mask,
    }, {
      signal: control.signal,
      news: ({ done }) => setRanking((now) => now && { ...now, done }),
    }).then(
      (found) => setRanking({ ...base, done: base.of, found }),
      (error) => control.signal.aborted || act.fail(error),
    );
    return () => control.abort();
  }, [key, state.model]);
  const found = ranking?.query === query?.id ? ranking?.found : undefined;
  const textOf = new Map(query?.candidates.map((one) => [one.id, one]));
  const rows = found?.candidates.toSorted((a, b) => a.after - b.after) ?? [];
  return (
    <View
      id="study"
      wide
      title="Does it matter for ranking"
      note="A query’s candidates re-ranked by the whole model and by the model under the mask (What if)."
      saved={found && {
        table: () => ({
          name: `ranking-${chosen}`,
          about: { query: query!.text, nDCG10: found.ndcg },
          columns: ["document", "grade", "before", "after", "margin", "margin under the mask"],
          rows: rows.map((one) => [
            one.id,
            query!.grades[one.id] ?? "",
            ...[one.before, one.after, one.whole, one.masked],
          ]),
        }),
      }}
    >
      <div class="row tools">
        <label class="field">
          <span>Collection</span>
          <select
            value={collection}
            onChange={({ currentTarget }) => setCollection(currentTarget.value)}
          >
            <option value="" disabled>choose one of {study.validation.length}</option>
            {study.validation.map(({ abbreviation, name }) => (
              <option key={abbreviation} value={abbreviation}>{name}</option>
            ))}
          </select>
        </label>
        {list && (
          <label class="field grow">
            <span>Topic</span>
            <select value={chosen} onChange={({ currentTarget }) => setChosen(currentTarget.value)}>
              {list.queries.map(({ id, text }) => <option key={id} value={id}>{text}</option>)}
            </select>
          </label>
        )}
      </div>
      {ranking && ranking.done < ranking.of && (
        <p class="note">{ranking.done} of {ranking.of} candidates</p>
      )}
      {found && (
        <p class="big">
          nDCG@10 <b>{found.ndcg.before.toFixed(4)}</b>
          {mask.length > 0 && (
            <span>
              {" → "}
              <b>{found.ndcg.after.toFixed(4)}</b>
            </span>
          )}
        </p>
      )}
      {found && (
        <div class="scroll tall" tabIndex={0} role="region" aria-label="Ranking">
          <table>
            <thead>
              <tr>
                <th scope="col" class="end">rank</th>
                <th scope="col">move</th>
                <th scope="col">grade</th>
                <th scope="col" class="end">margin</th>
                <th scope="col">passage</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ id, before, after, masked }) => {
                const move = before - after;
                const one = textOf.get(id);
                return (
                  <tr key={id}>
                    <td class="end number">{after}</td>
                    <td class={move > 0 ? "rise" : move < 0 ? "fall" : "note"}>
                      {move > 0 ? `↑ ${move}` : move < 0 ? `↓ ${-move}` : "="}
                    </td>
                    <td>{query!.grades[id] ?? "–"}</td>
                    <td class="end number">{short(masked)}</td>
                    <td class="wraps">
                      <button
                        type="button"
                        class="name"
                        dir="auto"
                        onClick={() =>
                          act.type({
                            query: query!.text,
                            passage: one!.text,
                            label: (query!.grades[id] ?? 0) > 0 ? "relevant" : "non-relevant",
                          })}
                      >
                        {one?.text.slice(0, 160)}
                      </button>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </View>
  );
}

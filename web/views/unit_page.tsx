/** A unit beyond the pair at hand: its place in a study's schemes, and what excites it most. */
/// <reference lib="dom" />

import { Fragment, h, useState } from "../../src/packages/preact.ts";
import { neuronCount } from "../names.ts";
import type { Actions } from "../page/actions.ts";
import { fetchJson } from "../page/fetch_json.ts";
import { count, percent, signed } from "../page/numbers.ts";
import type { State } from "../page/state.ts";
import type { Pair } from "../protocol.ts";
import type { Theme } from "./colours.ts";
import { Tokens } from "./tokens.tsx";

/** Ranks in the schemes of every collection. */
export function PlacesView({ state: { boot, places, model } }: { readonly state: State }) {
  const study = boot?.study;
  if (!study || !places || !model) return null;
  const all = neuronCount(model.space);
  return (
    <Fragment>
      <h3>Its place in the study’s schemes</h3>
      <div class="scroll" tabIndex={0} role="region" aria-label="Places in schemes">
        <table>
          <thead>
            <tr>
              <th scope="col">scheme</th>
              <th scope="col" class="end">mean conductance</th>
              <th scope="col" class="end">place</th>
              <th scope="col" class="end">in the top</th>
            </tr>
          </thead>
          <tbody>
            {places.map(({ scheme, mean, rank }) => {
              const of = study.schemes.find(({ name }) => name === scheme);
              return (
                <tr key={scheme}>
                  <th scope="row">{scheme[0]}[{scheme.slice(2)}] {of?.collection}</th>
                  <td class="end number">{signed(mean)}</td>
                  <td class="end number">{count(rank)}</td>
                  <td class="end number">{percent(rank / all)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Fragment>
  );
}

/** A pair without its label. */
type Texts = Pick<Pair, "query" | "passage">;

/** Pairs that are looked through at most. */
const MOST = 60;

/** Which of some pairs excite the unit most. */
export function ExciteView({ state, act, theme }: {
  readonly state: State;
  readonly act: Actions;
  readonly theme: Theme;
}) {
  const { boot, excitement, unit } = state;
  const sources = [
    ...(boot?.pairs.length ? [{ title: "the example pairs", address: "" }] : []),
    ...(boot?.study?.schemes ?? []).map(({ name, collection }) => ({
      title: `pairs of ${name[0]}[${name.slice(2)}] ${collection}`,
      address: `pairs/${encodeURIComponent(name)}.json`,
    })),
  ];
  const [chosen, choose] = useState(0);
  if (sources.length === 0) return null;
  const found = excitement?.id === unit ? excitement : undefined;
  const look = async () => {
    try {
      const { address } = sources[chosen];
      const pairs = address === "" ? boot!.pairs : await fetchJson<readonly Texts[]>(address);
      await act.excite(pairs.slice(0, MOST));
    } catch (error) {
      act.fail(error);
    }
  };
  return (
    <Fragment>
      <h3>What excites it most</h3>
      <div class="row tools">
        <label>
          <span class="sr">Texts to look through</span>
          <select
            value={String(chosen)}
            onChange={({ currentTarget }) => choose(Number(currentTarget.value))}
          >
            {sources.map(({ title }, i) => <option key={i} value={i}>{title}</option>)}
          </select>
        </label>
        <button type="button" onClick={look}>Look through them</button>
        {found && !found.found && <span class="note">{found.done} of {found.of}</span>}
      </div>
      {found?.found?.map(({ pair, tokens, activation, highest }) => (
        <div key={pair} class="excited">
          <span class="number">{signed(highest)}</span>
          <Tokens tokens={tokens} values={activation} theme={theme} />
          <button type="button" class="quiet" onClick={() => act.type(found.pairs[pair])}>
            take this pair
          </button>
        </div>
      ))}
      {found?.found && (
        <p class="note">
          The unit’s output at every token of the {found.of}{" "}
          pairs, the largest first{found.found[0]?.activation.includes(null)
            ? "; in the last layer it exists once a text"
            : ""}.
        </p>
      )}
    </Fragment>
  );
}

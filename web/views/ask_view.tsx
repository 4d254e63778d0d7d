/** What is asked: query, passage, label; attribute and stop; how it goes and what the model says. */
/// <reference lib="dom" />

import { Fragment, h } from "../../src/packages/preact.ts";
import type { Actions } from "../page/actions.ts";
import { count, percent, short, signed } from "../page/numbers.ts";
import type { State } from "../page/state.ts";
import { LineChart } from "./chart.tsx";

/** The left column's first part. */
export function AskView({ state, act }: { readonly state: State; readonly act: Actions }) {
  const { query, passage, label, busy, status, round, loaded, model, run, boot } = state;
  const attributing = busy !== undefined && busy !== "opening";
  return (
    <section class="ask" aria-label="Pair">
      {(boot?.pairs.length ?? 0) > 0 && (
        <label class="field">
          <span>Example</span>
          <select
            value=""
            onChange={({ currentTarget }) => {
              const chosen = boot!.pairs[Number(currentTarget.value)];
              currentTarget.value = "";
              if (chosen) act.type(chosen);
            }}
          >
            <option value="" disabled>choose a pair of {boot!.pairs.length}</option>
            {boot!.pairs.map((pair, i) => (
              <option key={i} value={i}>
                {pair.label === "relevant" ? "✓" : "✗"} {pair.query}
              </option>
            ))}
          </select>
        </label>
      )}
      <label class="field">
        <span>Query</span>
        <input
          type="text"
          dir="auto"
          autocomplete="off"
          value={query}
          onInput={({ currentTarget }) => act.type({ query: currentTarget.value })}
          onKeyDown={({ key }) => key === "Enter" && act.attribute()}
        />
      </label>
      <label class="field">
        <span>Passage</span>
        <textarea
          rows={5}
          dir="auto"
          value={passage}
          onInput={({ currentTarget }) => act.type({ passage: currentTarget.value })}
        />
      </label>
      <div class="row">
        <label class="field">
          <span>Label</span>
          <select
            value={label}
            onChange={({ currentTarget }) =>
              act.type({ label: currentTarget.value as typeof label })}
          >
            <option value="relevant">relevant</option>
            <option value="non-relevant">non-relevant</option>
          </select>
        </label>
        <button type="button" class="primary" disabled={!model} onClick={() => act.attribute()}>
          Attribute
        </button>
        <button type="button" disabled={!busy} onClick={() => act.stop()}>Stop</button>
      </div>
      <p role="status" class="status">{status}</p>
      {busy && (
        <Progress
          name={attributing ? "Path" : "Model"}
          part={attributing ? roundPart(state) : loaded?.total ? loaded.loaded / loaded.total : 0}
          told={attributing
            ? round &&
              `${round.evaluations} points${
                round.gap === undefined ? "" : `, gap ${percent(round.gap)}`
              }`
            : loaded && `${loaded.file}, ${count(Math.round(loaded.loaded / 1024))} KiB`}
        />
      )}
      {attributing && round?.points && round.F && (
        <LineChart
          title="F along the path so far"
          x={round.points}
          bottom
          lines={[{ title: "F along the path", class: "c0", y: round.F }]}
        />
      )}
      {state.error && (
        <p role="alert" class="error">
          {state.error}{" "}
          <button type="button" class="quiet" aria-label="Dismiss" onClick={() => act.dismiss()}>
            ×
          </button>
        </p>
      )}
      <ScoreView state={state} />
      {run && (
        <dl class="facts">
          <dt>F at the baseline</dt>
          <dd>{signed(run.F.baseline)}</dd>
          <dt>F at the input</dt>
          <dd>{signed(run.F.input)}</dd>
          <dt>gap of completeness</dt>
          <dd>{Number.isFinite(run.gap) ? percent(run.gap) : "–"}</dd>
          <dt>tokens</dt>
          <dd>
            {run.tokens.length}
            {run.tokens.length === model?.maxTokens && ", cut to the model’s limit"}
          </dd>
          {state.check?.run === run.run && (
            <Fragment>
              <dt>from float64</dt>
              <dd>{state.check.difference.toExponential(1)} of the largest</dd>
            </Fragment>
          )}
        </dl>
      )}
      {run && (
        <div class="row">
          <button
            type="button"
            onClick={async () => {
              const { saveAttribution } = await import("../page/save.ts");
              saveAttribution(run, model!.space);
            }}
          >
            Export JSON
          </button>
          <button
            type="button"
            disabled={!!busy || run.kind === "cpu"}
            onClick={() => act.check()}
          >
            Check in float64
          </button>
        </div>
      )}
    </section>
  );
}

/** How much of the work is done, roughly: a pair takes about 21 evaluations, or has a gap to close. */
function roundPart({ round, run, busy }: State): number {
  if (!round) return 0;
  const wanted = busy !== "attributing" && run ? run.evaluations : 21;
  return Math.min(0.97, round.evaluations / wanted);
}

function Progress(
  { name, part, told }: {
    readonly name: string;
    readonly part: number;
    readonly told?: string;
  },
) {
  return (
    <div class="progress">
      <progress aria-label={name} max={1} value={part} />
      <span>{told}</span>
    </div>
  );
}

/** p(relevant), and what the mask makes of it. */
function ScoreView({ state: { score, effect, run } }: { readonly state: State }) {
  const shown = score ?? run?.score;
  if (!shown) return null;
  const chance = effect && effect.random.map(({ probability }) => probability);
  const mean = chance && chance.reduce((sum, p) => sum + p, 0) / chance.length;
  return (
    <div class="score">
      <p>
        <span>p(relevant)</span> <b>{shown.probability.toFixed(3)}</b>
        {effect && (
          <Fragment>
            {" → "}
            <b class="masked">{effect.masked.probability.toFixed(3)}</b>
          </Fragment>
        )}
      </p>
      <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        <rect class="rail" x="0" y="4" width="100" height="2" />
        <rect class="bar" x="0" y="4" width={100 * shown.probability} height="2" />
        {chance && (
          <rect
            class="chance"
            x={100 * Math.min(...chance)}
            y="2.5"
            width={Math.max(0.6, 100 * (Math.max(...chance) - Math.min(...chance)))}
            height="5"
          />
        )}
        {effect && (
          <rect
            class="after"
            x={100 * effect.masked.probability - 0.5}
            y="1"
            width="1"
            height="8"
          />
        )}
      </svg>
      <p class="note">
        logit{shown.logits.length > 1 ? "s" : ""} {shown.logits.map(short).join(", ")}
        {effect && `; under the mask ${effect.masked.logits.map(short).join(", ")}`}
        {mean !== undefined &&
          `; matched random neurons ${mean.toFixed(3)} (${Math.min(...chance!).toFixed(3)} to ${
            Math.max(...chance!).toFixed(3)
          })`}
      </p>
    </div>
  );
}

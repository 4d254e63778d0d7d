/** Act: neurons that are zeroed or scaled, what that does to the score, and what random ones do. */
/// <reference lib="dom" />

import { Fragment, h, useState } from "../../src/packages/preact.ts";
import type { Actions } from "../page/actions.ts";
import { count, short } from "../page/numbers.ts";
import type { MaskEntry, State } from "../page/state.ts";
import { namesOf } from "../units.ts";
import { marginOf } from "./margin.ts";
import { View } from "./view.tsx";

/** How an entry is shown. */
function titleOf({ by }: MaskEntry): string {
  const [, expression, level] = /^set:(.+)@([^@]+)$/s.exec(by) ?? [];
  if (expression !== undefined) return `${expression} at ${level}`;
  const [, part] = /^beyond:(.+)$/.exec(by) ?? [];
  if (part !== undefined) return `beyond ${part} of the largest`;
  const names = by.split(",");
  return names.length > 3 ? `${names.slice(0, 2).join(", ")} and ${names.length - 2} more` : by;
}

/** The mask. */
export function MaskView({ state, act }: { readonly state: State; readonly act: Actions }) {
  const { mask, model, effect, pinned, groups, run, boot, busy, label } = state;
  const own = label === "relevant" ? "P[pair]" : "N[pair]";
  const [expression, setExpression] = useState("");
  const [level, setLevel] = useState("1%");
  if (!model) return null;
  const examples = boot?.study ? `all(N, O), P[${boot.study.schemes[0]?.name.slice(2)}]` : own;
  const masksHeads = mask.some(({ ids }) => ids?.some((id) => id >= model.neurons));
  const random = effect?.random.map(({ logits }) => marginOf(logits));
  return (
    <View
      id="mask"
      title="What if"
      note="Zero or scale units and see the score at once, with as many random units of the same layers and components beside it."
      saved={effect && {
        table: () => ({
          name: "mask",
          about: { mask: mask.map(({ by, factor, ids }) => ({ by, factor, units: ids?.length })) },
          columns: ["what", "probability", "margin"],
          rows: [
            ["whole", effect.whole.probability, marginOf(effect.whole.logits)],
            ["masked", effect.masked.probability, marginOf(effect.masked.logits)],
            ...effect.random.map(({ probability, logits }, seed) =>
              [`random ${seed}`, probability, marginOf(logits)] as const
            ),
          ],
        }),
      }}
    >
      <form
        class="row tools"
        onSubmit={(event: Event) => {
          event.preventDefault();
          act.mask(`set:${(expression.trim() || own)}@${level.trim()}`, 0);
        }}
      >
        <label class="field grow">
          <span>Set expression</span>
          <input
            type="text"
            placeholder={examples}
            spellcheck={false}
            value={expression}
            onInput={({ currentTarget }) => setExpression(currentTarget.value)}
          />
        </label>
        <label class="field level">
          <span>Level</span>
          <input
            type="text"
            value={level}
            onInput={({ currentTarget }) => setLevel(currentTarget.value)}
          />
        </label>
        <button type="submit" disabled={!run && !boot?.study}>Zero the set</button>
      </form>
      <div class="row tools">
        {pinned.length > 0 && (
          <button
            type="button"
            onClick={() => act.mask(namesOf(model.space, pinned), 0)}
          >
            Zero the pinned ({pinned.length})
          </button>
        )}
        {groups.map(({ name, ids }) => (
          <button
            key={name}
            type="button"
            onClick={() => act.mask(namesOf(model.space, ids), 0)}
          >
            Zero “{name}” ({ids.length})
          </button>
        ))}
      </div>
      {mask.length > 0 && (
        <ul class="mask">
          {mask.map((entry) => (
            <li key={entry.by}>
              <span class="grow">
                {titleOf(entry)}
                {entry.ids && entry.ids.length > 1 && ` (${count(entry.ids.length)} units)`}
              </span>
              <label class="slider">
                <span>× {entry.factor.toFixed(1)}</span>
                <input
                  type="range"
                  aria-label={`Scale ${titleOf(entry)}`}
                  min="-1"
                  max="3"
                  step="0.1"
                  value={entry.factor}
                  onInput={({ currentTarget }) =>
                    act.setFactor(entry.by, Number(currentTarget.value))}
                />
              </label>
              <button
                type="button"
                class="quiet"
                aria-label={`Restore ${titleOf(entry)}`}
                onClick={() => act.unmask(entry.by)}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
      {effect && random && (
        <table>
          <thead>
            <tr>
              <th scope="col">model</th>
              <th scope="col" class="end">p(relevant)</th>
              <th scope="col" class="end">margin</th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">whole</th>
              <td class="end number">{effect.whole.probability.toFixed(4)}</td>
              <td class="end number">{short(marginOf(effect.whole.logits))}</td>
            </tr>
            <tr>
              <th scope="row">under the mask</th>
              <td class="end number">{effect.masked.probability.toFixed(4)}</td>
              <td class="end number">{short(marginOf(effect.masked.logits))}</td>
            </tr>
            <tr>
              <th scope="row">{random.length} random masks</th>
              <td class="end number">
                {mean(effect.random.map(({ probability }) => probability)).toFixed(4)}
              </td>
              <td class="end number">
                {short(Math.min(...random))} to {short(Math.max(...random))}
              </td>
            </tr>
          </tbody>
        </table>
      )}
      {mask.length > 0 && (
        <Fragment>
          <div class="row tools">
            <button
              type="button"
              disabled={!!busy || masksHeads}
              onClick={() => act.attribute(true)}
            >
              Run again under the mask
            </button>
            <button type="button" onClick={() => act.unmask()}>Restore all</button>
          </div>
          {masksHeads && (
            <p class="note">
              A mask of attention heads changes the score alone: conductance under it is not
              computed.
            </p>
          )}
        </Fragment>
      )}
    </View>
  );
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

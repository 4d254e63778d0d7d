/** Which model computes, on what, and other models: a dropped folder, or the Hub's files. */
/// <reference lib="dom" />

import { h, useState } from "../../src/packages/preact.ts";
import type { Actions } from "../page/actions.ts";
import { filesOfInput } from "../page/dropped.ts";
import { count } from "../page/numbers.ts";
import type { State } from "../page/state.ts";
import type { BackendKind } from "../protocol.ts";

/** The page's head. */
export function ModelView({ state, act }: { readonly state: State; readonly act: Actions }) {
  const { model, boot, source, backend } = state;
  const [repository, setRepository] = useState("");
  return (
    <header class="top">
      <h1>Relevance Neurons</h1>
      <p class="model">
        {model
          ? (
            <span>
              <b>{model.name}</b>, {model.space.layers} layers, {count(model.neurons)} neurons, on
              {" "}
              {model.adapter}
            </span>
          )
          : <span>{source?.name ?? "no model"}</span>}
        {boot?.study && (
          <span>
            study <a href={boot.study.report}>{boot.study.title}</a>
          </span>
        )}
      </p>
      <details class="menu">
        <summary>Model</summary>
        <div class="sheet">
          <label class="field">
            <span>Compute on</span>
            <select
              value={backend ?? "auto"}
              onChange={({ currentTarget: { value } }) =>
                source &&
                act.openModel(source, value === "auto" ? undefined : value as BackendKind)}
            >
              <option value="auto">a GPU, else WebAssembly</option>
              <option value="gpu">WebGPU</option>
              <option value="simd">WebAssembly</option>
              <option value="cpu">float64 (slow)</option>
            </select>
          </label>
          <label class="field">
            <span>A model’s folder of this machine</span>
            <input
              type="file"
              multiple
              {
                // the folder, where browsers can choose one
                ...{ webkitdirectory: true }
              }
              onChange={async ({ currentTarget }) => {
                const found = filesOfInput(currentTarget.files);
                if (found) await act.openModel(found, backend);
              }}
            />
          </label>
          <form
            class="field"
            onSubmit={(event: Event) => {
              event.preventDefault();
              const name = repository.trim();
              act.openModel({
                kind: "address",
                name,
                address: `https://huggingface.co/${
                  name.split("/").map(encodeURIComponent).join("/")
                }/resolve/main/`,
                kept: true,
              }, backend);
            }}
          >
            <label class="field">
              <span>A repository of the Hugging Face Hub</span>
              <input
                type="text"
                placeholder="cross-encoder/ms-marco-MiniLM-L-6-v2"
                value={repository}
                onInput={({ currentTarget }) => setRepository(currentTarget.value)}
              />
            </label>
            <button type="submit" disabled={!/^[\w.-]+(\/[\w.-]+)?$/.test(repository.trim())}>
              Open
            </button>
          </form>
          <p class="note">
            Or drop a folder anywhere on the page. Files come to this tab; texts never leave it.
          </p>
        </div>
      </details>
    </header>
  );
}

/** The state as an address, `#query=…&passage=…&label=relevant`, and back. */

import { componentOrder } from "../names.ts";
import type { BackendKind } from "../protocol.ts";
import { namesOf } from "../units.ts";
import type { MaskEntry, State } from "./state.ts";

/** What an address may say. */
export interface Told extends Partial<Pick<State, "query" | "passage" | "label" | "component">> {
  readonly backend?: BackendKind;
  readonly memory?: number;
  readonly threshold?: number;
  /** Names of neurons: they mean something once the model is open. */
  readonly unit?: string;
  readonly pinned: readonly string[];
  readonly groups: readonly { readonly name: string; readonly neurons: readonly string[] }[];
  readonly mask: readonly MaskEntry[];
}

/** Reads an address; what makes no sense is left out. */
export function readAddress(hash: string): Told {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const number = (key: string, least: number, most: number) => {
    const value = Number(fields.get(key) ?? NaN);
    return value >= least && value <= most ? value : undefined;
  };
  const label = fields.get("label");
  const list = (text: string | null) => text ? text.split(",") : [];
  return {
    query: fields.get("query") ?? undefined,
    passage: fields.get("passage") ?? undefined,
    label: label === null
      ? undefined
      : label === "non-relevant" || label === "0"
      ? "non-relevant"
      : "relevant",
    component: componentOrder.find((one) => one === fields.get("component")),
    backend: (["gpu", "simd", "cpu"] as const).find((one) => one === fields.get("backend")),
    memory: number("memory", 1, 2 ** 20),
    threshold: number("threshold", 1e-6, 1),
    unit: fields.get("unit") ?? undefined,
    pinned: list(fields.get("pinned")),
    groups: fields.getAll("group").map((text) => {
      const at = text.lastIndexOf(":");
      return { name: text.slice(0, at), neurons: list(text.slice(at + 1)) };
    }).filter(({ name }) => name !== ""),
    mask: fields.getAll("mask").flatMap((text) => {
      const [, by, factor] = /^(.+)\*(-?[\d.]+)$/s.exec(text) ?? [];
      return by !== undefined && Number.isFinite(Number(factor))
        ? [{ by, factor: Number(factor) }]
        : [];
    }),
  };
}

/** The address of a state. */
export function addressOf(state: State): string {
  const { query, passage, label, model, unit, pinned, groups, mask } = state;
  const fields = new URLSearchParams();
  fields.set("query", query);
  fields.set("passage", passage);
  fields.set("label", label);
  const names = (ids: readonly number[]) => namesOf(model!.space, ids);
  if (model && unit !== undefined) fields.set("unit", names([unit]));
  if (model && pinned.length > 0) fields.set("pinned", names(pinned));
  for (const { name, ids } of model ? groups : []) fields.append("group", `${name}:${names(ids)}`);
  for (const { by, factor } of mask) fields.append("mask", `${by}*${factor}`);
  if (state.component !== "value") fields.set("component", state.component);
  if (state.threshold !== 0.1) fields.set("threshold", String(state.threshold));
  if (state.backend) fields.set("backend", state.backend);
  if (state.memory) fields.set("memory", String(state.memory));
  return `#${fields}`;
}

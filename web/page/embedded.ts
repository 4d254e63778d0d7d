/** What a page in one file carries: the worker, the model and its texts. */
/// <reference lib="dom" />

import type { PageFacts } from "../names.ts";
import type { ModelSource } from "../protocol.ts";

/** The contents of a page in one file. */
export interface Embedded {
  /** The worker's address. */
  readonly worker: string;
  readonly boot: PageFacts;
  readonly source: ModelSource;
}

/** What the page carries; undefined where its files are beside it. */
export function readEmbedded(): Embedded | undefined {
  const text = (id: string) => document.getElementById(id)?.textContent;
  const [worker, boot, model] = ["embedded-worker", "embedded-boot", "embedded-model"].map(text);
  if (!worker || !boot || !model) return undefined;
  const files: Record<string, string> = JSON.parse(model);
  return {
    worker: URL.createObjectURL(new Blob([JSON.parse(worker)], { type: "text/javascript" })),
    boot: JSON.parse(boot),
    source: {
      kind: "files",
      name: JSON.parse(boot).model.name,
      files: Object.entries(files).map(([path, base64]) => [path, new Blob([bytesOf(base64)])]),
    },
  };
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

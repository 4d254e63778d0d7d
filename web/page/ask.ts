/** The page's end of the wire: questions to the worker, each with its answer. */
/// <reference lib="dom" />

import type {
  FromWorker,
  NewsOf,
  Question,
  Questions,
  ToWorker,
  WorkerError,
} from "../protocol.ts";

/** Asks the worker; the promise rejects with an {@linkcode Unanswered}. */
export type Ask = <Q extends Question>(
  question: Q,
  ask: Questions[Q]["ask"],
  options?: { readonly signal?: AbortSignal; readonly news?: (what: NewsOf<Q>) => void },
) => Promise<Questions[Q]["answer"]>;

/** Why there is no answer. */
export class Unanswered extends Error {
  readonly kind: WorkerError["kind"];
  constructor({ message, kind }: WorkerError) {
    super(message);
    this.kind = kind;
  }
}

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Unanswered) => void;
  readonly news?: (what: never) => void;
}

/** Starts the worker at an address; that of a page in one file is text, and no module may be. */
export function startWorker(address: string | URL, type: WorkerType = "module"): Ask {
  const worker = new Worker(address, { type });
  const waiting = new Map<number, Waiting>();
  let next = 0;
  let broken: Unanswered | undefined;
  worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
    const one = waiting.get(data.id);
    if (!one) return;
    if ("news" in data) return one.news?.(data.news as never);
    waiting.delete(data.id);
    if ("error" in data) one.reject(new Unanswered(data.error));
    else one.resolve(data.answer as never);
  });
  worker.addEventListener("error", (event) => {
    broken = new Unanswered({
      message: `Cannot compute: the page's worker stopped${
        event.message ? `: ${event.message}` : ""
      }`,
      kind: "other",
    });
    for (const { reject } of waiting.values()) reject(broken);
    waiting.clear();
  });
  return (question, ask, { signal, news } = {}) => {
    if (broken) return Promise.reject(broken);
    const id = next++;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject, news: news as Waiting["news"] });
      const send = (message: ToWorker) => worker.postMessage(message);
      signal?.addEventListener("abort", () => send({ id, stop: true }));
      send({ id, question, ask });
      if (signal?.aborted) send({ id, stop: true });
    });
  };
}

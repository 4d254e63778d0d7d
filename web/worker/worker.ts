/** The library on a thread of its own: it owns the model and answers the page's questions in turn. */

import { isDeviceError, scoresUnderMasks } from "../library.ts";
import type { FromWorker, Question, Questions, ToWorker, WorkerError } from "../protocol.ts";
import { exciteUnit } from "./excite.ts";
import { type OpenModel, openModel } from "./model.ts";
import { encodedOf, openRuns, type Runs } from "./runs.ts";
import { effectOf, openSets, rerank, type Sets } from "./sets.ts";

/** The worker's end of the wire. */
const page = globalThis as unknown as {
  postMessage(message: FromWorker): void;
  addEventListener(type: "message", listener: (event: MessageEvent<ToWorker>) => void): void;
};

/** What is open. */
interface Open {
  readonly model: OpenModel;
  readonly runs: Runs;
  readonly sets: Sets;
}
let open: Open | undefined;
/** Whether the device was lost: what was asked before that is known is not answered. */
let lost = false;
let declared: Questions["schemes"]["ask"] | undefined;
let runNumber = 0;

interface Context {
  readonly signal: AbortSignal;
  readonly news: (what: unknown) => void;
}

type Answers = {
  readonly [Q in Question]: (
    ask: Questions[Q]["ask"],
    context: Context,
  ) => Promise<Questions[Q]["answer"]>;
};

const answers: Answers = {
  async open(ask, context) {
    close();
    lost = false;
    const model = await openModel(ask, context);
    open = {
      model,
      runs: openRuns(model, () => ++runNumber),
      sets: openSets(model.encoder),
    };
    if (declared) open.sets.declare(declared);
    return model.facts;
  },
  async score(ask) {
    const { encoder } = opened().model;
    const [[score]] = await scoresUnderMasks(encoder, [encodedOf(encoder, ask)], [[]]);
    return score;
  },
  attribute: (ask, { signal, news }) => opened().runs.attribute(ask, { signal, onRound: news }),
  unit: (ask) => opened().runs.unit(ask),
  segments: (ask) => opened().runs.segments(ask),
  heads: (ask, { signal, news }) => opened().runs.heads(ask, { signal, onRound: news }),
  check: (ask, { signal, news }) => opened().runs.check(ask, { signal, onRound: news }),
  effect: (ask) => effectOf(opened().model.encoder, ask),
  async set(ask) {
    const { runs, sets } = opened();
    return { ids: await sets.evaluate(ask, ask.run === undefined ? undefined : runs.of(ask.run)) };
  },
  schemes(ask) {
    declared = ask;
    open?.sets.declare(ask);
    return Promise.resolve({});
  },
  places: ({ id }) => opened().sets.places(id),
  rerank: (ask, context) => rerank(opened().model.encoder, ask, context),
  excite: (ask, context) => exciteUnit(opened().model.encoder, ask, context),
};

function opened(): Open {
  if (open) return open;
  throw new Error("Cannot compute: no model is open");
}

function close() {
  open?.runs.close();
  open?.model.close();
  open = undefined;
}

const controls = new Map<number, AbortController>();
let queue = Promise.resolve();

page.addEventListener("message", ({ data }) => {
  if ("stop" in data) return controls.get(data.id)?.abort();
  const control = new AbortController();
  controls.set(data.id, control);
  queue = queue.then(() => answerTo(data, control.signal));
});

async function answerTo(
  { id, question, ask }: Extract<ToWorker, { readonly question: Question }>,
  signal: AbortSignal,
): Promise<void> {
  try {
    signal.throwIfAborted();
    const context = { signal, news: (news: unknown) => page.postMessage({ id, news }) };
    // each answer takes what its own question asks
    const answer = await (answers[question] as (ask: unknown, context: Context) => unknown)(
      ask,
      context,
    );
    page.postMessage({ id, answer });
  } catch (error) {
    const kind = signal.aborted || lost ? "stopped" : isDeviceError(error) ? "device" : "other";
    if (kind === "device") {
      lost = true;
      close();
    }
    page.postMessage({ id, error: { message: sentence(error), kind } satisfies WorkerError });
  } finally {
    controls.delete(id);
  }
}

/** An error's message as one line. */
function sentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(/\s*\n\s*/g, " ").trim();
}

// Requests to a hub over a network that fails: what is tried again, how long after, and what is not.

/** How to reach a hub. */
export interface Hub {
  /** Such as https://huggingface.co, without a slash at its end. */
  readonly endpoint: string;
  /** Sent to the endpoint itself, never to where it redirects. */
  readonly token?: string;
  /** The web's fetch, or what stands for it. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Waits so many milliseconds before the next try. */
  readonly wait: (milliseconds: number) => Promise<void>;
  /** Milliseconds without a byte after which a connection counts as broken; a minute by default. */
  readonly patience?: number;
}

/** Tries in a row that bring nothing, before giving up; the waits between them double. */
const MOST_TRIES = 6;
const FIRST_WAIT = 500; // milliseconds
const LONGEST_WAIT = 60_000;

/** An answer that trying again will not change. */
export class Refusal extends Error {}

/** A failure that may pass, with the wait that the server asks for. */
class Unavailable extends Error {
  constructor(message: string, readonly wait: number) {
    super(message);
  }
}

/** What `attempt` gives, tried again after a wait while it fails in ways that may pass. */
export async function retrying<T>(hub: Hub, action: string, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1;; tries++) {
    try {
      return await attempt();
    } catch (error) {
      await waitOrThrow(hub, { action, error, tries });
    }
  }
}

/** Waits before try `tries` + 1, or throws where another would not help. */
export async function waitOrThrow(
  hub: Hub,
  { action, error, tries }: {
    readonly action: string;
    readonly error: unknown;
    readonly tries: number;
  },
): Promise<void> {
  if (error instanceof Refusal) throw error;
  const message = error instanceof Error ? error.message : String(error);
  if (tries >= MOST_TRIES) {
    throw new Refusal(`${action}: expected an answer in ${MOST_TRIES} tries, got ${message}`, {
      cause: error,
    });
  }
  const asked = error instanceof Unavailable ? error.wait : 0;
  await hub.wait(Math.min(LONGEST_WAIT, Math.max(asked, FIRST_WAIT * 2 ** (tries - 1))));
}

/** GET, following redirects by hand so that the token stays at the endpoint. */
export async function request(
  hub: Hub,
  url: string,
  { action, range, signal }: {
    readonly action: string;
    readonly range?: string;
    readonly signal: AbortSignal;
  },
): Promise<Response> {
  let next = url;
  for (let redirects = 0; redirects <= 5; redirects++) {
    // Compressed bytes could not be taken up in the middle.
    const headers: Record<string, string> = { "accept-encoding": "identity" };
    if (range !== undefined) headers.range = range;
    if (hub.token !== undefined && new URL(next).origin === new URL(hub.endpoint).origin) {
      headers.authorization = `Bearer ${hub.token}`;
    }
    const response = await hub.fetch(next, { headers, redirect: "manual", signal });
    if (response.ok) return response;
    await response.body?.cancel();
    const location = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && location !== null) {
      next = new URL(location, next).href;
      continue;
    }
    throw failure(response, { action, hub });
  }
  throw new Refusal(`${action}: expected an answer after 5 redirects, got another redirect`);
}

function failure(
  response: Response,
  { action, hub }: { readonly action: string; readonly hub: Hub },
): Error {
  const { status } = response;
  if (status === 401 || status === 403) {
    const cure = hub.token === undefined
      ? "set HF_TOKEN where the repository is private or gated, else check its name"
      : "HF_TOKEN gives no access to it, or there is no such repository";
    return new Refusal(`${action}: expected access, got status ${status}; ${cure}`);
  }
  if (status === 404) {
    return new Refusal(`${action}: expected it at ${hub.endpoint}, got status 404, not found`);
  }
  if (status === 408 || status === 429 || status >= 500) {
    const seconds = Number(response.headers.get("retry-after") ?? 0);
    return new Unavailable(`status ${status}`, Number.isFinite(seconds) ? seconds * 1000 : 0);
  }
  return new Refusal(`${action}: expected the file, got status ${status}`);
}

/** A signal that aborts where `calm` has not been called for so many milliseconds. */
export function watchdog(
  patience = 60_000,
): Disposable & { readonly signal: AbortSignal; calm(): void } {
  const controller = new AbortController();
  const bark = () => controller.abort(new Error(`no byte in ${patience / 1000} seconds`));
  let timer = setTimeout(bark, patience);
  return {
    signal: controller.signal,
    calm() {
      clearTimeout(timer);
      timer = setTimeout(bark, patience);
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

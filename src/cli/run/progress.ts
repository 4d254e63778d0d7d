/** Progress on stderr: a bar with rate and time left on a terminal, a line every few seconds elsewhere. */

/** Progress of a known number of things. */
export interface Progress {
  /** `done` of them are done; `note` is shown beside the bar. */
  update(done: number, note?: string): void;
  /** Ends the bar; a line that stays says what was done. */
  end(summary?: string): void;
}

/** Milliseconds between lines where stderr is no terminal. */
const PAUSE = 5000;

/** Starts a progress of `total` `things`; silent when `quiet`. */
export function startProgress(
  total: number,
  { things, quiet, before = 0 }: {
    readonly things: string;
    readonly quiet: boolean;
    /** How many an earlier run did. */
    readonly before?: number;
  },
): Progress {
  if (quiet) return { update() {}, end() {} };
  const terminal = Deno.stderr.isTerminal() && takesEscapes();
  const began = performance.now();
  let last = terminal ? -Infinity : began;
  const line = (done: number, note = "") => {
    const seconds = (performance.now() - began) / 1000;
    const rate = (done - before) / seconds;
    const left = rate > 0 ? duration((total - done) / rate) : "?";
    const part = total > 0 ? done / total : 1;
    const bar = "█".repeat(Math.round(20 * part)).padEnd(20, "░");
    return `${terminal ? `${bar} ` : ""}${done}/${total} ${things}, ${
      rate.toPrecision(3)
    }/s, ${left} left${note ? `, ${note}` : ""}`;
  };
  return {
    update(done, note) {
      const now = performance.now();
      if (now - last < (terminal ? 100 : PAUSE)) return;
      last = now;
      write(terminal ? `\r\x1b[K${line(done, note)}` : `${line(done, note)}\n`);
    },
    end(summary) {
      if (terminal) write("\r\x1b[K");
      if (summary) write(`${summary}\n`);
    },
  };
}

/** Whether the terminal moves its cursor when told to, and the user wants no plain text. */
function takesEscapes(): boolean {
  if (Deno.noColor) return false;
  const { state } = Deno.permissions.querySync({ name: "env", variable: "TERM" });
  return state !== "granted" || Deno.env.get("TERM") !== "dumb"; // nobody is asked for the permission
}

/** Writes to stderr; where nobody reads any more, the work goes on all the same. */
export function write(text: string): void {
  try {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
  } catch {
    // a closed terminal or pipe
  }
}

/** Seconds in words: 42 s, 3 min, 5.2 h. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${seconds.toFixed(0)} s`;
  if (seconds < 5400) return `${(seconds / 60).toFixed(0)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

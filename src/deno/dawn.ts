/**
 * Dawn, Chromium's WebGPU, in place of Deno's own: the npm package `webgpu`, which is loaded where it is
 * asked for and is no dependency of anything else.
 */

/** A variable, so that Deno does not fetch 50 MB for whoever does not ask for them. */
const dawnPackage = "npm:webgpu@0.6.2";

/** Matrices are experimental; float16 is hidden on NVIDIA unless it is asked for; timestamps are rounded to 65 µs unless they are not. */
const toggles = [
  "enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia",
  "disable-dawn-features=timestamp_quantization",
];

/** Milliseconds of a wait in which Dawn polls at every turn of the event loop, later by a timer. */
const SPIN = 1;

/** Opened once: a collected instance takes its devices with it. */
let opened: Promise<GPU> | undefined;

/**
 * Dawn's `navigator.gpu`.
 *
 * @throws {Error} that says how to get the package, where it is not there and cannot be fetched.
 */
export function openDawn(): Promise<GPU> {
  return opened ??= load();
}

async function load(): Promise<GPU> {
  let loaded: { readonly create: (options: readonly string[]) => GPU };
  try {
    loaded = await import(dawnPackage);
  } catch (error) {
    opened = undefined;
    const [cause] = String((error as Error).message).split("\n");
    throw new Error(
      `Cannot use Dawn: expected the package webgpu, which \`deno cache ${dawnPackage}\` fetches and --allow-ffi lets run; ${cause}`,
      { cause: error },
    );
  }
  throttle();
  return loaded.create(toggles);
}

/**
 * Dawn polls by setImmediate, each time with a new function of its own; Deno's finalizers for these then take
 * longer than the work that is waited for. After a while it is given a timer in place of the next turn.
 */
function throttle(): void {
  const scope = globalThis as unknown as {
    setImmediate: (run: (...values: unknown[]) => void, ...values: unknown[]) => unknown;
  };
  const immediate = scope.setImmediate;
  let [began, waits, again] = [0, false, false];
  scope.setImmediate = (run, ...values) => {
    again = true;
    const now = performance.now();
    if (!waits) [waits, began] = [true, now];
    const poll = () => {
      again = false;
      run(...values);
      if (!again) waits = false;
    };
    return now - began < SPIN ? immediate(poll) : setTimeout(poll, 0);
  };
}

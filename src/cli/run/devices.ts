/** The device of a run, and another when it is lost. */

import { type CrossEncoder, isDeviceError } from "../../../internal.ts";
import type { Arguments } from "../command.ts";
import { openOps } from "../options/backend.ts";
import { openModel } from "../options/model.ts";

/** An open model; `close` releases its device. */
export interface OpenEncoder {
  readonly encoder: CrossEncoder;
  close(): void;
}

/** What work on a device is given and asked. */
export interface DeviceWork {
  /** Number of things finished so far. */
  readonly done: () => number;
  /** Where finished things are kept, if anywhere. */
  readonly kept?: string;
  /** Called when a device was lost, with what comes next. */
  readonly onLoss?: (message: string, memoryBytes: number) => void;
}

/** A device, and those that come after it. */
export interface Devices {
  /** The model on the device at hand. */
  readonly encoder: CrossEncoder;
  /** Does work; again on a new device with half the memory where one is lost or full. */
  run<T>(use: (encoder: CrossEncoder) => Promise<T>, work: DeviceWork): Promise<T>;
  /** The same for work that gives one thing after another: what a new device goes on with, `use` knows. */
  stream<T>(use: (encoder: CrossEncoder) => AsyncIterable<T>, work: DeviceWork): AsyncGenerator<T>;
  /** Releases the device. */
  close(): void;
}

/** Losses of a device, one after another with nothing finished between, before giving up. */
const MOST_LOSSES = 4;

/** Opens the first device; `open` is given the memory that those after it may take. */
export async function openDevices(
  open: (memoryBytes?: number) => Promise<OpenEncoder>,
): Promise<Devices> {
  let { encoder, close }: OpenEncoder = await open();
  let isOpen = true;
  const give = () => {
    if (isOpen) close();
    isOpen = false;
  };
  async function* stream<T>(
    use: (encoder: CrossEncoder) => AsyncIterable<T>,
    { done, kept, onLoss }: DeviceWork,
  ): AsyncGenerator<T> {
    let memoryBytes = encoder.ops.limits.memoryBytes;
    for (let losses = 0;;) {
      const before = done();
      try {
        if (!isOpen) {
          ({ encoder, close } = await open(memoryBytes));
          isOpen = true;
          memoryBytes = encoder.ops.limits.memoryBytes;
        }
        yield* use(encoder);
        return;
      } catch (error) {
        if (!isDeviceError(error)) throw error;
        give();
        const message = (error as Error).message;
        losses = done() > before ? 1 : losses + 1;
        if (losses === MOST_LOSSES) {
          throw new Error(
            `Cannot go on after ${MOST_LOSSES} failures of the device in a row: ${message}; ` +
              (kept === undefined || done() === 0
                ? "try another --device"
                : `what is finished is kept in ${kept}, repeat the command to go on, or with another --device`),
            { cause: error },
          );
        }
        memoryBytes = Math.floor(memoryBytes / 2);
        onLoss?.(message, memoryBytes);
      }
    }
  }
  return {
    get encoder() {
      return encoder;
    },
    close: give,
    stream,
    async run(use, work) {
      const { value } = await stream(async function* (encoder) {
        yield await use(encoder);
      }, work).next();
      return value!;
    },
  };
}

/** Opens the model on devices of `--device`; one after the first must be like it, or bits would differ. */
export function deviceOpener(args: Arguments): (memoryBytes?: number) => Promise<OpenEncoder> {
  let adapter: string | undefined;
  return async (memoryBytes) => {
    const ops = await openOps(args, memoryBytes);
    try {
      adapter ??= ops.adapter;
      if (ops.adapter !== adapter) {
        throw new Error(`Cannot go on with ${ops.adapter}: expected ${adapter}, as at the start`);
      }
      const again = memoryBytes !== undefined;
      return { encoder: await openModel(args, ops, { again }), close: () => ops.close() };
    } catch (error) {
      ops.close();
      throw error;
    }
  };
}

/** Failures of a device, not of the work: another device, or less memory, may do it. */

/** An error that a new device may not have. */
export function deviceError(message: string): Error {
  const error = new Error(message);
  error.name = "DeviceError";
  return error;
}

/** Whether work may succeed on a new device with less memory: it was lost, or is full. */
export function isDeviceError(error: unknown): boolean {
  return error instanceof Error &&
    (error.name === "DeviceError" || /^Cannot hold \d+ more bytes/.test(error.message));
}

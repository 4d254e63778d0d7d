// Reads PyTorch's own checkpoints, zip archives and the older streams, without running their pickle.

import { type Load, openRanged, type RangedFile } from "./load.ts";
import { openLegacyStream } from "./pytorch/legacy_stream.ts";
import { gather, lastElement, type Place, type View } from "./pytorch/state_dict.ts";
import { openZipArchive } from "./pytorch/zip_archive.ts";
import { BYTES_PER_ELEMENT, type TensorEntry, type TensorFile, tensorFile } from "./tensor_file.ts";

interface ViewEntry extends TensorEntry {
  readonly view: View;
}

/**
 * Opens the state dict that torch.save wrote into `name`; no tensor is read yet. Throws a
 * SyntaxError that names the file where it is no such checkpoint, is cut short, or its pickle asks
 * for anything but tensors, dicts and plain values.
 */
export async function openPyTorch(load: Load, name: string): Promise<TensorFile> {
  const { file, head } = await openRanged(load, name, 4);
  const { tensors, place } = await openStateDict(file, head);
  const entries = new Map<string, ViewEntry>();
  for (const [tensor, view] of tensors) {
    entries.set(tensor, { name: tensor, dtype: view.storage.dtype, shape: view.shape, view });
  }
  return tensorFile({
    name,
    metadata: {},
    entries,
    bytes: ({ view }) => readView(file, { view, place }),
  });
}

async function openStateDict(file: RangedFile, head: Uint8Array) {
  try {
    if (head.length === 4 && head[0] === 0x50 && head[1] === 0x4b) {
      return await openZipArchive(file);
    }
    if (head.length === 4 && head[0] === 0x80) return await openLegacyStream(file);
    const bytes = Array.from(head, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new SyntaxError(head.length < 4 ? `${head.length} bytes` : `a file that begins ${bytes}`);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    throw new SyntaxError(
      `Cannot read "${file.name}" as PyTorch checkpoint: expected a state dict of tensors, got ${error.message}`,
      { cause: error },
    );
  }
}

async function readView(
  file: RangedFile,
  { view, place }: { readonly view: View; readonly place: Place },
): Promise<Uint8Array> {
  const width = BYTES_PER_ELEMENT.get(view.storage.dtype)!;
  const last = lastElement(view);
  if (last < 0) return new Uint8Array(0);
  const { start } = place(view.storage);
  const range = { start: start + view.offset * width, end: start + (last + 1) * width };
  const span = await file.read(range);
  if (span.length === range.end - range.start) return gather(view, span);
  throw new SyntaxError(
    `Cannot read "${file.name}": expected ${
      range.end - range.start
    } bytes of a tensor, got ${span.length}`,
  );
}

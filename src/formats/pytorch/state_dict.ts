// The only globals a PyTorch state dict needs, each standing for plain data; all others are refused.
// torch/_utils.py: _rebuild_tensor_v2 and _rebuild_parameter; torch/serialization.py: persistent ids

import { BYTES_PER_ELEMENT, elementCount } from "../tensor_file.ts";
import type { PickleWorld } from "./unpickle.ts";

/** A run of elements in the file that tensors are views of. */
export interface Storage {
  /** Its name in the file. */
  readonly key: string;
  /** The element type in safetensors' words. */
  readonly dtype: string;
  /** Number of elements. */
  readonly length: number;
}

/** A tensor as PyTorch describes it: a strided view of a storage. Offset and strides in elements. */
export interface View {
  /** What it is a view of. */
  readonly storage: Storage;
  /** Where its first element lies. */
  readonly offset: number;
  /** The size of each axis. */
  readonly shape: readonly number[];
  /** The step along each axis; 0 repeats. */
  readonly strides: readonly number[];
}

/** A view may repeat its storage's elements (stride 0), but not more than this many times over. */
const MOST_REPEATED = 2 ** 24;

const DTYPES: ReadonlyMap<string, string> = new Map([
  ["FloatStorage", "F32"],
  ["DoubleStorage", "F64"],
  ["HalfStorage", "F16"],
  ["BFloat16Storage", "BF16"],
  ["LongStorage", "I64"],
  ["IntStorage", "I32"],
  ["ShortStorage", "I16"],
  ["CharStorage", "I8"],
  ["ByteStorage", "U8"],
  ["BoolStorage", "BOOL"],
]);

class StorageType {
  constructor(readonly dtype: string) {}
}

type Builder = (args: readonly unknown[]) => unknown;

const BUILDERS: ReadonlyMap<string, Builder> = new Map<string, Builder>([
  ["collections.OrderedDict", orderedDict],
  ["torch._utils._rebuild_tensor", rebuildTensor],
  ["torch._utils._rebuild_tensor_v2", rebuildTensor],
  ["torch._utils._rebuild_parameter", ([data]) => data],
]);

/** What a state dict's pickle may ask for. Errors say what was found, to follow "got". */
export const STATE_DICT: PickleWorld = {
  global(module, name) {
    const known = BUILDERS.get(`${module}.${name}`);
    if (known !== undefined) return known;
    const dtype = module === "torch" ? DTYPES.get(name) : undefined;
    if (dtype !== undefined) return new StorageType(dtype);
    throw new SyntaxError(`a pickle that asks for ${module}.${name}`);
  },
  call(callee, args) {
    if (typeof callee !== "function") {
      throw new SyntaxError("a pickle that calls what is no function");
    }
    return (callee as Builder)(args);
  },
  persistent(id) {
    const [tag, type, key, , length, view] = Array.isArray(id) ? id : [];
    if (
      tag !== "storage" || !(type instanceof StorageType) || typeof key !== "string" ||
      !isSize(length)
    ) {
      throw new SyntaxError("a persistent id that is no storage");
    }
    if (view !== undefined && view !== null) {
      throw new SyntaxError("a view of a storage as storage");
    }
    return new LiveStorage(key, type.dtype, length);
  },
};

/** Classes, so that no value a pickle can build by itself passes for one. */
class LiveStorage implements Storage {
  constructor(readonly key: string, readonly dtype: string, readonly length: number) {}
}

class LiveView implements View {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

/** The tensors of an unpickled state dict by name; throws a SyntaxError where it is something else. */
export function tensorsOf(value: unknown): Map<string, View> {
  if (!(value instanceof Map)) throw new SyntaxError("a pickle of no dict");
  const tensors = new Map<string, View>();
  for (const [name, tensor] of value) {
    if (typeof name !== "string" || !(tensor instanceof LiveView)) {
      throw new SyntaxError(`a dict whose ${JSON.stringify(name)} is no tensor`);
    }
    tensors.set(name, tensor);
  }
  return tensors;
}

function orderedDict(args: readonly unknown[]): Map<unknown, unknown> {
  const [items] = args;
  const dict = new Map<unknown, unknown>();
  // Python 2 pickled an OrderedDict with a list of its [key, value] items.
  for (const item of Array.isArray(items) ? items : []) {
    if (!Array.isArray(item)) throw new SyntaxError("an OrderedDict of what are no items");
    dict.set(item[0], item[1]);
  }
  return dict;
}

function rebuildTensor([storage, offset, shape, strides]: readonly unknown[]): View {
  if (
    !(storage instanceof LiveStorage) || !isSize(offset) || !isSizes(shape) || !isSizes(strides) ||
    shape.length !== strides.length
  ) {
    throw new SyntaxError("a tensor that is no strided view of a storage");
  }
  const view = new LiveView(storage, offset, shape, strides);
  const count = elementCount(shape);
  if (count > storage.length + MOST_REPEATED || lastElement(view) >= storage.length) {
    throw new SyntaxError(
      `a tensor [${shape}], offset ${offset}, strides [${strides}] beyond its storage of ${storage.length} elements`,
    );
  }
  return view;
}

/** Index in the storage of the last element that a view reaches; −1 where it has none. */
export function lastElement({ offset, shape, strides }: View): number {
  if (shape.includes(0)) return -1;
  return shape.reduce((last, size, axis) => last + (size - 1) * strides[axis], offset);
}

/** Where a storage's bytes lie in the file. */
export type Place = (storage: Storage) => { readonly start: number; readonly end: number };

/**
 * The view's elements in row-major order, from the `span` of bytes that starts at its first element
 * and ends behind its last.
 */
export function gather(view: View, span: Uint8Array): Uint8Array {
  const width = BYTES_PER_ELEMENT.get(view.storage.dtype)!;
  const { shape, strides } = view;
  const count = elementCount(shape);
  if (isContiguous(view)) return span;
  const packed = new Uint8Array(count * width);
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < packed.length; to += width) {
    for (let i = 0; i < width; i++) packed[to + i] = span[from + i];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis] * width;
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * width * shape[axis];
      index[axis] = 0;
    }
  }
  return packed;
}

function isContiguous({ shape, strides }: View): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return shape.includes(0);
    expected *= shape[axis];
  }
  return true;
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isSize);
}

// A pickle reader that can build data and nothing else: it has no way to run what a pickle asks for.
// Opcodes: CPython's Lib/pickletools.py, protocols 2 to 5, as far as a state dict needs them.

/** What a pickle may ask its reader for. */
export interface PickleWorld {
  /** The value that stands for a global name; it throws to refuse one. */
  global(module: string, name: string): unknown;
  /** What calling `callee`, a value of `global`, with these arguments gives; it throws to refuse. */
  call(callee: unknown, args: readonly unknown[]): unknown;
  /** The value that a persistent id stands for. */
  persistent(id: unknown): unknown;
}

/** Thrown where the bytes end before the pickle does: more bytes may cure it. */
export class PickleCutShort extends SyntaxError {}

const MARK = Symbol("mark");
const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads one pickle from the start of `bytes`: dicts as Map, lists and tuples as arrays, integers
 * beyond 53 bits as bigint. Gives its value and where it ends. Attributes that a pickle sets on an
 * object (BUILD) are dropped. Throws a SyntaxError for every opcode it does not know.
 */
export function unpickle(
  bytes: Uint8Array,
  world: PickleWorld,
): { readonly value: unknown; readonly end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const memo = new Map<number, unknown>();
  const stack: unknown[] = [];
  let at = 0;

  const take = (count: number): number => {
    if (at + count > bytes.length) throw new PickleCutShort("a pickle that is cut short");
    at += count;
    return at - count;
  };
  const u8 = () => view.getUint8(take(1));
  const u16 = () => view.getUint16(take(2), true);
  const u32 = () => view.getUint32(take(4), true);
  const slice = (length: number) => {
    const start = take(length);
    return bytes.subarray(start, start + length);
  };
  const text = (length: number) => utf8.decode(slice(length));
  const line = () => {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) throw new PickleCutShort("a pickle that is cut short");
    const found = text(end - at);
    take(1);
    return found;
  };
  const pop = (): unknown => {
    if (stack.length === 0 || stack[stack.length - 1] === MARK) throw broken("takes from no value");
    return stack.pop();
  };
  const popText = (): string => {
    const value = pop();
    if (typeof value !== "string") throw broken("names a global by something else than text");
    return value;
  };
  const popToMark = (): unknown[] => {
    const mark = stack.lastIndexOf(MARK);
    if (mark < 0) throw broken("takes from no mark");
    const values = stack.splice(mark + 1);
    stack.pop();
    return values;
  };
  const tuple = (count: number) => stack.push(Array.from({ length: count }, pop).reverse());
  const top = (): unknown => {
    const value = pop();
    stack.push(value);
    return value;
  };
  const append = (values: readonly unknown[]) => {
    const list = top();
    if (!Array.isArray(list)) throw broken("appends to what is no list");
    for (const value of values) list.push(value);
  };
  const setItems = (items: readonly unknown[]) => {
    const dict = top();
    if (!(dict instanceof Map) || items.length % 2 !== 0) throw broken("sets items of no dict");
    for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
  };
  const recall = (index: number) => {
    if (!memo.has(index)) throw broken("recalls what it never stored");
    stack.push(memo.get(index));
  };

  while (true) {
    const opcode = u8();
    switch (String.fromCharCode(opcode)) {
      case "\x80": // PROTO
        if (u8() > 5) throw broken("is of a protocol above 5");
        break;
      case "\x95": // FRAME
        take(8);
        break;
      case ".": // STOP
        return { value: pop(), end: at };
      case "(":
        stack.push(MARK);
        break;
      case "0":
        pop();
        break;
      case "N":
        stack.push(null);
        break;
      case "\x88":
        stack.push(true);
        break;
      case "\x89":
        stack.push(false);
        break;
      case "J":
        stack.push(view.getInt32(take(4), true));
        break;
      case "K":
        stack.push(u8());
        break;
      case "M":
        stack.push(u16());
        break;
      case "\x8a": // LONG1
        stack.push(long(slice(u8())));
        break;
      case "G":
        stack.push(view.getFloat64(take(8)));
        break;
      case "X": // BINUNICODE
      case "T": // BINSTRING, Python 2's
        stack.push(text(u32()));
        break;
      case "\x8c": // SHORT_BINUNICODE
      case "U": // SHORT_BINSTRING, Python 2's
        stack.push(text(u8()));
        break;
      case ")":
      case "]":
        stack.push([]);
        break;
      case "}":
        stack.push(new Map());
        break;
      case "t":
        stack.push(popToMark());
        break;
      case "\x85":
        tuple(1);
        break;
      case "\x86":
        tuple(2);
        break;
      case "\x87":
        tuple(3);
        break;
      case "a":
        append([pop()]);
        break;
      case "e":
        append(popToMark());
        break;
      case "s": {
        const value = pop();
        setItems([pop(), value]);
        break;
      }
      case "u":
        setItems(popToMark());
        break;
      case "c": { // GLOBAL
        const module = line();
        stack.push(world.global(module, line()));
        break;
      }
      case "\x93": { // STACK_GLOBAL
        const name = popText();
        stack.push(world.global(popText(), name));
        break;
      }
      case "R": { // REDUCE
        const args = pop();
        if (!Array.isArray(args)) throw broken("calls with what is no tuple");
        stack.push(world.call(pop(), args));
        break;
      }
      case "b": // BUILD
        pop();
        if (!(top() instanceof Map)) throw broken("sets attributes of what is no dict");
        break;
      case "Q": // BINPERSID
        stack.push(world.persistent(pop()));
        break;
      case "q":
        memo.set(u8(), top());
        break;
      case "r":
        memo.set(u32(), top());
        break;
      case "\x94": // MEMOIZE
        memo.set(memo.size, top());
        break;
      case "h":
        recall(u8());
        break;
      case "j":
        recall(u32());
        break;
      default:
        throw broken(`has opcode 0x${opcode.toString(16).padStart(2, "0")}`);
    }
  }
}

/** A little-endian two's complement integer; a bigint beyond 53 bits. */
function long(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = value << 8n | BigInt(bytes[i]);
  value = BigInt.asIntN(8 * bytes.length, value);
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

function broken(fault: string): SyntaxError {
  return new SyntaxError(`a pickle that ${fault}`);
}

// JSON objects from bytes nobody vouches for: UTF-8, an object at the top, no key twice.

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Text of UTF-8 `bytes`; throws a SyntaxError beginning with `action` where they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array, action: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new SyntaxError(`${action}: expected UTF-8 text, got bytes that are none`);
  }
}

/** Is `value` an object with named members: neither null nor an array? */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The JSON object that `text` holds. Throws a SyntaxError beginning with `action` where it holds
 * something else, or where an object in it has one key twice (JSON.parse would keep the last).
 */
export function parseJsonObject(text: string, action: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`${action}: expected JSON, got ${(error as Error).message}`);
  }
  if (!isObject(value)) {
    const found = Array.isArray(value) ? "an array" : value === null ? "null" : `a ${typeof value}`;
    throw new SyntaxError(`${action}: expected a JSON object, got ${found}`);
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) {
    throw new SyntaxError(`${action}: expected every key once, got "${twice}" twice`);
  }
  return value;
}

/** The first key that one object of the valid JSON `text` has twice. */
function duplicateKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/g;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    if (match[0] === "{") open.push(new Set());
    else if (match[0] === "}") open.pop();
    else if (match[1] !== undefined) {
      const key: string = JSON.parse(match[0].slice(0, -match[1].length));
      const keys = open[open.length - 1];
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

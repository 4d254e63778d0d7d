/**
 * The bytes of an ONNX model that is one product, y = x W with W inside: enough of protobuf's wire
 * format for github.com/onnx/onnx/blob/main/onnx/onnx.proto.
 */

type Bytes = Uint8Array<ArrayBuffer>;

/** x [M, K], W [K, N] by rows. */
export function productModel([M, K, N]: readonly number[], weights: Float32Array): Bytes {
  const raw = new Uint8Array(weights.slice().buffer);
  const tensor = [field(1, K), field(1, N), field(2, 1), field(8, "W"), field(9, raw)];
  const node = [field(1, "x"), field(1, "W"), field(2, "y"), field(4, "MatMul")];
  const graph = [
    field(1, joined(node)),
    field(2, "product"),
    field(5, joined(tensor)),
    field(11, valueInfo("x", [M, K])),
    field(12, valueInfo("y", [M, N])),
  ];
  const operators = field(2, 17); // the version of the operator set
  return joined([field(1, 8), field(7, joined(graph)), field(8, operators)]);
}

/** ValueInfoProto of a float32 matrix. */
function valueInfo(name: string, shape: readonly number[]): Bytes {
  const dimensions = shape.map((size) => field(1, field(1, size)));
  const type = joined([field(1, 1), field(2, joined(dimensions))]);
  return joined([field(1, name), field(2, field(1, type))]);
}

/** Field `number` of a message: a whole number, a text, or bytes (another message). */
function field(number: number, value: number | string | Bytes): Bytes {
  if (typeof value === "number") return joined([varint(8 * number), varint(value)]);
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return joined([varint(8 * number + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Bytes {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  return Uint8Array.from([...bytes, value]);
}

function joined(parts: readonly Bytes[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

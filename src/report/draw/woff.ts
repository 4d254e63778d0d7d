/** WOFF 1.0 → TrueType: from the format that npm packages have to the one that renderers read. */

/** Bytes of a table's entry in either directory. */
const [woffEntry, sfntEntry] = [20, 16];

/** Unpacks a WOFF file: its tables, inflated, under a TrueType directory. */
export async function unpackWoff(woff: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const from = new DataView(woff.buffer, woff.byteOffset, woff.byteLength);
  if (from.byteLength < 44 || from.getUint32(0) !== 0x774f4646) {
    throw new SyntaxError("Cannot unpack font: expected a WOFF 1.0 file");
  }
  const count = from.getUint16(12);
  const tables = await Promise.all(Array.from({ length: count }, async (_, i) => {
    const at = 44 + woffEntry * i;
    const [tag, offset, packed, length, checksum] = [0, 4, 8, 12, 16].map((field) =>
      from.getUint32(at + field)
    );
    const bytes = woff.subarray(offset, offset + packed);
    return { tag, checksum, length, bytes: packed < length ? await inflate(bytes) : bytes };
  }));
  const start = 12 + sfntEntry * count;
  const size = tables.reduce((sum, { length }) => sum + padded(length), start);
  const font = new Uint8Array(size);
  const to = new DataView(font.buffer);
  const power = Math.floor(Math.log2(count));
  to.setUint32(0, from.getUint32(4)); // the flavour
  to.setUint16(4, count);
  to.setUint16(6, sfntEntry * 2 ** power); // searchRange, entrySelector, rangeShift
  to.setUint16(8, power);
  to.setUint16(10, sfntEntry * (count - 2 ** power));
  let offset = start;
  tables.forEach(({ tag, checksum, length, bytes }, i) => {
    [tag, checksum, offset, length].forEach((value, field) =>
      to.setUint32(12 + sfntEntry * i + 4 * field, value)
    );
    font.set(bytes, offset);
    offset += padded(length);
  });
  return font;
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}

async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// out = x Wᵀ + b and dx = dy W (+ plus) over W as it is stored: eight columns at a time are packed
// into panels just before use, once for up to 240 rows (K. Goto, R. van de Geijn 2008), and eight of
// ten rows of x once for up to 128 columns. What follows a product is done block by block.
import { geluBlock, geluSlopeBlock, maskBlock } from "./epilogue";
import { packColumns, packLines, packRows } from "./panels";
import { divide, scratch, take } from "./team";
import { packedTile, tile } from "./tile";

/** Of a block's sum: its panel and ten rows of x stay in the first cache. ../scratch.ts knows. */
const DEPTH: i32 = 512;
/** Columns whose panels stay in the second-level cache. ../scratch.ts knows. */
const COLUMNS: i32 = 128;
/** In front of `scratch`: ten rows of a tile of fewer than eight columns. ../program.ts leaves room. */
const EDGE_BYTES: usize = 320;
/** Rows for which a block is packed: a multiple of ten. */
const ROWS: i32 = 240;

/**
 * out [m, n] = from + x [m, k] W, the rows of `from` fromStride bytes apart: 0 repeats one row.
 * W is [n, k] if `lines`, else [k, n], in float16 if `half`. `from` may be out; if it is 0, so is what is added to.
 * Then out ⊙= keep[maskOf], and gelu of out goes to `curve` if `lines`, else out ⊙= gelu'(curve);
 * 0 leaves these out.
 */
export function product(
  out: usize,
  x: usize,
  weight: usize,
  from: usize,
  fromStride: usize,
  m: i32,
  k: i32,
  n: i32,
  lines: bool,
  curve: usize,
  keep: usize,
  maskOf: usize,
  masks: i32,
  half: bool,
): void {
  const blocks = max(1, (k + DEPTH - 1) / DEPTH);
  const depth = ((k + blocks - 1) / blocks + 7) & ~7;
  const rowTasks = (m + ROWS - 1) / ROWS;
  const rows = ((m + rowTasks - 1) / rowTasks + 9) / 10 * 10;
  const columns = divide(COLUMNS, 16, n, rowTasks);
  const tasks = (n + columns - 1) / columns * rowTasks;
  const stride = (<usize> k) << 2;
  const outStride = (<usize> n) << 2;
  const bytes: usize = half ? 2 : 4; // of a weight
  const weightStride = <usize> (lines ? k : n) * bytes;
  let packed = -1;
  for (let task = take(); task < tasks; task = take()) {
    const column = task / rowTasks * columns;
    const row = task % rowTasks * rows;
    const width = min(columns, n - column);
    const height = min(rows, m - row);
    if (height <= 0) continue;
    const offset = <usize> row * outStride + ((<usize> column) << 2);
    const to = out + offset;
    let base = from ? from + <usize> row * fromStride + ((<usize> column) << 2) : 0;
    let baseStride = fromStride;
    for (let first = 0; first < k; first += depth) {
      const length = min(depth, k - first);
      if (blocks > 1 || packed != column) {
        if (lines) {
          const at = weight + <usize> column * weightStride + <usize> first * bytes;
          if (half) packLines<u16>(scratch, at, weightStride, width, length);
          else packLines<f32>(scratch, at, weightStride, width, length);
        } else {
          const at = weight + <usize> first * weightStride + <usize> column * bytes;
          if (half) packColumns<u16>(scratch, at, weightStride, width, length);
          else packColumns<f32>(scratch, at, weightStride, width, length);
        }
        packed = column;
      }
      const left = x + <usize> row * stride + ((<usize> first) << 2);
      packedTiles(to, outStride, left, stride, scratch, base, baseStride, height, length, width);
      base = to;
      baseStride = outStride;
    }
    if (keep) {
      const columns = keep + ((<usize> column) << 2);
      maskBlock(to, outStride, columns, maskOf + ((<usize> row) << 2), masks, height, width);
    }
    if (curve) {
      if (lines) geluBlock(curve + offset, to, outStride, height, width);
      else geluSlopeBlock(to, curve + offset, outStride, height, width);
    }
  }
}

/** The same as `tiles`, with eight of ten rows packed into a panel, which is less than it saves from some 32 columns on. */
function packedTiles(
  out: usize,
  outStride: usize,
  a: usize,
  stride: usize,
  panels: usize,
  from: usize,
  fromStride: usize,
  rows: i32,
  k: i32,
  n: i32,
): void {
  const panelBytes = (<usize> k) << 5;
  const packed = panels + DEPTH * COLUMNS * 4;
  for (let row = 0; row < rows; row += 10) {
    const count = min(10, rows - row);
    packRows(packed, a, stride, min(8, count), k);
    let panel = panels;
    let column = 0;
    for (; column + 8 <= n; column += 8) {
      const at = (<usize> column) << 2;
      const start = from ? from + at : 0;
      ten(out + at, outStride, a, stride, packed, panel, start, fromStride, k, count);
      panel += panelBytes;
    }
    if (column < n) {
      const own = scratch - EDGE_BYTES;
      ten(own, 32, a, stride, packed, panel, 0, 0, k, count);
      const at = (<usize> column) << 2;
      addColumns(out + at, outStride, own, from ? from + at : 0, fromStride, count, n - column);
    }
    out += 10 * outStride;
    a += 10 * stride;
    if (from) from += 10 * fromStride;
  }
}

/** `count` of ten rows of a, eight of them packed, by eight columns: two tiles. */
function ten(
  out: usize,
  outStride: usize,
  a: usize,
  stride: usize,
  packed: usize,
  panel: usize,
  from: usize,
  fromStride: usize,
  k: i32,
  count: i32,
): void {
  for (let half = 0; half < 2 && count > 4 * half; half++) {
    const first: usize = 4 * half;
    const fifth: usize = 8 + half;
    const whole = count > 8 + half;
    packedTile(
      out + first * outStride,
      outStride,
      packed + 4 * first,
      whole ? a + fifth * stride : a,
      panel,
      from ? from + first * fromStride : 0,
      fromStride,
      whole ? out + fifth * outStride : 0,
      from ? from + fifth * fromStride : 0,
      k,
      min(4, count - 4 * half),
    );
  }
}

/** out [rows, n] = from + a B over panels of B, k deep; no `from` counts as zeros. */
export function tiles(
  out: usize,
  outStride: usize,
  a: usize,
  stride: usize,
  panels: usize,
  from: usize,
  fromStride: usize,
  rows: i32,
  k: i32,
  n: i32,
): void {
  const panelBytes = (<usize> k) << 5;
  for (let row = 0; row < rows; row += 6) {
    const height = min(6, rows - row);
    let panel = panels;
    let column = 0;
    for (; column + 8 <= n; column += 8) {
      const at = (<usize> column) << 2;
      tile(out + at, outStride, a, stride, panel, from ? from + at : 0, fromStride, k, height);
      panel += panelBytes;
    }
    if (column < n) {
      const own = scratch - EDGE_BYTES;
      tile(own, 32, a, stride, panel, 0, 0, k, height);
      const at = (<usize> column) << 2;
      addColumns(out + at, outStride, own, from ? from + at : 0, fromStride, height, n - column);
    }
    out += 6 * outStride;
    a += 6 * stride;
    if (from) from += 6 * fromStride;
  }
}

/** out = from + x of the first columns of a tile's [rows, 8]. */
function addColumns(
  out: usize,
  outStride: usize,
  x: usize,
  from: usize,
  fromStride: usize,
  rows: i32,
  columns: i32,
): void {
  for (let r: usize = 0; r < <usize> rows; r++) {
    for (let j: usize = 0; j < <usize> columns; j++) {
      const start: f32 = from ? load<f32>(from + r * fromStride + 4 * j) : 0;
      store<f32>(out + r * outStride + 4 * j, start + load<f32>(x + 32 * r + 4 * j));
    }
  }
}

/** Lines and bars over one axis, small and plain. */
/// <reference lib="dom" />

import { type ComponentChildren, h } from "../../src/packages/preact.ts";
import { short } from "../page/numbers.ts";

/** A line of values over x. */
export interface Line {
  readonly title: string;
  readonly class: string;
  readonly y: readonly number[];
}

/** Lines over the same x, with their own axis. */
export function LineChart(
  { x, lines, title, width = 250, height = 112, bottom = false }: {
    readonly x: readonly number[];
    readonly lines: readonly Line[];
    readonly title: string;
    readonly width?: number;
    readonly height?: number;
    /** Whether x is written below. */
    readonly bottom?: boolean;
  },
) {
  const values = lines.flatMap(({ y }) => y).filter(Number.isFinite);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const range = high - low || 1;
  const [left, right, top, foot] = [56, 14, 20, bottom ? 22 : 8];
  const px = (t: number) => left + t * (width - left - right);
  const py = (v: number) => top + (high - v) / range * (height - top - foot);
  // 0 is written where there is room
  const ticks = [low, 0, high].filter((value) =>
    value === 0 ? Math.min(high, -low) > range / 8 || low === high : value !== 0
  );
  return (
    <svg class="chart" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={title}>
      <text class="title" x={left} y="11">
        {lines.map((line, i) => (
          <tspan key={line.title} class={`ink ${line.class}`} dx={i > 0 ? 10 : 0}>
            {line.title}
          </tspan>
        ))}
      </text>
      {ticks.map((value) => (
        <g key={value}>
          <line class="rule" x1={left} x2={width - right} y1={py(value)} y2={py(value)} />
          <text class="tick" x={left - 5} y={py(value) + 3.5} text-anchor="end">
            {short(value)}
          </text>
        </g>
      ))}
      {lines.map((line) => (
        <g key={line.title} class={line.class}>
          <polyline
            class="line"
            points={line.y.map((v, i) => `${px(x[i]).toFixed(1)},${py(v).toFixed(1)}`).join(" ")}
          />
          {line.y.map((v, i) => (
            <circle key={i} class="point" cx={px(x[i]).toFixed(1)} cy={py(v).toFixed(1)} r="1.8" />
          ))}
        </g>
      ))}
      {bottom &&
        [0, 0.5, 1].map((t) => (
          <text key={t} class="tick" x={px(t)} y={height - 6} text-anchor="middle">
            {t === 0 ? "baseline" : t === 1 ? "input" : "t = ½"}
          </text>
        ))}
    </svg>
  );
}

/** Signed bars, one a name. */
export function BarChart(
  { bars, title, band, width = 360, children }: {
    readonly bars: readonly { readonly name: string; readonly value: number }[];
    readonly title: string;
    /** A range about 0 that is marked. */
    readonly band?: number;
    readonly width?: number;
    readonly children?: ComponentChildren;
  },
) {
  const most = Math.max(band ?? 0, ...bars.map(({ value }) => Math.abs(value))) || 1;
  const [left, row] = [104, 16];
  const height = bars.length * row + 22;
  const middle = left + (width - left) / 2;
  const px = (value: number) => value / most * ((width - left) / 2 - 54);
  return (
    <svg class="chart" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={title}>
      {band !== undefined && (
        <rect class="band" x={middle - px(band)} y="2" width={2 * px(band)} height={height - 20} />
      )}
      <line class="rule" x1={middle} x2={middle} y1="2" y2={height - 18} />
      {bars.map(({ name, value }, i) => {
        const y = 4 + i * row;
        const end = middle + px(value) + (value < 0 ? -4 : 4);
        return (
          <g key={name}>
            <text class="tick" x={left - 6} y={y + 10} text-anchor="end">{name}</text>
            <rect
              class={value < 0 ? "down" : "up"}
              x={Math.min(middle, middle + px(value))}
              y={y}
              width={Math.abs(px(value))}
              height={row - 4}
            />
            <text class="tick" x={end} y={y + 10} text-anchor={value < 0 ? "end" : "start"}>
              {short(value)}
            </text>
          </g>
        );
      })}
      {children}
    </svg>
  );
}

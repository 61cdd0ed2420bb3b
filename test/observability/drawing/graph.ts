/** A time series panel as SVG: lines or stacked areas, thresholds, axes. */
import type { Panel } from '../../support/dashboard.js';
import type { Series } from '../panel-data.js';
import { wordNumber } from './units.js';

export const PALETTE =
  '#73bf69 #f2cc0c #5794f2 #ff9830 #f2495c #b877d9 #8ab8ff #ca95e5 #ffa6b0 #96d98d #fade2a #c0d8ff #ffcb7d'.split(' ');

export interface Box {
  readonly width: number;
  readonly height: number;
}

interface Scale {
  readonly x: (time: number) => number;
  readonly y: (value: number) => number;
}

const LEFT = 62;
const BOTTOM = 18;
const TOP = 6;
const RIGHT = 6;

export function drawGraph(panel: Panel, series: readonly Series[], { width, height }: Box, span: Span): string {
  const { unit = 'short', max, custom, thresholds } = panel.fieldConfig?.defaults ?? {};
  const isStacked = custom?.stacking?.mode === 'normal';
  const layers = isStacked ? stack(series, span.stepSeconds) : series.map((one) => plainLayer(one));
  const values = layers.flatMap((layer) => layer.map(({ top }) => top));
  const low = Math.min(0, ...values);
  const high = max ?? niceAbove(Math.max(0, ...values), unit === 'bytes' ? 1024 : 1);
  const scale: Scale = {
    x: (time) => LEFT + ((time - span.from) / (span.to - span.from)) * (width - LEFT - RIGHT),
    y: (value) => TOP + (1 - (value - low) / (high - low || 1)) * (height - TOP - BOTTOM),
  };
  const shapes = layers.map((layer, place) => {
    const color = PALETTE[place % PALETTE.length] ?? '';
    return lines(layer, scale, { color, isFilled: isStacked, gapSeconds: span.stepSeconds * 2.5 });
  });
  const bounds = (thresholds?.steps ?? [])
    .filter(({ value }) => value !== null && value > low && value < high)
    .map(({ color, value }) => {
      const y = scale.y(value ?? 0);
      return `<line x1="${LEFT}" x2="${width - RIGHT}" y1="${y}" y2="${y}" stroke="${color}" stroke-dasharray="5 4" opacity="0.7"/>`;
    });
  return `<svg width="${width}" height="${height}">${axes(scale, { low, high, unit, width, height }, span)}${shapes.join('')}${bounds.join('')}</svg>`;
}

export interface Span {
  readonly from: number;
  readonly to: number;
  readonly stepSeconds: number;
}

interface LayerPoint {
  readonly time: number;
  readonly bottom: number;
  readonly top: number;
}

function plainLayer({ points }: Series): LayerPoint[] {
  return points.map(({ time, value }) => ({ time, bottom: 0, top: value }));
}

function stack(series: readonly Series[], stepSeconds: number): LayerPoint[][] {
  const sums = new Map<number, number>();
  return series.map(({ points }) =>
    points.map(({ time, value }) => {
      const slot = Math.round(time / stepSeconds);
      const bottom = sums.get(slot) ?? 0;
      sums.set(slot, bottom + value);
      return { time, bottom, top: bottom + value };
    }),
  );
}

/** A gap in the data is a gap in the line. */
function lines(
  layer: readonly LayerPoint[],
  { x, y }: Scale,
  { color, isFilled, gapSeconds }: { color: string; isFilled: boolean; gapSeconds: number },
): string {
  const runs: LayerPoint[][] = [];
  for (const point of layer) {
    const last = runs.at(-1)?.at(-1);
    if (last && point.time - last.time <= gapSeconds) runs.at(-1)?.push(point);
    else runs.push([point]);
  }
  return runs
    .map((run) => {
      const upper = run.map(({ time, top }) => `${x(time).toFixed(1)},${y(top).toFixed(1)}`);
      const lower = run.toReversed().map(({ time, bottom }) => `${x(time).toFixed(1)},${y(bottom).toFixed(1)}`);
      const area = `<polygon points="${[...upper, ...lower].join(' ')}" fill="${color}" opacity="${isFilled ? 0.5 : 0.08}"/>`;
      return `${area}<polyline points="${upper.join(' ')}" fill="none" stroke="${color}" stroke-width="1.4"/>`;
    })
    .join('');
}

interface AxisParts extends Box {
  readonly low: number;
  readonly high: number;
  readonly unit: string;
}

function axes({ x, y }: Scale, { low, high, unit, width, height }: AxisParts, { from, to }: Span): string {
  const ticks = [0, 1, 2, 3, 4].map((part) => low + ((high - low) * part) / 4);
  const across = ticks.map((value) => {
    const text = `<text x="${LEFT - 6}" y="${y(value) + 4}" text-anchor="end">${wordNumber(value, unit)}</text>`;
    return `<line x1="${LEFT}" x2="${width - RIGHT}" y1="${y(value)}" y2="${y(value)}" class="grid"/>${text}`;
  });
  const times = [0.1, 0.5, 0.9].map((part) => {
    const time = from + (to - from) * part;
    const clock = new Date(time * 1000).toISOString().slice(11, 19);
    return `<text x="${x(time)}" y="${height - 4}" text-anchor="middle">${clock}</text>`;
  });
  return across.join('') + times.join('');
}

/** The next of 1, 2, 4, 5, 8 times a power of ten, or of ten in units of 1024: quarters of it are round numbers. */
function niceAbove(value: number, base: number): number {
  if (value <= 0) return 1;
  const unit = base === 1 ? 1 : base ** Math.floor(Math.log(value) / Math.log(base));
  const power = 10 ** Math.floor(Math.log10(value / unit)) * unit;
  return ([1, 2, 4, 5, 8, 10].find((step) => step * power >= value) ?? 10) * power;
}

/** Panels that are no graphs, as HTML: numbers, rankings, tables, states. */
import type { Panel, Threshold } from '../../support/dashboard.js';
import type { Series } from '../panel-data.js';
import { type Box, PALETTE, type Span } from './graph.js';
import { escapeHtml } from './html.js';
import { wordNumber } from './units.js';

const COLORS: Readonly<Record<string, string>> = {
  green: '#73bf69',
  yellow: '#f2cc0c',
  red: '#f2495c',
  blue: '#5794f2',
};

const valueOf = (series: Series) => series.points.at(-1)?.value ?? Number.NaN;

export function drawStat(panel: Panel, series: readonly Series[]): string {
  const known = series.filter(({ points }) => points.length > 0);
  const size = known.length > 6 ? 14 : known.length > 3 ? 18 : known.length > 1 ? 22 : 34;
  const numbers = known.map((one) => {
    const { text, color } = wordValue(panel, valueOf(one));
    const name = known.length > 1 ? `<small>${escapeHtml(one.name)}</small>` : '';
    return `<div class="stat" style="color:${color};font-size:${size}px">${name}${escapeHtml(text)}</div>`;
  });
  return `<div class="stats">${numbers.join('') || '<div class="none">No data</div>'}</div>`;
}

export function drawRanking(panel: Panel, series: readonly Series[]): string {
  const most = Math.max(1, ...series.map(valueOf));
  const rows = series.map((one, place) => {
    const color = PALETTE[place % PALETTE.length] ?? '';
    const share = (valueOf(one) / most) * 100;
    const text = wordValue(panel, valueOf(one)).text;
    return `<tr><td>${escapeHtml(one.name)}</td><td class="bar"><div style="width:${share}%;background:${color}"></div></td><td style="color:${color}">${escapeHtml(text)}</td></tr>`;
  });
  return `<table class="ranking">${rows.join('')}</table>`;
}

/** The queries are columns: rows of the same labels stand in one line. */
export function drawTable(panel: Panel, series: readonly Series[]): string {
  const labels = [...new Set(series.flatMap((one) => Object.keys(one.labels)))].filter((name) => name !== '__name__');
  const columns = (panel.targets ?? []).map(({ refId, legendFormat }) => ({ refId, title: legendFormat }));
  const lines = new Map<string, { labels: Series['labels']; cells: Map<string, number> }>();
  for (const one of series) {
    const key = labels.map((name) => one.labels[name] ?? '').join('\n');
    const line = lines.get(key) ?? { labels: one.labels, cells: new Map<string, number>() };
    lines.set(key, line);
    line.cells.set(one.refId, valueOf(one));
  }
  const head = [...labels, ...columns.map(({ title }) => title)].map((text) => `<th>${escapeHtml(text)}</th>`);
  const body = [...lines.values()].map((line) => {
    const names = labels.map((name) => `<td>${escapeHtml(line.labels[name] ?? '')}</td>`);
    const cells = columns.map(({ refId }) => {
      const value = line.cells.get(refId);
      return `<td class="number">${value === undefined ? '' : escapeHtml(wordValue(panel, value).text)}</td>`;
    });
    return `<tr>${names.join('')}${cells.join('')}</tr>`;
  });
  return `<table class="table"><tr>${head.join('')}</tr>${body.join('')}</table>`;
}

/** A bar a series; its colour is the state's. */
export function drawStates(panel: Panel, series: readonly Series[], { width, height }: Box, span: Span): string {
  const left = 190;
  const rowHeight = Math.min(30, (height - 20) / Math.max(1, series.length));
  const x = (time: number) => left + ((time - span.from) / (span.to - span.from)) * (width - left - 6);
  const rows = series.map(({ name, points }, place) => {
    const y = place * rowHeight;
    const cells = points.map(({ time, value }) => {
      const wide = x(time + span.stepSeconds) - x(time) + 0.6;
      const { color } = wordValue(panel, value);
      return `<rect x="${x(time).toFixed(1)}" y="${y + 2}" width="${wide.toFixed(1)}" height="${rowHeight - 4}" fill="${color}" opacity="0.75"/>`;
    });
    return `<text x="${left - 6}" y="${y + rowHeight / 2 + 4}" text-anchor="end">${escapeHtml(name)}</text>${cells.join('')}`;
  });
  return `<svg width="${width}" height="${height}">${rows.join('')}</svg>`;
}

function wordValue({ fieldConfig }: Panel, value: number): { text: string; color: string } {
  const { unit = 'short', decimals, mappings = [], thresholds } = fieldConfig?.defaults ?? {};
  const mapped = mappings.map(({ options }) => options[String(value)]).find((one) => one !== undefined);
  if (mapped) return { text: mapped.text, color: COLORS[mapped.color] ?? '' };
  return { text: wordNumber(value, unit, decimals), color: COLORS[colorOf(thresholds?.steps ?? [], value)] ?? '' };
}

function colorOf(steps: readonly Threshold[], value: number): string {
  return steps.findLast((step) => step.value === null || value >= step.value)?.color ?? 'green';
}

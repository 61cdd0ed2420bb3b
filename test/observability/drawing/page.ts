/**
 * A dashboard as a page: its panels at their places with what Prometheus answered. For a look at what an operator would
 * see; it is not Grafana, and says so.
 */
import type { Dashboard, Panel } from '../../support/dashboard.js';
import type { Series } from '../panel-data.js';
import { type Box, drawGraph, PALETTE, type Span } from './graph.js';
import { escapeHtml } from './html.js';
import { drawRanking, drawStat, drawStates, drawTable } from './other-panels.js';

export const PAGE_WIDTH = 1280;
const MARGIN = 8;
const CELL = { width: (PAGE_WIDTH - 2 * MARGIN) / 24, height: 32 };
const HEAD = 56;
const TITLE = 28;
const LEGEND = 24;

const STYLE = `
body { margin: 0; background: #111217; color: #ccccdc; font: 12px "DejaVu Sans", sans-serif; }
header { padding: 12px 16px; font-size: 18px; } header small { color: #8e8ea0; font-size: 12px; margin-left: 14px; }
.panel { position: absolute; background: #181b1f; border: 1px solid #2c2f36; box-sizing: border-box; overflow: hidden; }
.panel h2 { font-size: 12px; font-weight: 600; margin: 0; padding: 6px 8px; height: 16px; white-space: nowrap; }
.row { position: absolute; font-size: 14px; padding: 10px 8px; font-weight: 600; }
.stats { display: flex; flex-wrap: wrap; gap: 2px 18px; align-items: center; justify-content: center; height: calc(100% - 36px); }
.stat { text-align: center; } .stat small { display: block; color: #9a9aac; font-size: 11px; } .none { color: #8e8ea0; }
.legend { padding: 0 8px; white-space: nowrap; overflow: hidden; font-size: 11px; color: #b0b0c0; }
.legend i { display: inline-block; width: 10px; height: 3px; margin: 0 4px 3px 8px; }
rect { shape-rendering: crispEdges; } svg text { fill: #9a9aac; font-size: 10px; } .grid { stroke: #2c2f36; }
table { border-collapse: collapse; width: 100%; } td, th { padding: 3px 4px; font-size: 10px; text-align: left; white-space: nowrap; }
.table td { border-top: 1px solid #2c2f36; } .number { text-align: right; } th { color: #6e9fff; }
.ranking td.bar { width: 60%; } .bar div { height: 14px; }
`;

export interface DrawnPanel {
  readonly panel: Panel;
  readonly series: readonly Series[];
}

/** @returns the page and how high it is, px */
export function drawPage(
  dashboard: Dashboard,
  panels: readonly DrawnPanel[],
  span: Span,
): { html: string; height: number } {
  const body = panels.map((drawn) => drawPanel(drawn, span));
  const rows = Math.max(...panels.map(({ panel: { gridPos } }) => gridPos.y + gridPos.h));
  const note = 'approximate rendering of the panels’ queries, not Grafana';
  const html = `<!doctype html><meta charset="utf-8"><title>${escapeHtml(dashboard.title)}</title><style>${STYLE}</style>
<header>${escapeHtml(dashboard.title)}<small>${note}</small></header>${body.join('\n')}`;
  return { html, height: HEAD + rows * CELL.height + MARGIN };
}

function drawPanel({ panel, series }: DrawnPanel, span: Span): string {
  const { x, y, w, h } = panel.gridPos;
  const place = `left:${MARGIN + x * CELL.width}px;top:${HEAD + y * CELL.height}px`;
  if (panel.type === 'row') return `<div class="row" style="${place}">▾ ${escapeHtml(panel.title)}</div>`;
  const box = { width: w * CELL.width - MARGIN, height: h * CELL.height - MARGIN };
  const inner = { width: box.width - 4, height: box.height - TITLE - LEGEND };
  return `<div class="panel" style="${place};width:${box.width}px;height:${box.height}px"><h2>${escapeHtml(panel.title)}</h2>${content(panel, series, inner, span)}</div>`;
}

function content(panel: Panel, series: readonly Series[], box: Box, span: Span): string {
  switch (panel.type) {
    case 'timeseries':
      return drawSeries(panel, hidesZeros(panel) ? series.filter(isEverAboveZero) : series, box, span);
    case 'stat':
      return drawStat(panel, series);
    case 'bargauge':
      return drawRanking(panel, series);
    case 'table':
      return drawTable(panel, series);
    case 'state-timeline':
      return drawStates(panel, series, box, span);
    default:
      throw new Error(`no drawing for panels of the type ${panel.type}`);
  }
}

/** The one override that the dashboards know. */
const hidesZeros = (panel: Panel) => (panel.fieldConfig?.overrides.length ?? 0) > 0;
const isEverAboveZero = ({ points }: Series) => points.some(({ value }) => value !== 0);

function drawSeries(panel: Panel, series: readonly Series[], box: Box, span: Span): string {
  return drawGraph(panel, series, box, span) + legendOf(series);
}

function legendOf(series: readonly Series[]): string {
  const entries = series.map(
    ({ name }, place) => `<i style="background:${PALETTE[place % PALETTE.length]}"></i>${escapeHtml(name)}`,
  );
  return `<div class="legend">${entries.join('')}</div>`;
}

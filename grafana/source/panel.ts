/**
 * Panels, as Grafana's JSON wants them. What all panels share stands here once: source, colours, legend, tooltip.
 *
 * A panel says its title, what it shows, its unit and its queries; where it stands is for layout.ts.
 */
import { type AlertName, runbookUrl } from './runbooks.js';

const SOURCE = { type: 'prometheus', uid: '${datasource}' };

interface Query {
  readonly expr: string;
  readonly legend: string;
}

interface Step {
  readonly color: string;
  readonly value: number | null;
}

interface Shown {
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  readonly queries: readonly Query[];
  readonly steps?: readonly Step[];
  readonly decimals?: number;
  /** Alerts whose runbooks tell what to do about what is seen here. */
  readonly runbooks?: readonly AlertName[];
  readonly mappings?: readonly object[];
}

/** Grafana has no unit for these; a suffix of one's own stands behind the number. */
export const EVENTS_A_SECOND = 'suffix: events/s';
export const BATCHES_A_SECOND = 'suffix: batches/s';

/** What became of an event has one colour on all boards. */
const AMBER = 'orange';
const OUTCOME_COLORS: Readonly<Record<string, string>> = {
  delivered: 'green',
  duplicate: '#8e8e8e',
  dead_lettered: 'red',
  'dead letters': 'red',
};

/** Shades of a colour, for graphs that are about one outcome: by reason, by type, by account. */
export const DEAD_LETTERS = 'red';
export const RETRIES = AMBER;

export interface PanelBody extends Readonly<Record<string, unknown>> {
  readonly title: string;
  readonly fieldConfig: { readonly defaults: object; readonly overrides: readonly object[] };
}

const CALM: readonly Step[] = [{ color: 'green', value: null }];
/** Nothing of this is good. */
export const ZERO_IS_GOOD: readonly Step[] = [
  { color: 'green', value: null },
  { color: 'red', value: 1 },
];

/** Green, and from the two bounds on yellow and red. */
export function warnFrom(yellow: number, red: number): readonly Step[] {
  return [
    { color: 'green', value: null },
    { color: 'yellow', value: yellow },
    { color: 'red', value: red },
  ];
}

/** Red, and from the two bounds on yellow and green. */
export function goodFrom(yellow: number, green: number): readonly Step[] {
  return [
    { color: 'red', value: null },
    { color: 'yellow', value: yellow },
    { color: 'green', value: green },
  ];
}

/** Words for 0 and 1. */
export function words(zero: readonly [string, string], one: readonly [string, string]): readonly object[] {
  const options = Object.fromEntries(
    [zero, one].map(([text, color], value) => [String(value), { text, color, index: value }]),
  );
  return [{ type: 'value', options }];
}

interface PanelForm {
  readonly type: string;
  /** Of this moment or of the whole time on the screen, as against a point a step. */
  readonly isInstant: boolean;
  readonly defaults: object;
  readonly options: object;
}

function panelOf(shown: Shown, { type, isInstant, defaults, options }: PanelForm): PanelBody {
  const { title, description, unit, queries, steps = CALM, decimals, runbooks = [], mappings = [] } = shown;
  const asked = isInstant ? { instant: true, range: false } : { range: true };
  const format = type === 'table' ? { format: 'table' } : {};
  return {
    type,
    title,
    description,
    datasource: SOURCE,
    links: runbooks.map((name) => ({
      title: `Runbook ${name}`,
      url: runbookUrl(name),
      targetBlank: true,
    })),
    targets: queries.map(({ expr, legend }, place) =>
      Object.assign(
        {
          refId: String.fromCharCode(65 + place),
          datasource: SOURCE,
          editorMode: 'code',
          expr,
          legendFormat: legend,
        },
        asked,
        format,
      ),
    ),
    fieldConfig: {
      defaults: {
        unit,
        ...(decimals !== undefined && { decimals }),
        mappings,
        thresholds: { mode: 'absolute', steps },
        ...defaults,
      },
      overrides: isInstant ? [] : colorsOf(queries),
    },
    options,
  };
}

/** Of the series that are outcomes, by their names. */
function colorsOf(queries: readonly Query[]): object[] {
  const isByOutcome = queries.some(({ legend }) => legend === '{{outcome}}');
  const names = Object.keys(OUTCOME_COLORS).filter(
    (name) => isByOutcome || queries.some(({ legend }) => legend === name),
  );
  return names.map((name) => ({
    matcher: { id: 'byName', options: name },
    properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: OUTCOME_COLORS[name] } }],
  }));
}

/** One number, or one a series, over the whole time on the screen or of this moment. */
export function stat(shown: Shown): PanelBody {
  return panelOf(shown, {
    type: 'stat',
    isInstant: true,
    defaults: { color: { mode: 'thresholds' } },
    options: {
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      colorMode: 'value',
      graphMode: 'none',
      textMode: 'auto',
    },
  });
}

/** Bars a series, the longest first. */
export function ranking(shown: Shown): PanelBody {
  return panelOf(shown, {
    type: 'bargauge',
    isInstant: true,
    defaults: { min: 0, color: { mode: 'palette-classic' } },
    options: {
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      orientation: 'horizontal',
      displayMode: 'basic',
      valueMode: 'color',
    },
  });
}

interface Drawn extends Shown {
  /** Stacked areas add up to something; lines do not. */
  readonly style?: 'lines' | 'stacked';
  /** Leaves out series that are 0 all the time; stacked ones do by themselves. */
  readonly hidesZeros?: boolean;
  /** Every series is a shade of this. */
  readonly hue?: string;
  /** The axis may go below 0. */
  readonly isSigned?: boolean;
  readonly max?: number;
}

export function graph({
  style = 'lines',
  hidesZeros = style === 'stacked',
  hue,
  isSigned,
  max,
  ...shown
}: Drawn): PanelBody {
  const custom = {
    drawStyle: 'line',
    lineWidth: 1,
    fillOpacity: style === 'lines' ? 8 : 50,
    showPoints: 'never',
    stacking: { mode: style === 'lines' ? 'none' : 'normal', group: 'A' },
    thresholdsStyle: { mode: (shown.steps ?? CALM).length > 1 ? 'line' : 'off' },
  };
  const range = { ...(!isSigned && { min: 0 }), ...(max !== undefined && { max }) };
  const drawn = panelOf(shown, {
    type: 'timeseries',
    isInstant: false,
    defaults: { ...range, color: { mode: 'palette-classic' }, custom },
    options: {
      legend: { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  });
  const shades = { id: 'color', value: { mode: 'shades', fixedColor: hue } };
  return withOverrides(drawn, [
    ...(hue === undefined ? [] : [{ matcher: { id: 'byType', options: 'number' }, properties: [shades] }]),
    ...(hidesZeros ? [WITHOUT_ZEROS] : []),
  ]);
}

/** Combinations of labels that never occur are 0 all the time: they stay out of picture and legend. */
const WITHOUT_ZEROS = {
  matcher: { id: 'byValue', options: { reducer: 'allIsZero', op: 'gte', value: 0 } },
  properties: [{ id: 'custom.hideFrom', value: { legend: true, tooltip: true, viz: true } }],
};

function withOverrides(panel: PanelBody, more: readonly object[]): PanelBody {
  const { fieldConfig } = panel;
  return { ...panel, fieldConfig: { ...fieldConfig, overrides: [...fieldConfig.overrides, ...more] } };
}

/** A bar a series that changes its colour with its state. */
export function states(shown: Shown): PanelBody {
  return panelOf(shown, {
    type: 'state-timeline',
    isInstant: false,
    defaults: { color: { mode: 'thresholds' }, custom: { fillOpacity: 70, lineWidth: 0 } },
    options: {
      mergeValues: true,
      showValue: 'auto',
      rowHeight: 0.8,
      legend: { showLegend: true, displayMode: 'list', placement: 'bottom' },
      tooltip: { mode: 'single' },
    },
  });
}

interface Tabled extends Shown {
  /** The rows say it all: the numbers are 1. */
  readonly hidesValue?: boolean;
  /** What stands there where there is no row. */
  readonly ifEmpty?: string;
}

/** A row for each combination of labels; the queries are the columns, called by their legends. */
export function table({ hidesValue = false, ifEmpty, ...shown }: Tabled): PanelBody {
  const names = Object.fromEntries(
    shown.queries.map(({ legend }, place) => [`Value #${String.fromCharCode(65 + place)}`, legend]),
  );
  const rename = shown.queries.length === 1 ? { Value: shown.queries[0]?.legend ?? '' } : names;
  const drawn = panelOf(shown, {
    type: 'table',
    isInstant: true,
    defaults: {
      color: { mode: 'thresholds' },
      ...(shown.mappings && { custom: { cellOptions: { type: 'color-text' } } }),
      ...(ifEmpty !== undefined && { noValue: ifEmpty }),
    },
    options: { showHeader: true, cellHeight: 'sm' },
  });
  return {
    ...drawn,
    transformations: [
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: { excludeByName: { Time: true, ...(hidesValue && { Value: true }) }, renameByName: rename },
      },
    ],
  };
}

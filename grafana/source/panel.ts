/**
 * Panels, as Grafana's JSON wants them. What all panels share stands here once: source, colours, legend, tooltip.
 *
 * A panel says its title, what it shows, its unit and its queries; where it stands is for layout.ts.
 */

const SOURCE = { type: 'prometheus', uid: '${datasource}' };

export interface Query {
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
  readonly runbooks?: readonly string[];
  readonly mappings?: readonly object[];
}

export type PanelBody = Readonly<Record<string, unknown>> & { readonly title: string };

export const CALM: readonly Step[] = [{ color: 'green', value: null }];
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

function base(type: string, shown: Shown, isInstant: boolean, extra: object, options: object): PanelBody {
  const { title, description, unit, queries, steps = CALM, decimals, runbooks = [], mappings = [] } = shown;
  return {
    type,
    title,
    description,
    datasource: SOURCE,
    links: runbooks.map((name) => ({
      title: `Runbook ${name}`,
      url: `\${runbooks}/${name}.md`,
      targetBlank: true,
    })),
    targets: queries.map(({ expr, legend }, place) => ({
      refId: String.fromCharCode(65 + place),
      datasource: SOURCE,
      editorMode: 'code',
      expr,
      legendFormat: legend,
      ...(isInstant ? { instant: true, range: false } : { range: true }),
      ...(type === 'table' && { format: 'table' }),
    })),
    fieldConfig: {
      defaults: {
        unit,
        ...(decimals !== undefined && { decimals }),
        mappings,
        thresholds: { mode: 'absolute', steps },
        ...extra,
      },
      overrides: [],
    },
    options,
  };
}

/** One number, or one a series, over the whole time on the screen or of this moment. */
export function stat(shown: Shown): PanelBody {
  return base(
    'stat',
    shown,
    true,
    { color: { mode: 'thresholds' } },
    {
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      colorMode: 'value',
      graphMode: 'none',
      textMode: 'auto',
    },
  );
}

/** Bars a series, the longest first. */
export function ranking(shown: Shown): PanelBody {
  return base(
    'bargauge',
    shown,
    true,
    { min: 0, color: { mode: 'palette-classic' } },
    {
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      orientation: 'horizontal',
      displayMode: 'basic',
      valueMode: 'color',
    },
  );
}

interface Drawn extends Shown {
  /** Stacked areas add up to something; lines do not. */
  readonly style?: 'lines' | 'stacked';
  /** The axis may go below 0. */
  readonly isSigned?: boolean;
  readonly max?: number;
}

export function graph({ style = 'lines', isSigned = false, max, ...shown }: Drawn): PanelBody {
  const custom = {
    drawStyle: 'line',
    lineWidth: 1,
    fillOpacity: style === 'lines' ? 8 : 50,
    showPoints: 'never',
    stacking: { mode: style === 'lines' ? 'none' : 'normal', group: 'A' },
    thresholdsStyle: { mode: (shown.steps ?? CALM).length > 1 ? 'line' : 'off' },
  };
  const drawn = base(
    'timeseries',
    shown,
    false,
    { ...(!isSigned && { min: 0 }), ...(max !== undefined && { max }), color: { mode: 'palette-classic' }, custom },
    {
      legend: { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  );
  return style === 'stacked' ? withoutZeros(drawn) : drawn;
}

/** Combinations of labels that never occur are 0 all the time: they stay out of picture and legend. */
function withoutZeros(panel: PanelBody): PanelBody {
  const hidden = { id: 'custom.hideFrom', value: { legend: true, tooltip: true, viz: true } };
  const matcher = { id: 'byValue', options: { reducer: 'allIsZero', op: 'gte', value: 0 } };
  return {
    ...panel,
    fieldConfig: Object.assign({}, panel['fieldConfig'], { overrides: [{ matcher, properties: [hidden] }] }),
  };
}

/** A bar a series that changes its colour with its state. */
export function states(shown: Shown): PanelBody {
  return base(
    'state-timeline',
    shown,
    false,
    { color: { mode: 'thresholds' }, custom: { fillOpacity: 70, lineWidth: 0 } },
    {
      mergeValues: true,
      showValue: 'auto',
      rowHeight: 0.8,
      legend: { showLegend: true, displayMode: 'list', placement: 'bottom' },
      tooltip: { mode: 'single' },
    },
  );
}

/** A row for each combination of labels; the queries are the columns, called by their legends. */
export function table(shown: Shown): PanelBody {
  const names = Object.fromEntries(
    shown.queries.map(({ legend }, place) => [`Value #${String.fromCharCode(65 + place)}`, legend]),
  );
  const rename = shown.queries.length === 1 ? { Value: shown.queries[0]?.legend ?? '' } : names;
  return {
    ...base('table', shown, true, { color: { mode: 'thresholds' } }, { showHeader: true, cellHeight: 'sm' }),
    transformations: [
      { id: 'merge', options: {} },
      { id: 'organize', options: { excludeByName: { Time: true }, renameByName: rename } },
    ],
  };
}

/**
 * Panels, as builders of Grafana's foundation SDK with what all of ours share: source, colours, legend, tooltip.
 *
 * A panel begins with its title, what it shows, and its queries. A board adds the rest with the SDK's own methods: unit,
 * decimals, thresholds, links. Where a panel stands is for layout.ts.
 */
import { PanelBuilder as BarGauge } from '@grafana/grafana-foundation-sdk/bargauge';
import {
  BarGaugeDisplayMode,
  BigValueGraphMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type DataTransformerConfig,
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMap,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat, QueryEditorMode } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimeline } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';

export type Panel = BarGauge | Stat | StateTimeline | Table | TimeSeries;

/** PromQL by the name that its series have: a text, or labels, as in `{{account}}`. */
export type Queries = Readonly<Record<string, string>>;

/** The data source that the reader has chosen. */
export const SOURCE = { type: 'prometheus', uid: '${datasource}' };

/** Grafana has no unit for these; a suffix of one's own stands behind the number. */
export const EVENTS_A_SECOND = 'suffix: events/s';
export const BATCHES_A_SECOND = 'suffix: batches/s';

/** What became of an event has one colour on all boards. */
const OUTCOME_COLORS: Readonly<Record<string, string>> = {
  delivered: 'green',
  duplicate: '#8e8e8e',
  dead_lettered: 'red',
  'dead letters': 'red',
};

const color = (mode: FieldColorModeId): FieldColorBuilder => new FieldColorBuilder().mode(mode);
const PALETTE = color(FieldColorModeId.PaletteClassic);
const BY_THRESHOLD = color(FieldColorModeId.Thresholds);

/** Every series is a shade of one colour, for graphs that are about one outcome: by reason, by type, by account. */
const shadesOf = (hue: string): DynamicConfigValue[] => [
  { id: 'color', value: color(FieldColorModeId.Shades).fixedColor(hue).build() },
];
export const DEAD_LETTERS = shadesOf('red');
export const RETRIES = shadesOf('orange');

const levels = (...steps: Threshold[]): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
const CALM = levels({ color: 'green', value: null });
/** Nothing of this is good. */
export const ZERO_IS_GOOD = levels({ color: 'green', value: null }, { color: 'red', value: 1 });
export const ONE_IS_GOOD = levels({ color: 'red', value: null }, { color: 'green', value: 1 });

/** Green, and from the two bounds on yellow and red. */
export function warnFrom(yellow: number, red: number): ThresholdsConfigBuilder {
  return levels({ color: 'green', value: null }, { color: 'yellow', value: yellow }, { color: 'red', value: red });
}

/** Red, and from the two bounds on yellow and green. */
export function goodFrom(yellow: number, green: number): ThresholdsConfigBuilder {
  return levels({ color: 'red', value: null }, { color: 'yellow', value: yellow }, { color: 'green', value: green });
}

/** Draws a graph's thresholds. */
export const LINES = new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Line);

/** Words for 0 and 1. */
export function words(zero: readonly [string, string], one: readonly [string, string]): ValueMap[] {
  const results = [zero, one].map(([text, shown], value) => [String(value), { text, color: shown, index: value }]);
  return [{ type: MappingType.ValueToText, options: Object.fromEntries(results) as ValueMap['options'] }];
}

/** A, B, C. */
const refId = (place: number): string => String.fromCharCode(65 + place);

function targetsOf(queries: Queries): DataqueryBuilder[] {
  return Object.entries(queries).map(([legend, expr], place) =>
    new DataqueryBuilder()
      .refId(refId(place))
      .datasource(SOURCE)
      .editorMode(QueryEditorMode.Code)
      .expr(expr)
      .legendFormat(legend),
  );
}

/** A point a step. */
const overTime = (queries: Queries): DataqueryBuilder[] => targetsOf(queries).map((target) => target.range());
/** Of this moment, or of the whole time on the screen. */
const once = (queries: Queries): DataqueryBuilder[] => targetsOf(queries).map((target) => target.instant());

/** Gives the panel what every panel has. */
function begin<Kind extends Panel>(panel: Kind, title: string, description: string, targets: DataqueryBuilder[]): Kind {
  panel.title(title).description(description).datasource(SOURCE).targets(targets).thresholds(CALM);
  return panel;
}

const lastValue = (): ReduceDataOptionsBuilder => new ReduceDataOptionsBuilder().calcs(['lastNotNull']);

/** One number, or one a series. */
export function stat(title: string, description: string, queries: Queries): Stat {
  return begin(new Stat(), title, description, once(queries))
    .colorScheme(BY_THRESHOLD)
    .reduceOptions(lastValue())
    .graphMode(BigValueGraphMode.None);
}

/** Bars a series, the longest first. */
export function ranking(title: string, description: string, queries: Queries): BarGauge {
  return begin(new BarGauge(), title, description, once(queries))
    .colorScheme(PALETTE)
    .min(0)
    .reduceOptions(lastValue())
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic);
}

const legend = (): VizLegendOptionsBuilder => new VizLegendOptionsBuilder().showLegend(true);

/** Lines whose axis may go below 0. */
export function signedGraph(title: string, description: string, queries: Queries): TimeSeries {
  const panel = begin(new TimeSeries(), title, description, overTime(queries))
    .colorScheme(PALETTE)
    .fillOpacity(8)
    .showPoints(VisibilityMode.Never)
    .legend(legend())
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  for (const [name, fixed] of Object.entries(OUTCOME_COLORS))
    if ('{{outcome}}' in queries || name in queries)
      panel.overrideByName(name, [{ id: 'color', value: color(FieldColorModeId.Fixed).fixedColor(fixed).build() }]);
  return panel;
}

/** Lines from 0 up. */
export function graph(title: string, description: string, queries: Queries): TimeSeries {
  return signedGraph(title, description, queries).min(0);
}

/** Areas that add up to something. */
export function stackedGraph(title: string, description: string, queries: Queries): TimeSeries {
  return graph(title, description, queries)
    .fillOpacity(50)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
    .withOverride(WITHOUT_ZEROS);
}

/** Combinations of labels that never occur are 0 all the time: they stay out of picture and legend. */
export const WITHOUT_ZEROS = {
  matcher: { id: 'byValue', options: { reducer: 'allIsZero', op: 'gte', value: 0 } },
  properties: [{ id: 'custom.hideFrom', value: { legend: true, tooltip: true, viz: true } }],
};

/** A bar a series that changes its colour with its state. */
export function states(title: string, description: string, queries: Queries): StateTimeline {
  return begin(new StateTimeline(), title, description, overTime(queries))
    .colorScheme(BY_THRESHOLD)
    .rowHeight(0.8)
    .legend(legend());
}

/** A row for each combination of labels; the queries are the columns, called by their legends. */
export function table(title: string, description: string, queries: Queries): Table {
  const targets = once(queries).map((target) => target.format(PromQueryFormat.Table));
  return begin(new Table(), title, description, targets)
    .colorScheme(BY_THRESHOLD)
    .transformations(columns(Object.keys(queries)));
}

/** The labels alone: the numbers are all 1. */
export function labelTable(title: string, description: string, queries: Queries): Table {
  return table(title, description, queries).transformations(columns(Object.keys(queries), { Time: true, Value: true }));
}

function columns(names: readonly string[], excludeByName: object = { Time: true }): DataTransformerConfig[] {
  // Grafana calls a lone query's numbers "Value", those of several "Value #A", "Value #B".
  const fieldOf = (place: number) => (names.length === 1 ? 'Value' : `Value #${refId(place)}`);
  const renameByName = Object.fromEntries(names.map((name, place) => [fieldOf(place), name]));
  return [
    { id: 'merge', options: {} },
    { id: 'organize', options: { excludeByName, renameByName } },
  ];
}

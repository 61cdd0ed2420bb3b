/**
 * A dashboard around its panels: variables, links, rows. The SDK's builder gives each panel its place in the grid; ids
 * are given in the order of reading.
 *
 * The builder makes Grafana's classic form, which Grafana 12 reads from files. The SDK calls it deprecated for the second
 * form of the next majors.
 */
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkPlacement,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { type Panel, SOURCE } from './panel.js';

const COLUMNS = 24;
const TAG = 'amazon-capi-forwarder';

interface Row {
  readonly title: string;
  readonly height: number;
  readonly panels: readonly Panel[];
  /** How many panels stand side by side; as many as there are, where it is not said. */
  readonly across?: number;
}

interface DashboardOptions {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly from: string;
  readonly rows: readonly Row[];
}

export function dashboard({ uid, title, description, from, rows }: DashboardOptions): object {
  const board = new DashboardBuilder(title)
    .id(null)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh('30s')
    .time({ from, to: 'now' })
    .timezone('browser')
    .annotation(starts())
    .links([boards(), runbookIndex()])
    .variables([
      new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'),
      choice('job', 'Job', 'label_values(capi_build_info, job)'),
      choice('instance', 'Instance', 'label_values(capi_build_info{job=~"$job"}, instance)'),
      choice('account', 'Account', 'label_values(capi_queue_events{job=~"$job", instance=~"$instance"}, account)'),
      runbookFolder(),
    ]);
  let id = 0;
  for (const { title: rowTitle, height, panels, across = panels.length } of rows) {
    board.withRow(new RowBuilder(rowTitle).id(++id));
    const width = Math.floor(COLUMNS / across);
    for (const panel of panels) board.withPanel(panel.id(++id).height(height).span(width));
  }
  return JSON.parse(JSON.stringify(board.build(), aboveThePanels)) as object;
}

/**
 * Leaves out the default of SDK 0.0.21 that moves every link and annotation into a menu (its issues 1202 and 1272), and
 * that its builders cannot unset. Without it they stand above the panels.
 */
function aboveThePanels(key: string, value: unknown): unknown {
  return key === 'placement' && value === DashboardLinkPlacement.InControlsMenu ? undefined : value;
}

/** A line where a process has started: what changes there has often changed because of it. */
function starts(): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name('Starts')
    .datasource(SOURCE)
    .iconColor('blue')
    .expr('process_start_time_seconds{job=~"$job", instance=~"$instance"} * 1000')
    .titleFormat('{{job}} {{instance}} started')
    .useValueForTime(true);
}

function boards(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('Forwarder')
    .type(DashboardLinkType.Dashboards)
    .tags([TAG])
    .includeVars(true)
    .keepTime(true);
}

function runbookIndex(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('Runbooks').icon('doc').url('${runbooks}/README.md').targetBlank(true);
}

function runbookFolder(): TextBoxVariableBuilder {
  const folder = '/public/runbooks';
  return new TextBoxVariableBuilder('runbooks')
    .label('Runbooks at')
    .description('Where the folder docs/runbooks can be read in a browser.')
    .defaultValue(folder)
    .current({ text: folder, value: folder });
}

function choice(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(SOURCE)
    .definition(query)
    .query({ qryType: 1, query, refId: `Variable-${name}` })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current({ text: ['All'], value: ['$__all'] });
}

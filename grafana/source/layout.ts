/**
 * A dashboard around its panels: variables, links, the grid. Ids are given in the order of reading.
 */
import type { PanelBody } from './panel.js';

const COLUMNS = 24;
const TAG = 'amazon-capi-forwarder';
const SOURCE = { type: 'prometheus', uid: '${datasource}' };

interface Row {
  readonly title: string;
  readonly height: number;
  readonly panels: readonly PanelBody[];
  /** How many panels stand side by side; as many as there are, where it is not said. */
  readonly across?: number;
}

interface DashboardParts {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly from: string;
  readonly rows: readonly Row[];
}

export function dashboard({ uid, title, description, from, rows }: DashboardParts): object {
  return {
    id: null,
    uid,
    title,
    description,
    tags: [TAG],
    schemaVersion: 39,
    editable: false,
    graphTooltip: 1,
    refresh: '30s',
    time: { from, to: 'now' },
    timezone: 'browser',
    annotations: { list: [starts()] },
    links: [
      {
        title: 'Forwarder',
        type: 'dashboards',
        tags: [TAG],
        asDropdown: false,
        includeVars: true,
        keepTime: true,
        targetBlank: false,
      },
      { title: 'Runbooks', type: 'link', icon: 'doc', url: '${runbooks}/README.md', targetBlank: true },
    ],
    templating: { list: variables() },
    panels: place(rows),
  };
}

/** A line where a process has started: what changes there has often changed because of it. */
function starts(): object {
  return {
    name: 'Starts',
    datasource: SOURCE,
    enable: true,
    hide: false,
    iconColor: 'blue',
    expr: 'process_start_time_seconds{job=~"$job", instance=~"$instance"} * 1000',
    titleFormat: '{{job}} {{instance}} started',
    useValueForTime: 'on',
  };
}

function variables(): object[] {
  return [
    { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', refresh: 1, current: {} },
    choice('job', 'Job', 'label_values(capi_build_info, job)'),
    choice('instance', 'Instance', 'label_values(capi_build_info{job=~"$job"}, instance)'),
    choice('account', 'Account', 'label_values(capi_queue_events{job=~"$job", instance=~"$instance"}, account)'),
    {
      name: 'runbooks',
      label: 'Runbooks at',
      description: 'Where the folder docs/runbooks can be read in a browser.',
      type: 'textbox',
      query: '/public/runbooks',
      current: { text: '/public/runbooks', value: '/public/runbooks' },
    },
  ];
}

function choice(name: string, label: string, query: string): object {
  return {
    name,
    label,
    type: 'query',
    datasource: SOURCE,
    definition: query,
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: '.+',
    current: { text: ['All'], value: ['$__all'] },
    query: { qryType: 1, query, refId: `Variable-${name}` },
  };
}

function place(rows: readonly Row[]): object[] {
  const placed: object[] = [];
  let y = 0;
  for (const { title, height, panels, across = panels.length } of rows) {
    placed.push({
      id: placed.length + 1,
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
    });
    y += 1;
    const w = Math.floor(COLUMNS / across);
    panels.forEach((panel, at) => {
      const gridPos = { x: (at % across) * w, y: y + Math.floor(at / across) * height, w, h: height };
      placed.push(Object.assign({ id: placed.length + 1 }, panel, { gridPos }));
    });
    y += Math.ceil(panels.length / across) * height;
  }
  return placed;
}

// The useful rules of grafana/dashboard-linter, stricter in some points, plus a few of our own.
import { describe, expect, it } from 'vitest';
import { queriesOf, readDashboards } from '../support/dashboard.js';
import { type KnownMetric, knownMetrics, selectorsOf } from '../support/promql.js';
import { ALERTS } from '../support/rules.js';

const UNITS = new Set(['short', 'none', 's', 'bytes', 'percentunit', 'reqps', 'ops']);
/** Values in Redis, which every replica exports equally. */
const SHARED =
  /^capi_(queue_\w+|dead_letters\w*|window_ids|account_held|conservation_\w+|ledger_\w+|redis_(mem|ev|disk)\w+)$/;
const RUNBOOKS = new Set(ALERTS.map(({ annotations }) => annotations['runbook_url']?.replace('docs/runbooks/', '')));
const known = await knownMetrics();
const dashboards = readDashboards();

it('finds the dashboards', () => {
  expect(dashboards.map(({ title, uid }) => `${title}: ${uid}`).toSorted()).toEqual([
    'Coverage: capi-coverage',
    'Dead letters: capi-dead-letters',
    'Forwarding: capi-forwarding',
    'Overview: capi-overview',
    'Runtime and Redis: capi-runtime',
  ]);
});

describe.each(dashboards)('laying out $file', (dashboard) => {
  const { panels } = dashboard;
  const drawn = panels.filter(({ type }) => type !== 'row');

  it('can be provisioned: no id of a database, not editable, a schema that current Grafana reads', () => {
    expect(dashboard).toMatchObject({ id: null, editable: false });
    expect(dashboard.uid).toMatch(/^[\w-]{1,40}$/);
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39);
    expect(dashboard.schemaVersion).toBeLessThanOrEqual(42);
    expect(JSON.stringify(dashboard)).not.toMatch(/__inputs|https?:\/\//);
  });

  it('gives each panel an id and a title of its own', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  });

  it('lets no panels overlap or leave the grid', () => {
    const cells = panels.flatMap(({ title, gridPos: { x, y, w, h } }) => {
      expect({ title, isInside: x >= 0 && x + w <= 24 && w > 0 && h > 0 }).toEqual({ title, isInside: true });
      return Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}:${y + Math.floor(cell / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
  });

  it('says of each panel what it shows, in which unit, and shows legends', () => {
    for (const { title, description, fieldConfig, type, options } of drawn) {
      const { unit, thresholds } = fieldConfig?.defaults ?? {};
      expect({ title, description }).toEqual({ title, description: expect.stringMatching(/^[A-Z].+[.?]$/) as unknown });
      expect({ title, isKnownUnit: UNITS.has(unit ?? '') || /^suffix: \w+\/s$/.test(unit ?? '') }).toEqual({
        title,
        isKnownUnit: true,
      });
      expect(thresholds?.steps.length).toBeGreaterThan(0);
      if (type === 'timeseries')
        expect({ title, legend: options?.legend }).toMatchObject({ legend: { showLegend: true } });
    }
  });

  it('takes its data from the chosen source', () => {
    for (const { title, datasource, targets } of drawn) {
      const sources = [datasource, ...(targets ?? []).map((target) => target.datasource)].map((source) => source?.uid);
      expect({ title, sources: [...new Set(sources)] }).toEqual({ title, sources: ['${datasource}'] });
      expect(targets?.map(({ legendFormat }) => legendFormat)).not.toContain('');
      expect(new Set(targets?.map(({ refId }) => refId)).size).toBe(targets?.length);
    }
  });

  it('leads to the other dashboards with the same choice, and to runbooks that there are', () => {
    const [others, runbooks] = dashboard.links;
    expect(others).toMatchObject({ type: 'dashboards', tags: dashboard.tags, keepTime: true, includeVars: true });
    expect(runbooks).toMatchObject({ type: 'link', url: '${runbooks}/README.md' });
    // The SDK's default hides links and annotations in a menu.
    expect(JSON.stringify(dashboard)).not.toContain('inControlsMenu');
    const named = drawn.flatMap(({ links = [] }) =>
      links.map(({ url }) => /^\$\{runbooks\}\/([\w-]+\.md#\w+)$/.exec(url)?.[1]),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !RUNBOOKS.has(name))).toEqual([]);
  });

  it('has the variables that every panel is narrowed by, read anew when the time changes', () => {
    const [source, ...others] = dashboard.templating.list;
    expect(others.pop()).toMatchObject({ name: 'runbooks', label: 'Runbooks at', type: 'textbox' });
    expect(source).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' });
    expect(others.map(({ name, label }) => [name, label])).toEqual([
      ['job', 'Job'],
      ['instance', 'Instance'],
      ['account', 'Account'],
    ]);
    for (const variable of others) {
      expect(variable).toMatchObject({
        type: 'query',
        datasource: { uid: '${datasource}' },
        refresh: 2,
        multi: true,
        includeAll: true,
        allValue: '.+',
      });
    }
    const used = JSON.stringify([panels, others, dashboard.annotations, dashboard.links]).matchAll(/\$\{?(\w+)/g);
    const defined = new Set([
      'runbooks',
      'datasource',
      'job',
      'instance',
      'account',
      '__rate_interval',
      '__range',
      '__all',
    ]);
    expect([...new Set([...used].map(([, name]) => name))].filter((name) => !defined.has(name ?? ''))).toEqual([]);
  });
});

describe('colours', () => {
  const colorOf = (panel: (typeof dashboards)[number]['panels'][number], name: string) =>
    panel.fieldConfig?.overrides.flatMap(({ matcher, properties }) =>
      matcher.id === 'byName' && matcher.options === name ? properties.map(({ value }) => value.fixedColor) : [],
    );
  const find = (title: string) => {
    const panel = dashboards.flatMap(({ panels }) => panels).find((one) => one.title === title);
    if (!panel) throw new Error(`no panel ${title}`);
    return panel;
  };

  it('delivered is green, duplicate grey, dead letters red', () => {
    const panel = find('Settled by outcome');
    const names = ['delivered', 'duplicate', 'dead_lettered'];
    expect(names.map((name) => colorOf(panel, name))).toEqual([['green'], ['#8e8e8e'], ['red']]);
  });

  it.each([
    ['Retries by reason', 'orange'],
    ['New by reason', 'red'],
    ['Waiting by reason', 'red'],
  ])('%s has shades of %s', (title, fixedColor) => {
    const shades = find(title).fieldConfig?.overrides.find(({ matcher }) => matcher.id === 'byType');
    expect(shades?.properties).toEqual([{ id: 'color', value: { mode: 'shades', fixedColor } }]);
  });

  it('the first board begins with the alerts that fire and the processes that are up', () => {
    const overview = dashboards.find(({ title }) => title === 'Overview');
    const first = overview?.panels.filter(({ type }) => type !== 'row').slice(0, 2);
    expect(first?.map(({ title }) => title)).toEqual(['Alerts that fire', 'Processes']);
  });

  it('says median, and events a second', () => {
    const text = JSON.stringify(dashboards);
    expect(text).toContain('"legendFormat":"median"');
    expect(text).toContain('suffix: events/s');
    expect(text).not.toMatch(/"unit":"cps"|"legendFormat":"(half|p50)"/);
  });
});

describe.each(dashboards.flatMap(queriesOf))('querying $name', ({ expr }) => {
  const selectors = selectorsOf(expr);

  it('asks for metrics and labels that are exported', () => {
    expect(selectors.length).toBeGreaterThan(0);
    for (const { name, matchers } of selectors) {
      const metric = known.get(name);
      expect({ name, isKnown: metric !== undefined }).toEqual({ name, isKnown: true });
      for (const { label, value } of matchers) {
        if (value.startsWith('$') || label === 'le') continue;
        const values = metric?.labels.get(label) ?? new Set<string>();
        expect(value.split('|').filter((one) => !values.has(one))).toEqual([]);
      }
    }
  });

  it('is narrowed by job, instance and, where there is one, account', () => {
    // Alerts are Prometheus's own series: which accounts and processes they name depends on their rules.
    for (const { text, name, matchers } of selectors.filter((selector) => selector.name !== 'ALERTS')) {
      const chosen = new Set(matchers.map(({ label, operator, value }) => `${label}${operator}${value}`));
      const wanted = [
        'job=~$job',
        'instance=~$instance',
        ...(hasAccount(known.get(name)) ? ['account=~$account'] : []),
      ];
      expect({ text, missing: wanted.filter((one) => !chosen.has(one)) }).toEqual({ text, missing: [] });
    }
  });

  it('looks at counters by their increase over the interval of the screen', () => {
    for (const { name, range, within } of selectors) {
      if (known.get(name)?.type !== 'counter') {
        expect(within[0]).not.toMatch(/^(rate|increase)$/);
        continue;
      }
      expect({ name, call: within[0] }).toMatchObject({ call: expect.stringMatching(/^(rate|increase)$/) as unknown });
      expect(within[0] === 'rate' ? ['$__rate_interval'] : ['$__rate_interval', '$__range']).toContain(range);
    }
  });

  it('counts what Redis holds once, not once a replica', () => {
    for (const { name, within } of selectors.filter((selector) => SHARED.test(selector.name))) {
      expect({ name, expr, isOnce: within.includes('max') }).toEqual({ name, expr, isOnce: true });
    }
  });

  it('names only buckets that there are, as Prometheus 2 and 3 write them', () => {
    // Prometheus 3 writes le="300.0" for le="300", so le may only be matched by a pattern that accepts both.
    for (const { name, matchers } of selectors) {
      for (const { operator, value } of matchers.filter(({ label }) => label === 'le')) {
        expect({ operator, value }).toEqual({
          operator: '=~',
          value: expect.stringMatching(/^\d+\(\\\\\.0\)\?$/) as unknown,
        });
        expect(known.get(name)?.labels.get('le')).toContain(value.split('(')[0]);
      }
    }
  });
});

function hasAccount(metric: KnownMetric | undefined): boolean {
  return metric?.labels.has('account') === true;
}

// Compares docs/metrics.md with the exported metrics.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Metrics } from '../../src/telemetry/metrics.js';

const DOCS = new URL('../../docs/', import.meta.url);
const page = readFileSync(new URL('metrics.md', DOCS), 'utf8');
const rows = [...page.matchAll(/^\| `(capi_\w+)` \| ([^|]+) \|([^|]*)\|/gm)].map(
  ([, name = '', kind = '', labels = '']) => ({
    name,
    kind: /counter|gauge|histogram/.exec(kind)?.[0],
    labels: [...(kind.includes('process') ? [] : ['account']), ...labels.split(', ').map((one) => one.trim())]
      .filter((one) => one !== '')
      .toSorted(),
  }),
);

it('lists every metric with its kind and its labels, and no other', async () => {
  const { registry } = new Metrics(['default']);
  const types = new Map((await registry.getMetricsAsJSON()).map(({ name, type }) => [name, String(type)]));
  const exported = registry.getMetricsAsArray().flatMap((metric) => {
    if (!metric.name.startsWith('capi_')) return [];
    const labelNames = 'labelNames' in metric && Array.isArray(metric.labelNames) ? metric.labelNames.map(String) : [];
    return [{ name: metric.name, kind: types.get(metric.name), labels: labelNames.toSorted() }];
  });
  const byName = (left: { name: string }, right: { name: string }) => left.name.localeCompare(right.name);
  expect(rows.toSorted(byName)).toEqual(exported.toSorted(byName));
});

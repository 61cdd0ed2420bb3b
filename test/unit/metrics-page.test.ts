// docs/metrics.md against what is exported.
import { existsSync, readFileSync, statSync } from 'node:fs';
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

it('shows pictures that there are, none too large for a page', () => {
  const pictures = [...page.matchAll(/!\[.+\]\((images\/[\w-]+\.png)\)/g)].map(([, path = '']) => new URL(path, DOCS));
  expect(pictures.length).toBe(4);
  for (const picture of pictures) {
    expect(existsSync(picture), picture.pathname).toBe(true);
    expect(statSync(picture).size).toBeLessThan(200_000);
  }
});

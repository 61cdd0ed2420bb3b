// The files that Grafana reads are generated from grafana/source. To update them: npm run dashboards.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { DASHBOARDS } from '../../grafana/source/dashboards.js';

const FOLDER = fileURLToPath(new URL('../../grafana/dashboards/', import.meta.url));

it.each(Object.entries(DASHBOARDS))('%s is what its source says', async (file, dashboard) => {
  await expect(`${JSON.stringify(dashboard, null, 2)}\n`).toMatchFileSnapshot(`${FOLDER}${file}`);
});

it('has no dashboard without a source', () => {
  expect(readdirSync(FOLDER).toSorted()).toEqual(Object.keys(DASHBOARDS).toSorted());
});

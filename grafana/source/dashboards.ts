/**
 * The dashboards by file. `npm run dashboards` writes them to grafana/dashboards, where Grafana reads them; a test holds
 * the two against each other. Change them here, never there.
 */
import { coverage } from './coverage.js';
import { deadLetters } from './dead-letters.js';
import { forwarding } from './forwarding.js';
import { overview } from './overview.js';
import { runtime } from './runtime.js';

export const DASHBOARDS: Readonly<Record<string, object>> = {
  'overview.json': overview,
  'forwarding.json': forwarding,
  'dead-letters.json': deadLetters,
  'coverage.json': coverage,
  'runtime-and-redis.json': runtime,
};

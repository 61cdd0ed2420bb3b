// Real: the built program as a process, a separate Redis, files of every kind. The output in docs/importing.md is
// compared with the real one. Rarer kinds are in test/vectors/import-transcripts.md. To update both: npx vitest run
// --project system test/system/transcribing.test.ts --update
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RedisServer, startServer } from '../../scripts/redis.mjs';
import { ROOT } from '../support/scratch.js';
import { playSection } from '../support/transcripts.js';

const PAGES = [
  { page: join('docs', 'importing.md'), sections: 1 },
  { page: join('test', 'vectors', 'import-transcripts.md'), sections: 13 },
];

let redis: RedisServer;
beforeAll(async () => {
  redis = await startServer();
});
afterAll(() => redis.stop());

it.each(PAGES)('$page shows of each kind of file what is really said', async ({ page, sections: sectionsMin }) => {
  const path = join(ROOT, page);
  // The Google Ads template has lines that start like a heading.
  const sections = readFileSync(path, 'utf8').split(/^(?=### [A-Z][^#\n]*$)/m);
  const played = sections.map((section) => playSection(section, { REDIS_URL: redis.url }));
  expect(played.filter((section) => section.includes('\n$ capi-forwarder ')).length).toBeGreaterThanOrEqual(
    sectionsMin,
  );
  await expect(played.join('')).toMatchFileSnapshot(path);
});

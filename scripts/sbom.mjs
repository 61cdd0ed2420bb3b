/**
 * `npm run sbom`: what is shipped with the program, as CycloneDX, on stdout. Made of the lock file alone.
 *
 * Not `npm sbom --omit dev`: npm 11 leaves out what a development tool needs as well (zod, for one), though it is shipped.
 * So the whole list is taken, and what npm itself marks as for development alone is dropped.
 */
import { execFileSync } from 'node:child_process';
import { ROOT } from './build.mjs';

const DEVELOPMENT = 'cdx:npm:package:development';

const whole = execFileSync(
  process.platform === 'win32' ? 'npm.cmd' : 'npm',
  ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'],
  { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 64_000_000 },
);
const bom = JSON.parse(whole);
const components = bom.components.filter(({ properties }) => !properties.some(({ name }) => name === DEVELOPMENT));
const kept = new Set([bom.metadata.component['bom-ref'], ...components.map((component) => component['bom-ref'])]);
const dependencies = bom.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) }));
process.stdout.write(`${JSON.stringify({ ...bom, components, dependencies }, null, 2)}\n`);

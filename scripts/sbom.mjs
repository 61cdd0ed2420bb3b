/**
 * `npm run sbom`: the packages shipped with the program, as CycloneDX, on stdout. Made only from the lock file.
 *
 * Not `npm sbom --omit dev`: npm 11 also leaves out packages that a development tool needs (such as zod), though they
 * are shipped. So the whole list is taken, and packages that npm marks as development-only are dropped.
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

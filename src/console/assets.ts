/**
 * The files that browsers load besides pages: the style sheet, the two scripts and the icon. All come from this server.
 *
 * Each name contains a digest of the bytes, so browsers may cache it for ever, and a new version has a new name.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import type { FastifyInstance } from 'fastify';

interface Asset {
  readonly path: string;
  /** For the attribute `integrity`. */
  readonly integrity: string;
  readonly type: string;
  readonly bytes: Buffer;
}

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const require = createRequire(import.meta.url);

export const ASSETS = {
  htmx: readAsset('htmx', require.resolve('htmx.org/dist/htmx.min.js')),
  script: readAsset('console', new URL('./assets/console.js', import.meta.url)),
  style: readAsset('console', new URL('./assets/console.css', import.meta.url)),
  icon: readAsset('icon', new URL('./assets/icon.svg', import.meta.url)),
};

const A_YEAR_SECONDS = 31_536_000;

export function addAssetRoutes(server: FastifyInstance): void {
  for (const { path, type, bytes } of Object.values(ASSETS)) {
    server.get(path, { config: { access: 'public' } }, async (_request, reply) =>
      reply.header('Cache-Control', `public, max-age=${A_YEAR_SECONDS}, immutable`).type(type).send(bytes),
    );
  }
}

function readAsset(name: string, file: string | URL): Asset {
  const bytes = readFileSync(file);
  const digest = createHash('sha384').update(bytes);
  const integrity = `sha384-${digest.copy().digest('base64')}`;
  const extension = extname(String(file));
  const path = `/assets/${name}-${digest.digest('hex').slice(0, 12)}${extension}`;
  return { path, integrity, type: TYPES[extension] ?? 'application/octet-stream', bytes };
}

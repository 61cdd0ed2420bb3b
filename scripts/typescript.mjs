/**
 * Runs a TypeScript file of the tests outside of vitest: `node scripts/typescript.mjs FILE [args]`. Node 20 does not
 * read TypeScript; vitest's own server does.
 */
import { createViteServer } from 'vitest/node';
import { ROOT } from './build.mjs';

const [file] = process.argv.splice(2, 1);
const server = await createViteServer({
  root: ROOT,
  configFile: false,
  appType: 'custom',
  logLevel: 'error',
  server: { middlewareMode: true, watch: null, ws: false, hmr: false },
  optimizeDeps: { noDiscovery: true, include: [] },
});
try {
  await server.ssrLoadModule(`/${file}`);
} finally {
  await server.close();
}

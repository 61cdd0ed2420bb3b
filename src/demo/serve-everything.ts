/**
 * `npm start`: everything up until it is stopped, with the sandbox in Amazon's place unless real credentials are set.
 */
import type { Environment, Settings } from '../config.js';
import { Stack, type Variables } from './stack.js';

export interface Everything {
  /** What runs where, for people. */
  readonly lines: readonly string[];
  readonly stop: () => Promise<string[]>;
}

export async function serveEverything(settings: Settings, environment: Environment): Promise<Everything> {
  const stack = new Stack(process.cwd());
  const isReal = settings.ACCOUNTS_FILE !== undefined || hasCredentials(environment);
  const lines: string[] = [];
  let variables: Variables = { REDIS_URL: settings.REDIS_URL };
  try {
    if (isReal) {
      lines.push('amazon     the real one: credentials are set');
    } else {
      const sandbox = await stack.start('sandbox', ['--port', '0'], {});
      const url = sandbox.addresses.get('sandbox') ?? '';
      variables = { ...variables, ...sandboxVariables(url) };
      lines.push(`amazon     the sandbox at ${url} (set LWA_REFRESH_TOKEN and its like for the real one)`);
    }
    const worker = await stack.start('worker', [], { ...variables, METRICS_PORT: '0' });
    const intake = await stack.start('intake', [], { ...variables, METRICS_PORT: '0' });
    const console = await stack.start('console', [], { ...variables, METRICS_PORT: '0' });
    lines.push(
      `console    ${console.addresses.get('console')}`,
      `intake     ${intake.addresses.get('intake')}/v1/events`,
      `metrics    ${worker.addresses.get('metrics')}/metrics (worker), ${intake.addresses.get('metrics')}/metrics (intake)`,
      `redis      ${settings.REDIS_URL.replace(/\/\/[^@/]*@/, '//')}`,
      `logs       ${stack.folder}`,
    );
  } catch (error) {
    await stack.stop();
    throw error;
  }
  return { lines, stop: () => stack.stop() };
}

function hasCredentials(environment: Environment): boolean {
  return Boolean(environment['LWA_REFRESH_TOKEN'] || environment['LWA_REFRESH_TOKEN_FILE']);
}

function sandboxVariables(url: string): Variables {
  return {
    AMAZON_ADS_ENDPOINT: url,
    LWA_TOKEN_URL: `${url}/auth/o2/token`,
    AMAZON_ADS_PROFILE_ID: '1234567890',
    LWA_CLIENT_ID: 'sandbox',
    LWA_CLIENT_SECRET: 'sandbox',
    LWA_REFRESH_TOKEN: 'sandbox',
  };
}

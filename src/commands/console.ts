/** `capi-forwarder console`: the operators' web page, until stopped. */
import type { Command } from 'commander';
import { Console } from '../console/console.js';
import { loadPlaces } from '../settings/accounts.js';
import { openHealth } from './open-health.js';
import { watchConsoleTokens } from './open-secrets.js';
import { mappingContexts, namesOf, openRuntime, runAction, watchAccounts } from './runtime.js';
import { openLongConnection, serve } from './service.js';

export function addConsoleCommand(program: Command): void {
  program
    .command('console')
    .description('serve the web console: accounts, dead letters, replay, edit, discard, history')
    .action(() => runAction(runConsole));
}

async function runConsole(): Promise<void> {
  const runtime = openRuntime('console', [watchConsoleTokens, (opened) => loadPlaces(opened.settings)], {
    isService: true,
  });
  const { settings, log } = runtime;
  // Tokens are rotated by changing their file. The last valid content is used until then.
  const tokens = watchConsoleTokens(runtime);
  if (tokens.value.length === 0) {
    log.warn('console.open', {
      reason: 'without CONSOLE_TOKEN every user and program of this machine is the operator',
    });
  }
  const places = watchAccounts(runtime, () => loadPlaces(settings));
  const names = namesOf(runtime, places, (known) => known);
  const health = openHealth(runtime, names, { role: 'console', secrets: () => [tokens] });
  const connection = openLongConnection(runtime, 'prompt', 'capi-console');
  const patient = openLongConnection(runtime, 'patient', 'capi-console-operations');
  const console = new Console({
    host: settings.CONSOLE_HOST,
    port: settings.CONSOLE_PORT,
    tokens: () => tokens.value,
    accounts: () => names.value,
    wireOf: names.wireOf,
    dataSetOf: (account) => places.value.get(account),
    contextOf: mappingContexts(settings, places),
    connection,
    patient,
    log,
  });
  await serve(
    'console',
    {
      metrics: health.service,
      console: {
        listens: {
          host: ['CONSOLE_HOST', settings.CONSOLE_HOST],
          port: ['CONSOLE_PORT', settings.CONSOLE_PORT],
        },
        start: () => console.start(),
        stop: async () => {
          await console.stop();
          connection.disconnect();
          patient.disconnect();
        },
      },
    },
    log,
  );
}

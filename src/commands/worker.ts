/** `capi-forwarder worker`: takes jobs of every account and delivers them to Amazon. */
import type { Command } from 'commander';
import { loadAccounts } from '../settings/accounts.js';
import { isTracingOn } from '../settings/tracing-settings.js';
import { WorkerFleet } from '../worker/worker-fleet.js';
import { openHealth } from './open-health.js';
import { announcer, openReceipts } from './open-receipts.js';
import { openTracing } from './open-tracing.js';
import { namesOf, openRuntime, runAction, watchAccounts } from './runtime.js';
import { openLongConnection, serve } from './service.js';

export function addWorkerCommand(program: Command): void {
  program
    .command('worker')
    .description('deliver queued conversions to Amazon until stopped (SIGTERM: finishes what is in flight)')
    .action(() => runAction(runWorker));
}

async function runWorker(): Promise<void> {
  const runtime = openRuntime(
    'worker',
    [({ settings, environment }) => loadAccounts(settings, environment), ({ environment }) => isTracingOn(environment)],
    { isService: true },
  );
  const { settings, environment, log } = runtime;
  const accounts = watchAccounts(runtime, () => loadAccounts(settings, environment));
  const tracing = await openTracing(environment, 'capi-worker', log);
  const names = namesOf(runtime, accounts, (served) => new Map(served.map((account) => [account.name, account])));
  const health = openHealth(runtime, names, { role: 'worker', isClockNeeded: true });
  const { clock, metrics } = health;
  const receipts = await openReceipts(runtime, health);
  const connection = openLongConnection(runtime, 'patient', 'capi-worker');
  const fleet = new WorkerFleet({ settings, connection, clock, metrics, log, tracing, receipts }, accounts);
  await serve(
    'worker',
    {
      metrics: health.service,
      worker: {
        start: async () => {
          await fleet.start();
          return undefined;
        },
        stop: async () => {
          const isGraceful = await fleet.stop();
          connection.disconnect();
          await receipts?.close();
          await tracing?.stop();
          if (!isGraceful) throw new Error('stopped before everything in flight was settled');
        },
      },
    },
    log,
    announcer(runtime),
  );
}

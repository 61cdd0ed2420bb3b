/** `capi-forwarder worker`: takes jobs of every account and delivers them to Amazon. */
import type { Command } from 'commander';
import { loadAccounts } from '../accounts.js';
import { Retention } from '../dead-letters/retention.js';
import { LetterStore } from '../dead-letters/store.js';
import { openTracing } from '../tracing/open-tracing.js';
import { AccountWorker } from '../worker/account-worker.js';
import { tuneHeap } from './heap.js';
import { openRuntime, runAction } from './runtime.js';
import { openHealth, openLongConnection, serve } from './service.js';

export function addWorkerCommand(program: Command): void {
  program
    .command('worker')
    .description('deliver queued conversions to Amazon until stopped (SIGTERM: finishes what is in flight)')
    .action(() => runAction(runWorker));
}

async function runWorker(): Promise<void> {
  tuneHeap();
  const runtime = openRuntime('worker');
  const { settings, environment, log } = runtime;
  const accounts = loadAccounts(settings, environment);
  const tracing = await openTracing(environment, 'capi-worker', log);
  const health = openHealth(
    runtime,
    accounts.map(({ name }) => name),
  );
  const connection = openLongConnection(runtime, 'patient', 'capi-worker');
  const workers = accounts.map(
    (account) => new AccountWorker({ account, settings, connection, metrics: health.metrics, log, tracing }),
  );
  const retentions = accounts.map(({ name }) => {
    const parts = { store: new LetterStore(name, connection), connection, log };
    return new Retention(parts, settings.DEAD_LETTER_RETENTION_DAYS);
  });
  await serve(
    'worker',
    {
      metrics: health.service,
      worker: {
        start: async () => {
          for (const worker of workers) await worker.start();
          return undefined;
        },
        stop: async () => {
          const isGraceful = await Promise.all(workers.map((worker) => worker.stop()));
          connection.disconnect();
          await tracing?.stop();
          if (isGraceful.includes(false)) throw new Error('stopped before everything in flight was settled');
        },
      },
      // Stopped before the worker, which takes the connection with it.
      retention: {
        start: async () => {
          for (const retention of retentions) retention.start();
          return undefined;
        },
        stop: async () => {
          await Promise.all(retentions.map((retention) => retention.stop()));
        },
      },
    },
    log,
  );
}

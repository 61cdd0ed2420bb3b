/** `capi-forwarder intake`: takes events over HTTP and puts them on the queue. */
import type { Command } from 'commander';
import { loadAccountNames } from '../accounts.js';
import { readApiKeys } from '../producer/api-keys.js';
import { EventWriter } from '../producer/event-writer.js';
import { Intake } from '../producer/intake.js';
import {
  mappingContexts,
  openHealth,
  openLongConnection,
  openRuntime,
  runAction,
  serve,
  UsageError,
} from './runtime.js';

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

export function addIntakeCommand(program: Command): void {
  program
    .command('intake')
    .description('take events over HTTP (POST /v1/events) until stopped')
    .action(() => runAction(runIntake));
}

async function runIntake(): Promise<void> {
  const runtime = openRuntime('intake');
  const { settings, log } = runtime;
  const apiKeys = readApiKeys(settings.INTAKE_API_KEYS ?? []);
  if (apiKeys.length === 0 && !LOOPBACK.has(settings.INTAKE_HOST)) {
    throw new UsageError('INTAKE_HOST is open to others: set INTAKE_API_KEYS, or listen on 127.0.0.1');
  }
  const accounts = loadAccountNames(settings);
  const health = openHealth(runtime, accounts);
  const connection = openLongConnection(runtime, 'prompt', 'capi-intake');
  const writers = new Map(
    accounts.map((account) => [account, new EventWriter(account, connection, settings.EVENTS_PER_JOB)] as const),
  );
  const intake = new Intake({
    host: settings.INTAKE_HOST,
    port: settings.INTAKE_PORT,
    apiKeys,
    writers,
    contextOf: mappingContexts(settings),
    metrics: health.metrics,
    log,
  });
  await serve(
    'intake',
    {
      metrics: health.service,
      intake: {
        start: () => intake.start(),
        stop: async () => {
          await intake.stop();
          for (const writer of writers.values()) await writer.close();
          connection.disconnect();
        },
      },
    },
    log,
  );
}

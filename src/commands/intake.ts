/** `capi-forwarder intake`: takes events over HTTP and puts them on the queue. */
import type { Command } from 'commander';
import { isLoopbackAddress } from '../http/expected-host.js';
import { EventWriter } from '../producer/event-writer.js';
import { type ApiKey, readApiKeys } from '../producer/http/api-keys.js';
import { Intake } from '../producer/http/intake.js';
import { MemoryGuard } from '../producer/memory-guard.js';
import { openWrites } from '../queue/open-writes.js';
import { WorkerPresence } from '../queue/worker-presence.js';
import { loadPlaces } from '../settings/accounts.js';
import { acknowledgementOf } from '../settings/config.js';
import { openWebhookSenders, type WebhookSenders, webhookSecrets } from '../settings/webhook-senders.js';
import { announcer, openReceipts } from './open-receipts.js';
import { openTracing } from './open-tracing.js';
import { mappingContexts, namesOf, openRuntime, runAction, UsageError, watchAccounts, watchSecret } from './runtime.js';
import { openHealth, openLongConnection, serve } from './service.js';

export function addIntakeCommand(program: Command): void {
  program
    .command('intake')
    .description('take events over HTTP (POST /v1/events) until stopped')
    .action(() => runAction(runIntake));
}

async function runIntake(): Promise<void> {
  const runtime = openRuntime('intake');
  const { settings, environment, log } = runtime;
  const apiKeys = watchSecret<readonly ApiKey[]>(runtime, 'INTAKE_API_KEYS', { read: readApiKeys, unset: [] });
  if (!apiKeys.isSet && !isLoopbackAddress(settings.INTAKE_HOST)) {
    throw new UsageError('INTAKE_HOST is open to others: set INTAKE_API_KEYS, or listen on 127.0.0.1');
  }
  let webhookSenders: WebhookSenders | undefined;
  const watched = watchAccounts(runtime, () => {
    const known = loadPlaces(settings);
    webhookSenders = openWebhookSenders({ settings, environment, log }, webhookSenders);
    return { places: known, webhookSenders };
  });
  const places = {
    get value() {
      return watched.value.places;
    },
  };
  const accounts = namesOf(runtime, watched, (known) => known.places);
  const tracing = await openTracing(environment, 'capi-intake', log);
  const secrets = () => [apiKeys, ...webhookSecrets(watched.value.webhookSenders)];
  const connection = openLongConnection(runtime, 'prompt', 'capi-intake');
  const memory = new MemoryGuard(connection);
  const unfitBecause = async () => ((await memory.isNearlyFull()) ? 'redis is nearly full' : undefined);
  const health = openHealth(runtime, accounts, { role: 'intake', bringsIn: true, unfitBecause, secrets });
  const receipts = await openReceipts(runtime, health);
  const writes = openWrites(connection, acknowledgementOf(settings));
  const { EVENTS_PER_JOB: eventsPerJob } = settings;
  const opened = new Map<string, EventWriter>();
  const open = (account: string) => {
    const ledgerWatch = health.ledgerWatchOf(account);
    const coverage = health.metrics.coverage.of(account);
    const writer = new EventWriter({ account, connection, writes, eventsPerJob, ledgerWatch, coverage, tracing });
    opened.set(account, writer);
    return writer;
  };
  const writers = {
    get: (account: string) => (places.value.has(account) ? (opened.get(account) ?? open(account)) : undefined),
  };
  const intake = new Intake({
    host: settings.INTAKE_HOST,
    port: settings.INTAKE_PORT,
    // Decided once: a file that becomes empty later must not open the intake.
    apiKeys: apiKeys.isSet ? () => apiKeys.value : undefined,
    webhookSenders: () => watched.value.webhookSenders,
    writers,
    presence: settings.INTAKE_REQUIRE_WORKER ? new WorkerPresence(connection) : undefined,
    contextOf: mappingContexts(settings, places),
    clock: health.clock,
    metrics: health.metrics,
    log,
    memory,
    tracing,
    receipts,
    allowedHosts: settings.ALLOWED_HOSTS ?? [],
  });
  await serve(
    'intake',
    {
      metrics: health.service,
      intake: {
        listens: {
          host: ['INTAKE_HOST', settings.INTAKE_HOST],
          port: ['INTAKE_PORT', settings.INTAKE_PORT],
        },
        start: () => intake.start(),
        stop: async () => {
          await intake.stop();
          for (const writer of opened.values()) await writer.close();
          writes.close();
          connection.disconnect();
          await receipts?.close();
          await tracing?.stop();
        },
      },
    },
    log,
    announcer(runtime),
  );
}

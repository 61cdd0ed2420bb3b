/** `capi-forwarder intake`: receives events over HTTP and puts them on the queue. */
import type { Command } from 'commander';
import { AccountWriters } from '../producer/account-writers.js';
import { Intake } from '../producer/http/intake.js';
import { MemoryGuard } from '../producer/memory-guard.js';
import { openWrites } from '../queue/open-writes.js';
import { WorkerPresence } from '../queue/worker-presence.js';
import { loadPlaces } from '../settings/accounts.js';
import { acknowledgementOf } from '../settings/config.js';
import { isTracingOn } from '../settings/tracing-settings.js';
import { openWebhookSenders, type WebhookSenders, webhookSecrets } from '../settings/webhook-senders.js';
import { openHealth } from './open-health.js';
import { announcer, openReceipts } from './open-receipts.js';
import { watchApiKeys } from './open-secrets.js';
import { openTracing } from './open-tracing.js';
import { mappingContexts, namesOf, openRuntime, type Runtime, runAction, watchAccounts } from './runtime.js';
import { openLongConnection, serve } from './service.js';

export function addIntakeCommand(program: Command): void {
  program
    .command('intake')
    .description('take events over HTTP (POST /v1/events) until stopped')
    .action(() => runAction(runIntake));
}

/** The accounts that receive events, and the senders of their webhooks. Both may change while the intake runs. */
function watchPlaces(runtime: Runtime) {
  const { settings, environment, log } = runtime;
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
  return { watched, places };
}

/** Everything that is read from the settings at the start. */
const READS = [watchApiKeys, openWebhookSenders, ({ environment }: Runtime) => isTracingOn(environment)];

async function runIntake(): Promise<void> {
  const runtime = openRuntime('intake', READS, { isService: true });
  const { settings, environment, log } = runtime;
  const apiKeys = watchApiKeys(runtime);
  const { watched, places } = watchPlaces(runtime);
  const accounts = namesOf(runtime, watched, (known) => known.places);
  const tracing = await openTracing(environment, 'capi-intake', log);
  const secrets = () => [apiKeys, ...webhookSecrets(watched.value.webhookSenders)];
  const connection = openLongConnection(runtime, 'prompt', 'capi-intake');
  const memory = new MemoryGuard(connection);
  const unfitBecause = async () => ((await memory.isNearlyFull()) ? 'redis is nearly full' : undefined);
  const health = openHealth(runtime, accounts, { role: 'intake', bringsIn: true, unfitBecause, secrets });
  const receipts = await openReceipts(runtime, health);
  const writes = openWrites(connection, acknowledgementOf(settings));
  const { metrics, ledgerWatchOf } = health;
  const eventsPerJob = settings.EVENTS_PER_JOB;
  const writers = new AccountWriters({ places, connection, writes, eventsPerJob, ledgerWatchOf, metrics, tracing });
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
    metrics,
    log,
    memory,
    tracing,
    receipts,
    lookUp: { connection, accounts: () => [...places.value.keys()] },
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
          await writers.close();
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

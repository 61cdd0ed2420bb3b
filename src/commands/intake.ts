/** `capi-forwarder intake`: takes events over HTTP and puts them on the queue. */
import type { Command } from 'commander';
import { loadAccountNames } from '../accounts.js';
import { type ApiKey, readApiKeys, readApiKeyText } from '../producer/api-keys.js';
import { EventWriter } from '../producer/event-writer.js';
import { Intake } from '../producer/intake.js';
import { WatchedSecret } from '../producer/watched-secret.js';
import { openTracing } from '../tracing/open-tracing.js';
import { tuneHeap } from './heap.js';
import { mappingContexts, openRuntime, type Runtime, runAction, UsageError } from './runtime.js';
import { openHealth, openLongConnection, serve } from './service.js';

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

export function addIntakeCommand(program: Command): void {
  program
    .command('intake')
    .description('take events over HTTP (POST /v1/events) until stopped')
    .action(() => runAction(runIntake));
}

async function runIntake(): Promise<void> {
  tuneHeap();
  const runtime = openRuntime('intake');
  const { settings, environment, log } = runtime;
  const apiKeys = openApiKeys(runtime);
  if (apiKeys.value.length === 0 && !LOOPBACK.has(settings.INTAKE_HOST)) {
    throw new UsageError('INTAKE_HOST is open to others: set INTAKE_API_KEYS, or listen on 127.0.0.1');
  }
  const accounts = loadAccountNames(settings);
  const tracing = await openTracing(environment, 'capi-intake', log);
  const health = openHealth(runtime, accounts);
  const connection = openLongConnection(runtime, 'prompt', 'capi-intake');
  const writers = new Map(
    accounts.map(
      (account) => [account, new EventWriter(account, connection, settings.EVENTS_PER_JOB, tracing)] as const,
    ),
  );
  const intake = new Intake({
    host: settings.INTAKE_HOST,
    port: settings.INTAKE_PORT,
    apiKeys: () => apiKeys.value,
    webhookSecrets: {
      shopify: openWebhookSecrets(runtime, 'SHOPIFY_WEBHOOK_SECRET'),
      woocommerce: openWebhookSecrets(runtime, 'WOOCOMMERCE_WEBHOOK_SECRET'),
      stripe: openWebhookSecrets(runtime, 'STRIPE_WEBHOOK_SECRET'),
    },
    writers,
    contextOf: mappingContexts(settings),
    metrics: health.metrics,
    log,
    tracing,
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
          for (const writer of writers.values()) await writer.close();
          connection.disconnect();
          await tracing?.stop();
        },
      },
    },
    log,
  );
}

/** Keys are rotated by changing their file: what was read last holds until the file says otherwise. */
function openApiKeys({ settings, environment, log }: Runtime): WatchedSecret<ApiKey[]> {
  try {
    const file = environment['INTAKE_API_KEYS_FILE'];
    return new WatchedSecret(file || undefined, readApiKeys(settings.INTAKE_API_KEYS ?? []), readApiKeyText, log);
  } catch (error) {
    throw new UsageError(`INTAKE_API_KEYS_FILE: ${error instanceof Error ? error.message : 'cannot be read'}`);
  }
}

function openWebhookSecrets({ settings, environment, log }: Runtime, name: WebhookSetting): () => readonly string[] {
  const split = (text: string) =>
    text
      .split(/[,\n]/)
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
  const secret = new WatchedSecret(environment[`${name}_FILE`] || undefined, settings[name] ?? [], split, log);
  return () => secret.value;
}

type WebhookSetting = 'SHOPIFY_WEBHOOK_SECRET' | 'WOOCOMMERCE_WEBHOOK_SECRET' | 'STRIPE_WEBHOOK_SECRET';

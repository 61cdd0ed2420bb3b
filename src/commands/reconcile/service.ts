/**
 * `reconcile --every 15m`: a service with its own metrics port.
 *
 * Each account's shop has its own schedule. A failed pass is logged and tried again at the next one. If a pass takes
 * longer than its interval, the next one follows at once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryGuard } from '../../producer/memory-guard.js';
import { openWrites } from '../../queue/open-writes.js';
import { RedisTrouble } from '../../redis/trouble.js';
import { loadPlaces } from '../../settings/accounts.js';
import { acknowledgementOf } from '../../settings/config.js';
import { loadShops } from '../../settings/shop-settings.js';
import type { WebhookPlatform } from '../../settings/webhook-senders.js';
import type { Logger } from '../../telemetry/log.js';
import { duration } from '../arguments.js';
import { failureText } from '../failure-text.js';
import { openHealth } from '../open-health.js';
import { openRuntime } from '../runtime.js';
import { openLongConnection, serve } from '../service.js';
import { type OpenedReconciler, openReconciler, shopsOf } from './open-reconcilers.js';
import type { ReconcileOptions } from './options.js';
import { countLine, printPass } from './report.js';

export async function runService(source: WebhookPlatform, options: ReconcileOptions): Promise<void> {
  const runtime = openRuntime('reconcile', [(opened) => loadShops(opened.settings, opened.environment, source)], {
    isService: true,
  });
  const { settings, log } = runtime;
  const shops = shopsOf(runtime, source, options);
  const places = loadPlaces(settings);
  const accounts = {
    value: shops.map(({ account }) => account),
    wireOf: (account: string) => places.get(account)?.wire ?? settings.AMAZON_ADS_WIRE,
  };
  const health = openHealth(runtime, accounts, { role: 'reconcile', bringsIn: true });
  const connection = openLongConnection(runtime, 'prompt', 'capi-reconcile');
  const writes = openWrites(connection, acknowledgementOf(settings));
  const stop = new AbortController();
  const accepting = {
    metrics: health.metrics,
    trouble: new RedisTrouble({ log }),
    memory: new MemoryGuard(connection),
  };
  const opened = shops.map((shop) =>
    openReconciler(runtime, shop, options, {
      connection,
      writes,
      accepting,
      health,
      signal: stop.signal,
      onTooOld: ({ account }, beforeMs) =>
        log.warn('reconcile.too_old', {
          account,
          source,
          untilMs: beforeMs,
          reason: 'orders that changed before are older than MAX_EVENT_AGE_HOURS: missing ones are not enqueued',
        }),
    }),
  );
  let running: Promise<unknown> | undefined;
  await serve(
    'reconcile',
    {
      metrics: health.service,
      reconcile: {
        start: async () => {
          running = Promise.all(opened.map((one) => keepReconciling(one, { options, log, signal: stop.signal })));
          return undefined;
        },
        stop: async () => {
          stop.abort();
          await running;
          for (const { close } of opened) await close();
          writes.close();
          connection.disconnect();
        },
      },
    },
    log,
  );
}

interface Keeping {
  readonly options: ReconcileOptions;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

async function keepReconciling(
  { shop, reconciler }: OpenedReconciler,
  { options, log, signal }: Keeping,
): Promise<void> {
  const { account, access, every } = shop;
  const { source } = access;
  const everyMs = every === undefined ? (options.every ?? 0) : duration(every);
  while (!signal.aborted) {
    const startedAt = performance.now();
    try {
      const report = await reconciler.goOn(options.since);
      const ms = Math.round(performance.now() - startedAt);
      if (options.json) printPass(report, options);
      log.info('reconcile.done', {
        account,
        source,
        ms,
        count: report.enqueued,
        events: report.orders,
        reason: countLine(report),
      });
    } catch (err) {
      if (signal.aborted) return;
      log.error('reconcile.failed', { account, source, err, reason: failureText(err) });
    }
    const leftMs = Math.max(0, everyMs - (performance.now() - startedAt));
    await sleep(leftMs, undefined, { signal }).catch(() => undefined);
  }
}

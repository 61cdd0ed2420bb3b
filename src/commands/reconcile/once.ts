/** A single reconcile: every account's shop in turn, one table each, exit 1 if a shop or Redis failed. */
import { MemoryGuard } from '../../producer/memory-guard.js';
import { openWrites } from '../../queue/open-writes.js';
import type { ReconcileCounts } from '../../reconcile/pass.js';
import { RedisTrouble } from '../../redis/trouble.js';
import { acknowledgementOf } from '../../settings/config.js';
import { type AccountShop, loadShops } from '../../settings/shop-settings.js';
import type { WebhookPlatform } from '../../settings/webhook-senders.js';
import { Metrics } from '../../telemetry/metrics.js';
import { failureText } from '../failure-text.js';
import { say, sayInPlace } from '../output.js';
import { openConnection, openRuntime } from '../runtime.js';
import { answerSignals } from '../signals.js';
import { openReconciler, shopsOf } from './open-reconcilers.js';
import type { ReconcileOptions } from './options.js';
import { countLine, printPass } from './report.js';

export async function runOnce(source: WebhookPlatform, options: ReconcileOptions): Promise<number> {
  const runtime = openRuntime('reconcile', [(opened) => loadShops(opened.settings, opened.environment, source)]);
  const { settings, log } = runtime;
  const shops = shopsOf(runtime, source, options);
  const connection = await openConnection(settings, 'capi-reconcile');
  const writes = openWrites(connection, acknowledgementOf(settings));
  const stop = stopSignal();
  const accepting = {
    metrics: new Metrics(
      shops.map(({ account }) => account),
      'reconcile',
    ),
    trouble: new RedisTrouble({ log }),
    memory: new MemoryGuard(connection),
  };
  let failed = 0;
  try {
    for (const shop of shops) {
      const { reconciler, close } = openReconciler(runtime, shop, options, {
        connection,
        writes,
        accepting,
        signal: stop,
        ...(process.stderr.isTTY && { onProgress: showProgress }),
        onTooOld: sayTooOld,
      });
      try {
        printPass(await reconciler.look(options.since), options);
      } catch (error) {
        stop.throwIfAborted();
        failed += 1;
        say(`capi-forwarder: ${source} of account ${shop.account}: ${failureText(error)}`);
      } finally {
        await close();
      }
    }
  } finally {
    writes.close();
    connection.disconnect();
  }
  return failed === 0 ? 0 : 1;
}

function sayTooOld({ account }: AccountShop, beforeMs: number): void {
  const time = new Date(beforeMs).toISOString();
  say(`account ${account}: orders of before ${time} are too old to be sent (MAX_EVENT_AGE_HOURS)`);
}

function showProgress(counts: ReconcileCounts): void {
  sayInPlace(countLine(counts));
}

/** An interrupted reconcile continues at the same place next time. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  answerSignals(() => stop.abort(new Error('stopped before its end: nothing is lost, run it again')));
  return stop.signal;
}

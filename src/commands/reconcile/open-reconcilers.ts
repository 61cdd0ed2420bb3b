/** What a reconcile needs, once or as a service: its shops, and a reconciler for each. */
import { withCall } from '../../mapping/context.js';
import type { AcceptOptions } from '../../producer/accept.js';
import { EventWriter } from '../../producer/event-writer.js';
import type { ScriptWrites } from '../../queue/script-writes.js';
import type { ReconcileCounts } from '../../reconcile/pass.js';
import { Reconciler } from '../../reconcile/reconciler.js';
import type { RedisConnection } from '../../redis/connect.js';
import { loadAccountNames } from '../../settings/accounts.js';
import { dedupeWindowOf } from '../../settings/dedupe-window.js';
import { type AccountShop, loadShops } from '../../settings/shop-settings.js';
import type { WebhookPlatform } from '../../settings/webhook-senders.js';
import type { Health } from '../open-health.js';
import { mappingContexts, type Runtime, UsageError } from '../runtime.js';
import type { ReconcileOptions } from './options.js';

const HOUR_MS = 3_600_000;

/** @throws UsageError if no account has such a shop */
export function shopsOf(
  { settings, environment }: Runtime,
  source: WebhookPlatform,
  { account }: ReconcileOptions,
): AccountShop[] {
  if (account !== undefined && !loadAccountNames(settings).includes(account)) {
    throw new UsageError(`there is no account ${account}: see ACCOUNTS_FILE`);
  }
  const shops = loadShops(settings, environment, source).filter(
    (shop) => account === undefined || shop.account === account,
  );
  if (shops.length > 0) return shops;
  const whose = account === undefined ? 'no account' : `account ${account}`;
  throw new UsageError(
    `${whose} has ${account === undefined ? 'a' : 'no'} ${source} shop: see docs/reconcile.md for its settings`,
  );
}

interface Around {
  readonly connection: RedisConnection;
  readonly writes: ScriptWrites;
  readonly accepting: AcceptOptions;
  /** Set by a service. */
  readonly health?: Pick<Health, 'ledgerWatchOf' | 'metrics'>;
  readonly signal: AbortSignal;
  readonly onProgress?: (counts: ReconcileCounts) => void;
  readonly onTooOld: (shop: AccountShop, beforeMs: number) => void;
}

/** A reconciler, and how to close it. */
export interface OpenedReconciler {
  readonly shop: AccountShop;
  readonly reconciler: Reconciler;
  readonly close: () => Promise<void>;
}

export function openReconciler(
  { settings }: Runtime,
  shop: AccountShop,
  options: ReconcileOptions,
  { connection, writes, accepting, health, signal, onProgress, onTooOld }: Around,
): OpenedReconciler {
  const { account } = shop;
  const writer = new EventWriter({
    account,
    connection,
    writes,
    eventsPerJob: settings.EVENTS_PER_JOB,
    ledgerWatch: health?.ledgerWatchOf(account),
    coverage: health?.metrics.coverage.of(account),
  });
  const contextOf = mappingContexts(settings);
  const { maxEventAgeHours } = contextOf(account, 0);
  const { afterDeliveryMs, afterEventMs } = dedupeWindowOf(settings, maxEventAgeHours);
  const { consent = shop.consent, defaultCountry } = options;
  const reconciler = new Reconciler({
    shop,
    connection,
    writer,
    accepting,
    contextAt: (nowMs) => withCall(contextOf(account, nowMs), { consent, defaultCountry }),
    knownForMs: Math.max(afterDeliveryMs, afterEventMs),
    maxEventAgeMs: maxEventAgeHours * HOUR_MS,
    isDryRun: options.dryRun === true,
    signal,
    onProgress,
    onTooOld: (beforeMs) => onTooOld(shop, beforeMs),
  });
  return { shop, reconciler, close: () => writer.close() };
}

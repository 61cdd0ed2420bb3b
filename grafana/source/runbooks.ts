/** The panels' links to the runbooks: which page of docs/runbooks has an alert. A test holds it against the rules. */
import { DashboardLinkBuilder } from '@grafana/grafana-foundation-sdk/dashboard';

/** The page without its ending, by alert. */
const PAGES = {
  CapiAccountHeld: 'account-held',
  CapiTokenRefreshFailing: 'account-held',
  CapiDeadLettersGrowing: 'dead-letters',
  CapiDeadLettersOld: 'dead-letters',
  CapiDeliveryFailingFast: 'delivery',
  CapiDeliveryFailingSlow: 'delivery',
  CapiDeliveryLateFast: 'delivery',
  CapiDeliveryLateSlow: 'delivery',
  CapiEventsRefused: 'events-rejected',
  CapiForwarderDown: 'forwarder-down',
  CapiAccountWithoutWorker: 'forwarder-down',
  CapiJobsStalled: 'jobs',
  CapiRunStuck: 'jobs',
  CapiConservationBroken: 'ledger',
  CapiLedgerWentBack: 'ledger',
  CapiMatchKeyDropped: 'match-keys',
  CapiEventLoopLag: 'process',
  CapiMetricsStale: 'process',
  CapiClockOff: 'process',
  CapiQueueOldestTooOld: 'queue',
  CapiQueueNotDraining: 'queue',
  CapiQueueGrowing: 'queue',
  CapiConversionsAtRisk: 'queue',
  CapiRedisMemoryHigh: 'redis',
  CapiRedisEvicting: 'redis',
  CapiRedisDown: 'redis',
  CapiRedisNotPersisting: 'redis',
  CapiSecretFileUnusable: 'secrets',
  CapiThrottled: 'delivery',
  CapiUnknownAnswers: 'delivery',
  CapiWebhookSecretWrong: 'secrets',
} as const;

type AlertName = keyof typeof PAGES;

/** A panel's links to what to do: each alert's section, where the dashboard's variable says that the folder can be read. */
export function runbooks(...alerts: readonly AlertName[]): DashboardLinkBuilder[] {
  return alerts.map((alert) =>
    new DashboardLinkBuilder(`Runbook ${alert}`)
      .url(`\${runbooks}/${PAGES[alert]}.md#${alert.toLowerCase()}`)
      .targetBlank(true),
  );
}

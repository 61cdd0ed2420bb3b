/** For the business: what was delivered, what it is worth, how fast, and what does not arrive. */
import { dashboard } from './layout.js';
import { goodFrom, graph, ranking, stat, states, table, warnFrom, words, ZERO_IS_GOOD } from './panel.js';
import {
  ageOf,
  gainOfRange,
  ofAccounts,
  ofProcesses,
  perMinute,
  quantile,
  quantileOfRange,
  RANGE,
  RATE,
  shared,
  shareWithin,
} from './query.js';

const PURCHASES = 'event_type="OFF_AMAZON_PURCHASES"';
const settled = (outcomes: string) => gainOfRange('capi_events_settled_total', `outcome=~"${outcomes}"`);

const today = [
  table({
    title: 'Alerts that fire',
    description: 'What somebody should look at, by its runbook. An alert that waits for its minutes is not here yet.',
    unit: 'none',
    hidesValue: true,
    ifEmpty: 'No alert fires',
    queries: [
      { expr: 'max by (alertname, severity, account, job, instance) (ALERTS{alertstate="firing"})', legend: 'Firing' },
    ],
  }),
  table({
    title: 'Processes',
    description: 'What Prometheus scrapes, and whether it answers.',
    unit: 'none',
    mappings: words(['down', 'red'], ['up', 'green']),
    queries: [{ expr: `max by (job, instance) (${ofProcesses('up')})`, legend: 'State' }],
    runbooks: ['CapiForwarderDown'],
  }),
];

const now = [
  stat({
    title: 'Conversions delivered',
    description: 'Events that Amazon took, in the time on the screen.',
    unit: 'short',
    decimals: 0,
    queries: [{ expr: gainOfRange('capi_delivered_total'), legend: 'delivered' }],
  }),
  stat({
    title: 'Share delivered',
    description: 'Of the events that ended: delivered, against dead letters. Duplicates are left out.',
    unit: 'percentunit',
    decimals: 2,
    steps: goodFrom(0.98, 0.995),
    queries: [{ expr: `${settled('delivered')} / (${settled('delivered|dead_lettered')} > 0)`, legend: 'delivered' }],
    runbooks: ['CapiDeliveryFailingFast'],
  }),
  stat({
    title: 'Delivered on time',
    description: 'Of the delivered events, those that Amazon had within 5 minutes of being accepted here.',
    unit: 'percentunit',
    decimals: 2,
    steps: goodFrom(0.95, 0.99),
    queries: [{ expr: shareWithin(300, 'capi_delivery_latency_seconds', RANGE), legend: 'on time' }],
    runbooks: ['CapiDeliveryLateFast'],
  }),
  stat({
    title: 'From order to Amazon',
    description: 'From the event’s own time to its delivery. What the shop sends late counts as well.',
    unit: 's',
    decimals: 1,
    queries: [
      { expr: quantileOfRange(0.5, 'capi_event_age_seconds'), legend: 'median' },
      { expr: quantileOfRange(0.95, 'capi_event_age_seconds'), legend: '95 %' },
    ],
  }),
  stat({
    title: 'Dead letters waiting',
    description: 'Events that Amazon did not take, waiting for a person to replay or discard them.',
    unit: 'short',
    steps: warnFrom(1, 100),
    queries: [{ expr: `sum(${shared('account, reason', 'capi_dead_letters')})`, legend: 'dead letters' }],
    runbooks: ['CapiDeadLettersGrowing', 'CapiDeadLettersOld'],
  }),
  stat({
    title: 'Accounts held',
    description: 'Accounts whose credentials or settings Amazon refuses. Their events wait; nothing is lost.',
    unit: 'short',
    steps: ZERO_IS_GOOD,
    queries: [{ expr: `sum(${shared('account, reason', 'capi_account_held')})`, legend: 'held' }],
    runbooks: ['CapiAccountHeld'],
  }),
];

const conversions = [
  stat({
    title: 'Revenue delivered',
    description: 'Value of the purchases that Amazon took, by currency. OTHER mixes rare currencies, NONE has none.',
    unit: 'none',
    decimals: 2,
    queries: [
      {
        expr: `sum by (currency) (increase(${ofAccounts('capi_delivered_value_total', PURCHASES)}${RANGE})) > 0`,
        legend: '{{currency}}',
      },
    ],
  }),
  graph({
    title: 'Revenue by currency',
    description: 'Value of the purchases delivered, a minute, in units of each currency.',
    unit: 'none',
    hidesZeros: true,
    queries: [{ expr: perMinute('currency', 'capi_delivered_value_total', PURCHASES), legend: '{{currency}}' }],
  }),
  graph({
    title: 'Delivered by event type',
    description: 'Events that Amazon took, a minute.',
    unit: 'short',
    style: 'stacked',
    queries: [{ expr: perMinute('event_type', 'capi_delivered_total'), legend: '{{event_type}}' }],
  }),
  table({
    title: 'By event type',
    description: 'Delivered and not delivered, in the time on the screen.',
    unit: 'short',
    decimals: 0,
    queries: [
      {
        expr: `sum by (event_type) (increase(${ofAccounts('capi_delivered_total')}${RANGE})) > 0`,
        legend: 'Delivered',
      },
      {
        expr: `sum by (event_type) (increase(${ofAccounts('capi_dead_lettered_total')}${RANGE})) > 0`,
        legend: 'Dead letters',
      },
    ],
  }),
];

const time = [
  graph({
    title: 'Time from order to Amazon',
    description: 'From the event’s own time to its delivery.',
    unit: 's',
    queries: [
      { expr: quantile(0.5, 'capi_event_age_seconds'), legend: 'median' },
      { expr: quantile(0.95, 'capi_event_age_seconds'), legend: '95 %' },
    ],
  }),
  graph({
    title: 'Share delivered in time',
    description: 'Of the delivered events, those within a minute, 5 minutes and an hour of being accepted here.',
    unit: 'percentunit',
    max: 1,
    queries: [
      { expr: shareWithin(60, 'capi_delivery_latency_seconds', RATE), legend: 'a minute' },
      { expr: shareWithin(300, 'capi_delivery_latency_seconds', RATE), legend: '5 minutes' },
      { expr: shareWithin(3600, 'capi_delivery_latency_seconds', RATE), legend: 'an hour' },
    ],
    runbooks: ['CapiDeliveryLateFast', 'CapiDeliveryLateSlow'],
  }),
  graph({
    title: 'Age of the oldest event waiting',
    description: 'How long the oldest job of each account has been on the queue; 0 for an empty queue.',
    unit: 's',
    steps: warnFrom(300, 3600),
    queries: [{ expr: ageOf('capi_queue_oldest_timestamp_seconds'), legend: '{{account}}' }],
    runbooks: ['CapiQueueOldestTooOld', 'CapiConversionsAtRisk'],
  }),
];

const lost = [
  ranking({
    title: 'Dead letters by cause',
    description: 'Events that became dead letters in the time on the screen.',
    unit: 'short',
    decimals: 0,
    queries: [
      {
        expr: `sort_desc(sum by (reason) (increase(${ofAccounts('capi_dead_lettered_total')}${RANGE})) > 0)`,
        legend: '{{reason}}',
      },
    ],
    runbooks: ['CapiDeadLettersGrowing'],
  }),
  ranking({
    title: 'Rejected on intake',
    description: 'Records that cannot be forwarded, in the time on the screen. The sender was told which and why.',
    unit: 'short',
    decimals: 0,
    queries: [
      {
        expr: `sort_desc(sum by (reason) (increase(${ofAccounts('capi_events_refused_total')}${RANGE})) > 0)`,
        legend: '{{reason}}',
      },
    ],
    runbooks: ['CapiEventsRefused'],
  }),
  states({
    title: 'Holds',
    description: 'When Amazon refused an account, and why.',
    unit: 'short',
    steps: ZERO_IS_GOOD,
    mappings: words(['open', 'green'], ['held', 'red']),
    queries: [{ expr: shared('account, reason', 'capi_account_held'), legend: '{{account}} {{reason}}' }],
    runbooks: ['CapiAccountHeld'],
  }),
  graph({
    title: 'Do the books balance?',
    description: 'Events accepted, less ended, less counted on the queue. Anything but 0 is lost or from nowhere.',
    unit: 'short',
    isSigned: true,
    queries: [{ expr: shared('account', 'capi_conservation_difference_events'), legend: '{{account}}' }],
    runbooks: ['CapiConservationBroken', 'CapiLedgerWentBack'],
  }),
];

export const overview = dashboard({
  uid: 'capi-overview',
  title: 'Overview',
  description: 'What reached Amazon, what it is worth, how fast it got there, and what did not.',
  from: 'now-24h',
  rows: [
    { title: 'Now', height: 6, panels: today },
    { title: 'In the time on the screen', height: 5, panels: now },
    { title: 'Conversions and revenue', height: 10, panels: conversions },
    { title: 'Time to Amazon', height: 8, panels: time },
    { title: 'What does not arrive', height: 8, panels: lost },
  ],
});

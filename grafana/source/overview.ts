/** For the business: what was delivered, what it is worth, how fast, and what does not arrive. */
import { TableCellDisplayMode } from '@grafana/grafana-foundation-sdk/common';
import { dashboard } from './layout.js';
import {
  goodFrom,
  graph,
  LINES,
  labelTable,
  ranking,
  signedGraph,
  stackedGraph,
  stat,
  states,
  table,
  WITHOUT_ZEROS,
  warnFrom,
  words,
  ZERO_IS_GOOD,
} from './panel.js';
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
import { runbooks } from './runbooks.js';

const PURCHASES = 'event_type="OFF_AMAZON_PURCHASES"';
const settled = (outcomes: string) => gainOfRange('capi_events_settled_total', `outcome=~"${outcomes}"`);

const today = [
  labelTable(
    'Alerts that fire',
    'What somebody should look at, by its runbook. An alert that waits for its minutes is not here yet.',
    { Firing: 'max by (alertname, severity, account, job, instance) (ALERTS{alertstate="firing"})' },
  )
    .unit('none')
    .noValue('No alert fires'),
  table('Processes', 'What Prometheus scrapes, and whether it answers.', {
    State: `max by (job, instance) (${ofProcesses('up')})`,
  })
    .unit('none')
    .mappings(words(['down', 'red'], ['up', 'green']))
    .cellOptions({ type: TableCellDisplayMode.ColorText })
    .links(runbooks('CapiForwarderDown')),
];

const now = [
  stat('Conversions delivered', 'Events that Amazon took, in the time on the screen.', {
    delivered: gainOfRange('capi_delivered_total'),
  })
    .unit('short')
    .decimals(0),
  stat('Share delivered', 'Of the events that ended: delivered, against dead letters. Duplicates are left out.', {
    delivered: `${settled('delivered')} / (${settled('delivered|dead_lettered')} > 0)`,
  })
    .unit('percentunit')
    .decimals(2)
    .thresholds(goodFrom(0.98, 0.995))
    .links(runbooks('CapiDeliveryFailingFast')),
  stat('Delivered on time', 'Of the delivered events, those that Amazon had within 5 minutes of being accepted here.', {
    'on time': shareWithin(300, 'capi_delivery_latency_seconds', RANGE),
  })
    .unit('percentunit')
    .decimals(2)
    .thresholds(goodFrom(0.95, 0.99))
    .links(runbooks('CapiDeliveryLateFast')),
  stat('From order to Amazon', 'From the event’s own time to its delivery. What the shop sends late counts as well.', {
    median: quantileOfRange(0.5, 'capi_event_age_seconds'),
    '95 %': quantileOfRange(0.95, 'capi_event_age_seconds'),
  })
    .unit('s')
    .decimals(1),
  stat('Dead letters waiting', 'Events that Amazon did not take, waiting for a person to replay or discard them.', {
    'dead letters': `sum(${shared('account, reason', 'capi_dead_letters')})`,
  })
    .unit('short')
    .thresholds(warnFrom(1, 100))
    .links(runbooks('CapiDeadLettersGrowing', 'CapiDeadLettersOld')),
  stat('Accounts held', 'Accounts whose credentials or settings Amazon refuses. Their events wait; nothing is lost.', {
    held: `sum(${shared('account, reason', 'capi_account_held')})`,
  })
    .unit('short')
    .thresholds(ZERO_IS_GOOD)
    .links(runbooks('CapiAccountHeld')),
];

const conversions = [
  stat(
    'Revenue delivered',
    'Value of the purchases that Amazon took, by currency. OTHER mixes rare currencies, NONE has none.',
    {
      '{{currency}}': `sum by (currency) (increase(${ofAccounts('capi_delivered_value_total', PURCHASES)}${RANGE})) > 0`,
    },
  )
    .unit('none')
    .decimals(2),
  graph('Revenue by currency', 'Value of the purchases delivered, a minute, in units of each currency.', {
    '{{currency}}': perMinute('currency', 'capi_delivered_value_total', PURCHASES),
  })
    .unit('none')
    .withOverride(WITHOUT_ZEROS),
  stackedGraph('Delivered by event type', 'Events that Amazon took, a minute.', {
    '{{event_type}}': perMinute('event_type', 'capi_delivered_total'),
  }).unit('short'),
  table('By event type', 'Delivered and not delivered, in the time on the screen.', {
    Delivered: `sum by (event_type) (increase(${ofAccounts('capi_delivered_total')}${RANGE})) > 0`,
    'Dead letters': `sum by (event_type) (increase(${ofAccounts('capi_dead_lettered_total')}${RANGE})) > 0`,
  })
    .unit('short')
    .decimals(0),
];

const time = [
  graph('Time from order to Amazon', 'From the event’s own time to its delivery.', {
    median: quantile(0.5, 'capi_event_age_seconds'),
    '95 %': quantile(0.95, 'capi_event_age_seconds'),
  }).unit('s'),
  graph(
    'Share delivered in time',
    'Of the delivered events, those within a minute, 5 minutes and an hour of being accepted here.',
    {
      'a minute': shareWithin(60, 'capi_delivery_latency_seconds', RATE),
      '5 minutes': shareWithin(300, 'capi_delivery_latency_seconds', RATE),
      'an hour': shareWithin(3600, 'capi_delivery_latency_seconds', RATE),
    },
  )
    .unit('percentunit')
    .max(1)
    .links(runbooks('CapiDeliveryLateFast', 'CapiDeliveryLateSlow')),
  graph(
    'Age of the oldest event waiting',
    'How long the oldest job of each account has been on the queue; 0 for an empty queue.',
    { '{{account}}': ageOf('capi_queue_oldest_timestamp_seconds') },
  )
    .unit('s')
    .thresholds(warnFrom(300, 3600))
    .thresholdsStyle(LINES)
    .links(runbooks('CapiQueueOldestTooOld', 'CapiConversionsAtRisk')),
];

const lost = [
  ranking('Dead letters by cause', 'Events that became dead letters in the time on the screen.', {
    '{{reason}}': `sort_desc(sum by (reason) (increase(${ofAccounts('capi_dead_lettered_total')}${RANGE})) > 0)`,
  })
    .unit('short')
    .decimals(0)
    .links(runbooks('CapiDeadLettersGrowing')),
  ranking(
    'Rejected on intake',
    'Records that cannot be forwarded, in the time on the screen. The sender was told which and why.',
    { '{{reason}}': `sort_desc(sum by (reason) (increase(${ofAccounts('capi_events_refused_total')}${RANGE})) > 0)` },
  )
    .unit('short')
    .decimals(0)
    .links(runbooks('CapiEventsRefused')),
  states('Holds', 'When Amazon refused an account, and why.', {
    '{{account}} {{reason}}': shared('account, reason', 'capi_account_held'),
  })
    .unit('short')
    .thresholds(ZERO_IS_GOOD)
    .mappings(words(['open', 'green'], ['held', 'red']))
    .links(runbooks('CapiAccountHeld')),
  signedGraph(
    'Do the books balance?',
    'Events accepted, less ended, less counted on the queue. Anything but 0 is lost or from nowhere.',
    { '{{account}}': shared('account', 'capi_conservation_difference_events') },
  )
    .unit('short')
    .links(runbooks('CapiConservationBroken', 'CapiLedgerWentBack')),
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

/** For who mends what Amazon did not take: what waits, why, since when, and whether it gets less. */
import { dashboard } from './layout.js';
import { DEAD_LETTERS, graph, stat, table, warnFrom } from './panel.js';
import { ageOf, gainOfRange, ofAccounts, perMinute, RATE, shared, sharedGainOfRange } from './query.js';

const LETTERS = 'capi_dead_letters';
const ended = gainOfRange('capi_events_settled_total', 'outcome=~"delivered|dead_lettered"');
const byPeople = (metric: string) => `sum(max by (account) (rate(${ofAccounts(metric)}${RATE}))) * 60`;

const now = [
  stat({
    title: 'Waiting',
    description: 'Dead letters that nobody has replayed or discarded yet.',
    unit: 'short',
    steps: warnFrom(1, 100),
    queries: [{ expr: `sum(${shared('account, reason', LETTERS)})`, legend: 'waiting' }],
    runbooks: ['CapiDeadLettersGrowing'],
  }),
  stat({
    title: 'Oldest',
    description: 'How long the oldest one has waited. Amazon takes no event of more than 7 days.',
    unit: 's',
    steps: warnFrom(86_400, 432_000),
    queries: [{ expr: `max(${ageOf('capi_dead_letters_oldest_timestamp_seconds')})`, legend: 'oldest' }],
    runbooks: ['CapiDeadLettersOld'],
  }),
  stat({
    title: 'New',
    description: 'Events that became dead letters, in the time on the screen.',
    unit: 'short',
    decimals: 0,
    queries: [{ expr: gainOfRange('capi_dead_lettered_total'), legend: 'new' }],
    runbooks: ['CapiDeadLettersGrowing'],
  }),
  stat({
    title: 'Share of what ended',
    description: 'Dead letters of the events that were sent to an end, in the time on the screen.',
    unit: 'percentunit',
    decimals: 2,
    steps: warnFrom(0.005, 0.02),
    queries: [{ expr: `${gainOfRange('capi_dead_lettered_total')} / (${ended} > 0)`, legend: 'dead letters' }],
  }),
  stat({
    title: 'Replayed',
    description: 'Dead letters that a person sent back to the queue, in the time on the screen.',
    unit: 'short',
    decimals: 0,
    queries: [{ expr: sharedGainOfRange('capi_dead_letters_replayed_total'), legend: 'replayed' }],
  }),
  stat({
    title: 'Discarded',
    description: 'Dead letters that a person threw away, in the time on the screen.',
    unit: 'short',
    decimals: 0,
    queries: [{ expr: sharedGainOfRange('capi_dead_letters_discarded_total'), legend: 'discarded' }],
  }),
];

const why = [
  graph({
    title: 'New by reason',
    description: 'Events that became dead letters, a minute, by reason.',
    hue: DEAD_LETTERS,
    unit: 'short',
    style: 'stacked',
    queries: [{ expr: perMinute('reason', 'capi_dead_lettered_total'), legend: '{{reason}}' }],
    runbooks: ['CapiDeadLettersGrowing', 'CapiDeliveryFailingFast'],
  }),
  graph({
    title: 'New by event type',
    description: 'The same by event type: a fault of one source often shows here.',
    hue: DEAD_LETTERS,
    unit: 'short',
    style: 'stacked',
    queries: [{ expr: perMinute('event_type', 'capi_dead_lettered_total'), legend: '{{event_type}}' }],
  }),
  graph({
    title: 'New by account',
    description: 'The same by account.',
    hue: DEAD_LETTERS,
    unit: 'short',
    style: 'stacked',
    queries: [{ expr: perMinute('account', 'capi_dead_lettered_total'), legend: '{{account}}' }],
  }),
];

const waiting = [
  graph({
    title: 'Waiting by reason',
    description: 'Dead letters that wait, by reason. It falls when they are replayed or discarded.',
    hue: DEAD_LETTERS,
    unit: 'short',
    style: 'stacked',
    queries: [{ expr: `sum by (reason) (${shared('account, reason', LETTERS)})`, legend: '{{reason}}' }],
  }),
  graph({
    title: 'Oldest by account',
    description: 'How long the oldest one of each account has waited; 0 for none.',
    unit: 's',
    steps: warnFrom(86_400, 432_000),
    queries: [{ expr: ageOf('capi_dead_letters_oldest_timestamp_seconds'), legend: '{{account}}' }],
    runbooks: ['CapiDeadLettersOld'],
  }),
  graph({
    title: 'Replayed and discarded',
    description: 'What people did with them, a minute, by the ledger.',
    unit: 'short',
    style: 'stacked',
    queries: [
      { expr: byPeople('capi_dead_letters_replayed_total'), legend: 'replayed' },
      { expr: byPeople('capi_dead_letters_discarded_total'), legend: 'discarded' },
    ],
  }),
  table({
    title: 'By account and reason',
    description: 'What waits now. `capi-forwarder dead-letters stats` tells the causes behind each reason.',
    unit: 'short',
    decimals: 0,
    queries: [{ expr: `${shared('account, reason', LETTERS)} > 0`, legend: 'Waiting' }],
  }),
];

export const deadLetters = dashboard({
  uid: 'capi-dead-letters',
  title: 'Dead letters',
  description: 'What Amazon did not take, why, and what became of it.',
  from: 'now-24h',
  rows: [
    { title: 'In the time on the screen', height: 4, panels: now },
    { title: 'Why they come', height: 8, panels: why },
    { title: 'What waits', height: 8, panels: waiting },
  ],
});

/** For who mends what Amazon did not take: what waits, why, since when, and whether it gets less. */
import { dashboard } from './layout.js';
import { DEAD_LETTERS, graph, LINES, stackedGraph, stat, table, warnFrom } from './panel.js';
import { ageOf, gainOfRange, ofAccounts, perMinute, RATE, shared, sharedGainOfRange } from './query.js';
import { runbooks } from './runbooks.js';

const LETTERS = 'capi_dead_letters';
const ended = gainOfRange('capi_events_settled_total', 'outcome=~"delivered|dead_lettered"');
const byPeople = (metric: string) => `sum(max by (account) (rate(${ofAccounts(metric)}${RATE}))) * 60`;

const now = [
  stat('Waiting', 'Dead letters that nobody has replayed or discarded yet.', {
    waiting: `sum(${shared('account, reason', LETTERS)})`,
  })
    .unit('short')
    .thresholds(warnFrom(1, 100))
    .links(runbooks('CapiDeadLettersGrowing')),
  stat('Oldest', 'How long the oldest one has waited. Amazon takes no event of more than 7 days.', {
    oldest: `max(${ageOf('capi_dead_letters_oldest_timestamp_seconds')})`,
  })
    .unit('s')
    .thresholds(warnFrom(86_400, 432_000))
    .links(runbooks('CapiDeadLettersOld')),
  stat('New', 'Events that became dead letters, in the time on the screen.', {
    new: gainOfRange('capi_dead_lettered_total'),
  })
    .unit('short')
    .decimals(0)
    .links(runbooks('CapiDeadLettersGrowing')),
  stat('Share of what ended', 'Dead letters of the events that were sent to an end, in the time on the screen.', {
    'dead letters': `${gainOfRange('capi_dead_lettered_total')} / (${ended} > 0)`,
  })
    .unit('percentunit')
    .decimals(2)
    .thresholds(warnFrom(0.005, 0.02)),
  stat('Replayed', 'Dead letters that a person sent back to the queue, in the time on the screen.', {
    replayed: sharedGainOfRange('capi_dead_letters_replayed_total'),
  })
    .unit('short')
    .decimals(0),
  stat('Discarded', 'Dead letters that a person threw away, in the time on the screen.', {
    discarded: sharedGainOfRange('capi_dead_letters_discarded_total'),
  })
    .unit('short')
    .decimals(0),
];

const why = [
  stackedGraph('New by reason', 'Events that became dead letters, a minute, by reason.', {
    '{{reason}}': perMinute('reason', 'capi_dead_lettered_total'),
  })
    .unit('short')
    .overrideByFieldType('number', DEAD_LETTERS)
    .links(runbooks('CapiDeadLettersGrowing', 'CapiDeliveryFailingFast')),
  stackedGraph('New by event type', 'The same by event type: a fault of one source often shows here.', {
    '{{event_type}}': perMinute('event_type', 'capi_dead_lettered_total'),
  })
    .unit('short')
    .overrideByFieldType('number', DEAD_LETTERS),
  stackedGraph('New by account', 'The same by account.', {
    '{{account}}': perMinute('account', 'capi_dead_lettered_total'),
  })
    .unit('short')
    .overrideByFieldType('number', DEAD_LETTERS),
];

const waiting = [
  stackedGraph(
    'Waiting by reason',
    'Dead letters that wait, by reason. It falls when they are replayed or discarded.',
    { '{{reason}}': `sum by (reason) (${shared('account, reason', LETTERS)})` },
  )
    .unit('short')
    .overrideByFieldType('number', DEAD_LETTERS),
  graph('Oldest by account', 'How long the oldest one of each account has waited; 0 for none.', {
    '{{account}}': ageOf('capi_dead_letters_oldest_timestamp_seconds'),
  })
    .unit('s')
    .thresholds(warnFrom(86_400, 432_000))
    .thresholdsStyle(LINES)
    .links(runbooks('CapiDeadLettersOld')),
  stackedGraph('Replayed and discarded', 'What people did with them, a minute, by the ledger.', {
    replayed: byPeople('capi_dead_letters_replayed_total'),
    discarded: byPeople('capi_dead_letters_discarded_total'),
  }).unit('short'),
  table(
    'By account and reason',
    'What waits now. `capi-forwarder dead-letters stats` tells the causes behind each reason.',
    { Waiting: `${shared('account, reason', LETTERS)} > 0` },
  )
    .unit('short')
    .decimals(0),
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

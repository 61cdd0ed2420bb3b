/** For who sends the events: which match keys and what consent come in, by source. */
import { dashboard } from './layout.js';
import { graph, ranking, stackedGraph, stat, table } from './panel.js';
import { gainOfRange, ofAccounts, RANGE, RATE, ratePer } from './query.js';
import { runbooks } from './runbooks.js';

const KEYS = 'capi_event_match_keys_total';
const EVENTS = 'capi_events_consent_total';

const ofType = (type: string) => `type="${type}"`;
const gainPer = (labels: string, metric: string, more = '') =>
  `sum by (${labels}) (increase(${ofAccounts(metric, more)}${RANGE}))`;
/** Of all events in the time on the screen. */
const shareOfRange = (gain: string) => `${gain} / (${gainOfRange(EVENTS)} > 0)`;
const shareBySource = (metric: string, more: string) =>
  `${ratePer('source', metric, more)} / (${ratePer('source', EVENTS)} > 0)`;

const now = [
  stat('Events', 'Events that came in and were acknowledged, in the time on the screen.', {
    events: gainOfRange(EVENTS),
  })
    .unit('short')
    .decimals(0),
  ...[
    { title: 'With an e-mail address', type: 'EMAIL' },
    { title: 'With a phone number', type: 'PHONE' },
    { title: 'With a name', type: 'LAST_NAME' },
    { title: 'With a postal code', type: 'POSTAL' },
  ].map(({ title, type }) =>
    stat(title, `Share of the events that carry a match key of type ${type}, in the time on the screen.`, {
      [type]: shareOfRange(gainOfRange(KEYS, ofType(type))),
    })
      .unit('percentunit')
      .decimals(1),
  ),
  stat(
    'Consent given',
    'Share of the events with both of Amazon’s consent fields granted, in the time on the screen.',
    { given: shareOfRange(gainOfRange(EVENTS, 'consent="given"')) },
  )
    .unit('percentunit')
    .decimals(1),
];

const bySource = [
  { title: 'E-mail by source', what: 'an e-mail address', type: 'EMAIL' },
  { title: 'Phone by source', what: 'a phone number', type: 'PHONE' },
  { title: 'Name by source', what: 'a last name', type: 'LAST_NAME' },
  { title: 'Postal code by source', what: 'a postal code', type: 'POSTAL' },
].map(({ title, what, type }) =>
  graph(title, `Share of a source’s events that carry ${what}. A sudden fall is a changed checkout or tag.`, {
    '{{source}}': shareBySource(KEYS, ofType(type)),
  })
    .unit('percentunit')
    .max(1)
    .links(runbooks('CapiMatchKeyDropped')),
);

const kinds = [
  ranking('Match keys', 'Share of all events that carry each type, in the time on the screen.', {
    '{{type}}': `sort_desc(${gainPer('type', KEYS)} / on () group_left () (${gainOfRange(EVENTS)} > 0) > 0)`,
  })
    .unit('percentunit')
    .decimals(1),
  table('By source and match key', 'Share of a source’s events that carry each type, in the time on the screen.', {
    Share: `${gainPer('source, type', KEYS)} / on (source) group_left () (${gainPer('source', EVENTS)} > 0) > 0`,
  })
    .unit('percentunit')
    .decimals(1),
];

const consent = [
  stackedGraph(
    'Consent',
    'Share of the events by what they say of consent. `signal` is a TCF or GPP string or an IP address, which only Amazon reads.',
    {
      '{{consent}}': `${ratePer('consent', EVENTS)} / on () group_left () (sum(rate(${ofAccounts(EVENTS)}${RATE})) > 0)`,
    },
  )
    .unit('percentunit')
    .max(1),
  graph(
    'No consent signal by source',
    'Share of a source’s events that say nothing of consent. Accounts in the EU need a signal with each event.',
    { '{{source}}': shareBySource(EVENTS, 'consent="none"') },
  )
    .unit('percentunit')
    .max(1)
    .links(runbooks('CapiEventsRefused')),
  graph('Denied by source', 'Share of a source’s events in which a consent field of Amazon’s is denied.', {
    '{{source}}': shareBySource(EVENTS, 'consent="denied"'),
  })
    .unit('percentunit')
    .max(1),
];

export const coverage = dashboard({
  uid: 'capi-coverage',
  title: 'Coverage',
  description: 'By what Amazon can match the events that come in: match keys and consent, by source.',
  from: 'now-7d',
  rows: [
    { title: 'In the time on the screen', height: 4, panels: now },
    { title: 'Match keys by source', height: 8, panels: bySource, across: 2 },
    { title: 'All match keys', height: 9, panels: kinds },
    { title: 'What they say of consent', height: 8, panels: consent },
  ],
});

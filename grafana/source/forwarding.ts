/** For who operates it: queue, batches, Amazon's answers, window and tokens. */
import { dashboard } from './layout.js';
import {
  BATCHES_A_SECOND,
  EVENTS_A_SECOND,
  goodFrom,
  graph,
  LINES,
  type Queries,
  RETRIES,
  signedGraph,
  stackedGraph,
  stat,
  WITHOUT_ZEROS,
  warnFrom,
  ZERO_IS_GOOD,
} from './panel.js';
import { ageOf, gainOfRange, ofAccounts, ofProcesses, perMinute, quantile, RATE, ratePer, shared } from './query.js';
import { runbooks } from './runbooks.js';

const settled = (outcomes: string) => gainOfRange('capi_events_settled_total', `outcome=~"${outcomes}"`);
const quantiles = (metric: string, shares: readonly number[]): Queries =>
  Object.fromEntries(
    shares.map((share) => [share === 0.5 ? 'median' : `p${Math.round(share * 100)}`, quantile(share, metric)]),
  );

const now = [
  stat('Delivered', 'Events a second that Amazon took.', {
    delivered: `sum(rate(${ofAccounts('capi_events_settled_total', 'outcome="delivered"')}${RATE}))`,
  }).unit(EVENTS_A_SECOND),
  stat('Delivered share', 'Delivered of the events that were sent to an end, in the time on the screen.', {
    delivered: `${settled('delivered')} / (${settled('delivered|dead_lettered')} > 0)`,
  })
    .unit('percentunit')
    .thresholds(goodFrom(0.98, 0.995))
    .links(runbooks('CapiDeliveryFailingFast')),
  stat('Oldest waiting', 'For how long the oldest job of any account has waited; 0 for an empty queue.', {
    oldest: `max(${ageOf('capi_queue_oldest_timestamp_seconds')})`,
  })
    .unit('s')
    .thresholds(warnFrom(300, 3600))
    .links(runbooks('CapiQueueOldestTooOld')),
  stat('Queued events', 'Events on the queue by the ledger.', {
    queued: `sum(${shared('account', 'capi_queue_events')})`,
  }).unit('short'),
  stat('Dead letters waiting', 'Events that wait for a person.', {
    'dead letters': `sum(${shared('account, reason', 'capi_dead_letters')})`,
  })
    .unit('short')
    .thresholds(warnFrom(1, 100))
    .links(runbooks('CapiDeadLettersGrowing')),
  stat('Accounts held', 'Accounts that take no work because their credentials or settings are refused.', {
    held: `sum(${shared('account, reason', 'capi_account_held')})`,
  })
    .unit('short')
    .thresholds(ZERO_IS_GOOD)
    .links(runbooks('CapiAccountHeld')),
];

const flow = [
  stackedGraph('Settled by outcome', 'Events that ended, each once.', {
    '{{outcome}}': ratePer('outcome', 'capi_events_settled_total'),
  }).unit(EVENTS_A_SECOND),
  stackedGraph(
    'Enqueued by source',
    'Events acknowledged by the intake. What the library and files enqueue is counted by the ledger alone.',
    { '{{source}}': ratePer('source', 'capi_events_enqueued_total') },
  ).unit(EVENTS_A_SECOND),
  stackedGraph('Refused by reason', 'Records that the intake rejected.', {
    '{{reason}}': ratePer('reason', 'capi_events_refused_total'),
  })
    .unit(EVENTS_A_SECOND)
    .links(runbooks('CapiEventsRefused')),
  graph(
    'Time to delivery',
    'From enqueued to delivered.',
    quantiles('capi_delivery_latency_seconds', [0.5, 0.95, 0.99]),
  )
    .unit('s')
    .links(runbooks('CapiDeliveryLateFast', 'CapiDeliveryLateSlow')),
];

const requestsPer = (labels: string, more = '') =>
  `sum by (${labels}) (rate(${ofProcesses('capi_intake_requests_total', more)}${RATE}))`;

const intakeQuantile = (share: number) =>
  `histogram_quantile(${share}, sum by (le) (rate(${ofProcesses('capi_intake_request_duration_seconds_bucket')}${RATE})))`;

const intake = [
  stackedGraph(
    'Requests to the intake',
    'By what was answered: 202 queued, 200 nothing to queue, 4xx refused, 503 put off while Redis is away or full.',
    { '{{status}}': requestsPer('status') },
  ).unit('reqps'),
  stackedGraph('Requests by route', 'To which of its paths they came; `other` are paths that are not there.', {
    '{{route}}': requestsPer('route'),
  }).unit('reqps'),
  graph(
    'Bad keys and signatures',
    'Requests a minute that were answered 401. A webhook that has these alone was given another secret.',
    { '{{route}}': `${requestsPer('route', 'status="401"')} * 60` },
  )
    .unit('short')
    .links(runbooks('CapiWebhookSecretWrong')),
  graph('Duration of requests to the intake', 'From the head of a request to the end of its answer.', {
    median: intakeQuantile(0.5),
    p99: intakeQuantile(0.99),
  }).unit('s'),
];

const queue = [
  graph(
    'Jobs by state',
    'Jobs on the queue of all accounts. Jobs in `failed` should never be seen: events end as dead letters instead.',
    { '{{state}}': `sum by (state) (${shared('account, state', 'capi_queue_jobs')})` },
  )
    .unit('short')
    .withOverride(WITHOUT_ZEROS),
  graph('Queued events by account', 'Events accepted and not ended, by the ledger.', {
    '{{account}}': shared('account', 'capi_queue_events'),
  })
    .unit('short')
    .links(runbooks('CapiQueueGrowing', 'CapiQueueNotDraining')),
  graph('Oldest waiting by account', 'For how long the oldest job has waited; 0 for an empty queue.', {
    '{{account}}': ageOf('capi_queue_oldest_timestamp_seconds'),
  })
    .unit('s')
    .thresholds(warnFrom(300, 3600))
    .thresholdsStyle(LINES)
    .links(runbooks('CapiQueueOldestTooOld')),
  graph('Time to drain', 'How long what is queued would take at the speed of this moment, if nothing new came.', {
    '{{account}}': `${shared('account', 'capi_queue_events')} / (${ratePer('account', 'capi_events_settled_total')} > 0)`,
  })
    .unit('s')
    .links(runbooks('CapiQueueGrowing')),
];

const batches = [
  graph(
    'Fill of batches',
    'Events of a batch against BATCH_MAX_EVENTS. Full batches mean that there is work waiting.',
    {
      '{{account}}': `${ratePer('account', 'capi_batch_events_sum')} / ((${ratePer('account', 'capi_batch_events_count')} > 0) * ${shared('account', 'capi_batch_max_events')})`,
    },
  )
    .unit('percentunit')
    .max(1),
  stackedGraph(
    'Batches by what closed them',
    'Count and bytes under load, linger with little to do, drain when a worker stops.',
    { '{{closed_by}}': ratePer('closed_by', 'capi_batches_total') },
  ).unit(BATCHES_A_SECOND),
  graph(
    'Linger',
    'From a batch’s first event to its closing.',
    quantiles('capi_batch_linger_seconds', [0.5, 0.95]),
  ).unit('s'),
  graph('Bytes of a batch', 'Size of the request body.', quantiles('capi_batch_bytes', [0.5, 0.95])).unit('bytes'),
];

const amazon = [
  stackedGraph('Requests by status', 'Amazon’s answers; timeout and network where there was none.', {
    '{{status}}': ratePer('status', 'capi_requests_total'),
  })
    .unit('reqps')
    .links(runbooks('CapiThrottled')),
  graph(
    'Request duration',
    'From sending a request to its answer.',
    quantiles('capi_request_duration_seconds', [0.5, 0.95, 0.99]),
  ).unit('s'),
  graph('Requests in flight', 'Requests without an answer yet; at most BATCHES_IN_FLIGHT a worker.', {
    '{{account}}': `sum by (account) (${ofAccounts('capi_requests_in_flight')})`,
  }).unit('short'),
  stackedGraph('Retries by reason', 'Events sent back to the queue with an attempt spent.', {
    '{{reason}}': ratePer('reason', 'capi_event_retries_total'),
  })
    .unit(EVENTS_A_SECOND)
    .overrideByFieldType('number', RETRIES),
  graph(
    'Unknown answers',
    'Answers of status 2xx in no known form, a minute. None of their events counts as delivered.',
    { '{{account}}': perMinute('account', 'capi_unknown_answers_total') },
  )
    .unit('short')
    .links(runbooks('CapiUnknownAnswers')),
];

const windowAndToken = [
  stackedGraph(
    'Claims by result',
    'Ids asked for: claimed ones are sent, delivered ones are duplicates, busy ones wait for another run.',
    { '{{result}}': ratePer('result', 'capi_window_claims_total') },
  ).unit(EVENTS_A_SECOND),
  graph('Ids in the window', 'Ids remembered as delivered, and claims; an estimate from a sample.', {
    '{{account}}': shared('account', 'capi_window_ids'),
  }).unit('short'),
  signedGraph('Time to token expiry', 'Until the access token in use ends. It is renewed a minute before.', {
    '{{account}}': `min by (account) ((${ofAccounts('capi_token_expiry_timestamp_seconds')} > 0) - time())`,
  })
    .unit('s')
    .links(runbooks('CapiTokenRefreshFailing')),
  stackedGraph(
    'Token refreshes by result',
    'A minute. Refused means that the credentials are wrong, failed that Login with Amazon could not be reached.',
    { '{{result}}': perMinute('result', 'capi_token_refreshes_total') },
  )
    .unit('short')
    .links(runbooks('CapiTokenRefreshFailing', 'CapiAccountHeld')),
];

export const forwarding = dashboard({
  uid: 'capi-forwarding',
  title: 'Forwarding',
  description: 'Whether conversions reach Amazon, and if not, where they wait.',
  from: 'now-6h',
  rows: [
    { title: 'Now', height: 4, panels: now },
    { title: 'Flow', height: 8, panels: flow },
    { title: 'Intake', height: 8, panels: intake },
    { title: 'Queue', height: 8, panels: queue },
    { title: 'Batches', height: 8, panels: batches },
    { title: 'Amazon', height: 8, panels: amazon },
    { title: 'Window and token', height: 8, panels: windowAndToken },
  ],
});

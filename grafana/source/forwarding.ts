/** For who operates it: queue, batches, Amazon's answers, window and tokens. */
import { dashboard } from './layout.js';
import { BATCHES_A_SECOND, EVENTS_A_SECOND, goodFrom, graph, RETRIES, stat, warnFrom, ZERO_IS_GOOD } from './panel.js';
import { ageOf, gainOfRange, ofAccounts, ofProcesses, perMinute, quantile, RATE, ratePer, shared } from './query.js';

const settled = (outcomes: string) => gainOfRange('capi_events_settled_total', `outcome=~"${outcomes}"`);
const quantiles = (metric: string, shares: readonly number[]) =>
  shares.map((share) => ({
    expr: quantile(share, metric),
    legend: share === 0.5 ? 'median' : `p${Math.round(share * 100)}`,
  }));

const now = [
  stat({
    title: 'Delivered',
    description: 'Events a second that Amazon took.',
    unit: EVENTS_A_SECOND,
    queries: [
      {
        expr: `sum(rate(${ofAccounts('capi_events_settled_total', 'outcome="delivered"')}${RATE}))`,
        legend: 'delivered',
      },
    ],
  }),
  stat({
    title: 'Delivered share',
    description: 'Delivered of the events that were sent to an end, in the time on the screen.',
    unit: 'percentunit',
    steps: goodFrom(0.98, 0.995),
    queries: [{ expr: `${settled('delivered')} / (${settled('delivered|dead_lettered')} > 0)`, legend: 'delivered' }],
    runbooks: ['CapiDeliveryFailingFast'],
  }),
  stat({
    title: 'Oldest waiting',
    description: 'For how long the oldest job of any account has waited; 0 for an empty queue.',
    unit: 's',
    steps: warnFrom(300, 3600),
    queries: [{ expr: `max(${ageOf('capi_queue_oldest_timestamp_seconds')})`, legend: 'oldest' }],
    runbooks: ['CapiQueueOldestTooOld'],
  }),
  stat({
    title: 'Queued events',
    description: 'Events on the queue by the ledger.',
    unit: 'short',
    queries: [{ expr: `sum(${shared('account', 'capi_queue_events')})`, legend: 'queued' }],
  }),
  stat({
    title: 'Dead letters waiting',
    description: 'Events that wait for a person.',
    unit: 'short',
    steps: warnFrom(1, 100),
    queries: [{ expr: `sum(${shared('account, reason', 'capi_dead_letters')})`, legend: 'dead letters' }],
    runbooks: ['CapiDeadLettersGrowing'],
  }),
  stat({
    title: 'Accounts held',
    description: 'Accounts that take no work because their credentials or settings are refused.',
    unit: 'short',
    steps: ZERO_IS_GOOD,
    queries: [{ expr: `sum(${shared('account, reason', 'capi_account_held')})`, legend: 'held' }],
    runbooks: ['CapiAccountHeld'],
  }),
];

const flow = [
  graph({
    title: 'Settled by outcome',
    description: 'Events that ended, each once.',
    unit: EVENTS_A_SECOND,
    style: 'stacked',
    queries: [{ expr: ratePer('outcome', 'capi_events_settled_total'), legend: '{{outcome}}' }],
  }),
  graph({
    title: 'Enqueued by source',
    description:
      'Events acknowledged by the intake. What the library and files enqueue is counted by the ledger alone.',
    unit: EVENTS_A_SECOND,
    style: 'stacked',
    queries: [{ expr: ratePer('source', 'capi_events_enqueued_total'), legend: '{{source}}' }],
  }),
  graph({
    title: 'Refused by reason',
    description: 'Records that the intake rejected.',
    unit: EVENTS_A_SECOND,
    style: 'stacked',
    queries: [{ expr: ratePer('reason', 'capi_events_refused_total'), legend: '{{reason}}' }],
    runbooks: ['CapiEventsRefused'],
  }),
  graph({
    title: 'Time to delivery',
    description: 'From enqueued to delivered.',
    unit: 's',
    queries: quantiles('capi_delivery_latency_seconds', [0.5, 0.95, 0.99]),
    runbooks: ['CapiDeliveryLateFast', 'CapiDeliveryLateSlow'],
  }),
];

const requestsPer = (labels: string, more = '') =>
  `sum by (${labels}) (rate(${ofProcesses('capi_intake_requests_total', more)}${RATE}))`;

const intake = [
  graph({
    title: 'Requests to the intake',
    description:
      'By what was answered: 202 queued, 200 nothing to queue, 4xx refused, 503 put off while Redis is away or full.',
    unit: 'reqps',
    style: 'stacked',
    queries: [{ expr: requestsPer('status'), legend: '{{status}}' }],
  }),
  graph({
    title: 'Requests by route',
    description: 'To which of its paths they came; `other` are paths that are not there.',
    unit: 'reqps',
    style: 'stacked',
    queries: [{ expr: requestsPer('route'), legend: '{{route}}' }],
  }),
  graph({
    title: 'Bad keys and signatures',
    description: 'Requests a minute that were answered 401. A webhook that has these alone was given another secret.',
    unit: 'short',
    queries: [{ expr: `${requestsPer('route', 'status="401"')} * 60`, legend: '{{route}}' }],
    runbooks: ['CapiWebhookSecretWrong'],
  }),
  graph({
    title: 'Duration of requests to the intake',
    description: 'From the head of a request to the end of its answer.',
    unit: 's',
    queries: [0.5, 0.99].map((share) => ({
      expr: `histogram_quantile(${share}, sum by (le) (rate(${ofProcesses('capi_intake_request_duration_seconds_bucket')}${RATE})))`,
      legend: share === 0.5 ? 'median' : 'p99',
    })),
  }),
];

const queue = [
  graph({
    title: 'Jobs by state',
    hidesZeros: true,
    description:
      'Jobs on the queue of all accounts. Jobs in `failed` should never be seen: events end as dead letters instead.',
    unit: 'short',
    queries: [{ expr: `sum by (state) (${shared('account, state', 'capi_queue_jobs')})`, legend: '{{state}}' }],
  }),
  graph({
    title: 'Queued events by account',
    description: 'Events accepted and not ended, by the ledger.',
    unit: 'short',
    queries: [{ expr: shared('account', 'capi_queue_events'), legend: '{{account}}' }],
    runbooks: ['CapiQueueGrowing', 'CapiQueueNotDraining'],
  }),
  graph({
    title: 'Oldest waiting by account',
    description: 'For how long the oldest job has waited; 0 for an empty queue.',
    unit: 's',
    steps: warnFrom(300, 3600),
    queries: [{ expr: ageOf('capi_queue_oldest_timestamp_seconds'), legend: '{{account}}' }],
    runbooks: ['CapiQueueOldestTooOld'],
  }),
  graph({
    title: 'Time to drain',
    description: 'How long what is queued would take at the speed of this moment, if nothing new came.',
    unit: 's',
    queries: [
      {
        expr: `${shared('account', 'capi_queue_events')} / (${ratePer('account', 'capi_events_settled_total')} > 0)`,
        legend: '{{account}}',
      },
    ],
    runbooks: ['CapiQueueGrowing'],
  }),
];

const batches = [
  graph({
    title: 'Fill of batches',
    description: 'Events of a batch against BATCH_MAX_EVENTS. Full batches mean that there is work waiting.',
    unit: 'percentunit',
    max: 1,
    queries: [
      {
        expr: `${ratePer('account', 'capi_batch_events_sum')} / ((${ratePer('account', 'capi_batch_events_count')} > 0) * ${shared('account', 'capi_batch_max_events')})`,
        legend: '{{account}}',
      },
    ],
  }),
  graph({
    title: 'Batches by what closed them',
    description: 'Count and bytes under load, linger with little to do, drain when a worker stops.',
    unit: BATCHES_A_SECOND,
    style: 'stacked',
    queries: [{ expr: ratePer('closed_by', 'capi_batches_total'), legend: '{{closed_by}}' }],
  }),
  graph({
    title: 'Linger',
    description: 'From a batch’s first event to its closing.',
    unit: 's',
    queries: quantiles('capi_batch_linger_seconds', [0.5, 0.95]),
  }),
  graph({
    title: 'Bytes of a batch',
    description: 'Size of the request body.',
    unit: 'bytes',
    queries: quantiles('capi_batch_bytes', [0.5, 0.95]),
  }),
];

const amazon = [
  graph({
    title: 'Requests by status',
    description: 'Amazon’s answers; timeout and network where there was none.',
    unit: 'reqps',
    style: 'stacked',
    queries: [{ expr: ratePer('status', 'capi_requests_total'), legend: '{{status}}' }],
    runbooks: ['CapiThrottled'],
  }),
  graph({
    title: 'Request duration',
    description: 'From sending a request to its answer.',
    unit: 's',
    queries: quantiles('capi_request_duration_seconds', [0.5, 0.95, 0.99]),
  }),
  graph({
    title: 'Requests in flight',
    description: 'Requests without an answer yet; at most BATCHES_IN_FLIGHT a worker.',
    unit: 'short',
    queries: [{ expr: `sum by (account) (${ofAccounts('capi_requests_in_flight')})`, legend: '{{account}}' }],
  }),
  graph({
    title: 'Retries by reason',
    description: 'Events sent back to the queue with an attempt spent.',
    unit: EVENTS_A_SECOND,
    style: 'stacked',
    hue: RETRIES,
    queries: [{ expr: ratePer('reason', 'capi_event_retries_total'), legend: '{{reason}}' }],
  }),
  graph({
    title: 'Unknown answers',
    description: 'Answers of status 2xx in no known form, a minute. None of their events counts as delivered.',
    unit: 'short',
    queries: [{ expr: perMinute('account', 'capi_unknown_answers_total'), legend: '{{account}}' }],
    runbooks: ['CapiUnknownAnswers'],
  }),
];

const windowAndToken = [
  graph({
    title: 'Claims by result',
    description: 'Ids asked for: claimed ones are sent, delivered ones are duplicates, busy ones wait for another run.',
    unit: EVENTS_A_SECOND,
    style: 'stacked',
    queries: [{ expr: ratePer('result', 'capi_window_claims_total'), legend: '{{result}}' }],
  }),
  graph({
    title: 'Ids in the window',
    description: 'Ids remembered as delivered, and claims; an estimate from a sample.',
    unit: 'short',
    queries: [{ expr: shared('account', 'capi_window_ids'), legend: '{{account}}' }],
  }),
  graph({
    title: 'Time to token expiry',
    description: 'Until the access token in use ends. It is renewed a minute before.',
    unit: 's',
    isSigned: true,
    queries: [
      {
        expr: `min by (account) ((${ofAccounts('capi_token_expiry_timestamp_seconds')} > 0) - time())`,
        legend: '{{account}}',
      },
    ],
    runbooks: ['CapiTokenRefreshFailing'],
  }),
  graph({
    title: 'Token refreshes by result',
    description:
      'A minute. Refused means that the credentials are wrong, failed that Login with Amazon could not be reached.',
    unit: 'short',
    style: 'stacked',
    queries: [{ expr: perMinute('result', 'capi_token_refreshes_total'), legend: '{{result}}' }],
    runbooks: ['CapiTokenRefreshFailing', 'CapiAccountHeld'],
  }),
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

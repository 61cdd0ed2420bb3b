/**
 * Every metric, in one list. Prefix `capi_`; labels come from closed sets plus `account`; never an id.
 *
 * Promises: what can be known at start is there from the start, at 0, so that a first failure is an increase and not a new
 * series; metric-series.ts says where that ends. Totals that Redis keeps come with the first reading of it.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { EVENT_TYPES } from '../mapping/event.js';
import { DEAD_REASONS, HOLD_REASONS, RETRY_REASONS } from '../mapping/outcome.js';
import { REFUSAL_REASONS } from '../mapping/refusal.js';
import { SOURCES } from '../mapping/source.js';
import { BUCKETS } from './buckets.js';
import { CoverageSeries } from './coverage-series.js';
import {
  CLAIM_RESULTS,
  CLOSED_BY,
  INTAKE_ROUTES,
  INTAKE_STATUSES,
  JOB_STATES,
  REDIS_COMMANDS,
  REFRESH_RESULTS,
  REQUEST_STATUSES,
  SETTLED_OUTCOMES,
  VALUE_LABELS,
} from './metric-labels.js';
import { AccountSeries } from './metric-series.js';
import { MoneyCounter } from './money-counter.js';
import { OldestRun } from './oldest-run.js';
import { VERSION } from './version.js';

/** What a process does: it exports for its accounts what has a meaning there, and what Redis says of them. */
export type MetricsRole = 'intake' | 'worker' | 'console' | 'reconcile';

export class Metrics {
  readonly registry = new Registry();

  readonly eventsEnqueued;
  readonly eventsRefused;
  readonly intakeRequests;
  readonly intakeDuration;
  readonly coverage;
  readonly reconcileOrders;
  readonly reconcileEnqueued;
  readonly reconcileLastRun;
  readonly eventsSettled;
  readonly eventRetries;
  readonly deadLettered;
  readonly delivered;
  readonly deliveredValue;
  readonly ledgerEvents;
  readonly ledgerWentBack;
  readonly conservationDifference;
  readonly conservationChecked;
  readonly queueJobs;
  readonly queueEvents;
  readonly queueOldest;
  readonly deadLetters;
  readonly deadLettersOldest;
  readonly deadLettersReplayed;
  readonly deadLettersDiscarded;
  readonly batches;
  readonly batchEvents;
  readonly batchBytes;
  readonly batchLinger;
  readonly batchMaxEvents;
  readonly requests;
  readonly unknownAnswers;
  readonly requestDuration;
  readonly requestsInFlight;
  readonly deliveryLatency;
  readonly eventAge;
  readonly tokenRefreshes;
  readonly tokenExpiry;
  readonly refreshTokenExpiry;
  readonly accountHeld;
  readonly windowClaims;
  readonly windowIds;
  readonly redisUp;
  readonly redisDuration;
  readonly jobsStalled;
  readonly oldestRun;
  readonly maxEventAge;
  readonly redisMemoryUsed;
  readonly redisMemoryMax;
  readonly redisEvictedKeys;
  readonly redisDiskFailing;
  readonly clockOffset;
  readonly accountWithoutWorker;
  readonly accountsFileUsable;
  readonly secretFilesUnusable;
  readonly collectionDuration;
  readonly collectionFailures;
  readonly receiptsLost;

  /**
   * @param accounts the accounts that this process works for
   * @param role undefined for every metric, whatever the process does
   */
  constructor(accounts: readonly string[], role?: MetricsRole) {
    collectDefaultMetrics({ register: this.registry });
    const registers = [this.registry];
    new Gauge({
      name: 'capi_build_info',
      help: 'Always 1; the labels say what runs.',
      labelNames: ['version', 'node_version'],
      registers,
    }).set({ version: VERSION, node_version: process.version }, 1);

    const accountsOf = (owner: MetricsRole) => (role === undefined || role === owner ? accounts : []);
    // What a reconcile brings in comes through the same door.
    const intake = new AccountSeries(this.registry, accountsOf(role === 'reconcile' ? role : 'intake'));
    const worker = new AccountSeries(this.registry, accountsOf('worker'));
    const shared = new AccountSeries(this.registry, accounts);

    this.eventsEnqueued = intake.counter('events_enqueued_total', 'Events acknowledged: they are in Redis.', {
      source: SOURCES,
    });
    this.eventsRefused = intake.counter('events_refused_total', 'Events rejected on intake.', {
      source: SOURCES,
      reason: REFUSAL_REASONS,
    });
    this.intakeRequests = new Counter({
      name: 'capi_intake_requests_total',
      help: 'Requests to the intake by route and status.',
      labelNames: ['route', 'status'],
      registers,
    });
    this.intakeDuration = new Histogram({
      name: 'capi_intake_request_duration_seconds',
      help: 'From the head of a request to the intake to the end of its answer.',
      labelNames: ['route'],
      buckets: BUCKETS.request,
      registers,
    });
    if (role === undefined || role === 'intake') this.#beginIntakeAtZero();
    this.coverage = new CoverageSeries(intake);
    this.reconcileOrders = shared.total(
      'reconcile_orders_total',
      'Orders of the shop that reconciles have looked at, each once.',
      ['account', 'source'],
    );
    this.reconcileEnqueued = shared.total(
      'reconcile_enqueued_total',
      'Orders that no webhook had brought, enqueued by a reconcile, each once.',
      ['account', 'source'],
    );
    this.reconcileLastRun = shared.known(
      'reconcile_last_run_timestamp_seconds',
      'When a reconcile of the shop last ended well.',
      ['account', 'source'],
    );
    this.eventsSettled = worker.counter('events_settled_total', 'Events that ended, each once.', {
      outcome: SETTLED_OUTCOMES,
    });
    this.eventRetries = worker.counter('event_retries_total', 'Events sent back to the queue with an attempt spent.', {
      reason: RETRY_REASONS,
    });
    this.deadLettered = worker.counter('dead_lettered_total', 'Events that became dead letters.', {
      reason: DEAD_REASONS,
      event_type: EVENT_TYPES,
    });
    this.delivered = worker.counter('delivered_total', 'Events that Amazon took, by event type.', {
      event_type: EVENT_TYPES,
    });
    this.deliveredValue = new MoneyCounter({
      name: 'capi_delivered_value_total',
      help: 'Value of the events that Amazon took, in units of the currency; OTHER mixes the rest, NONE has none.',
      registry: this.registry,
      labelNames: ['account', 'event_type', 'currency'],
      combinations: worker.isInFull
        ? accountsOf('worker').flatMap((account) => VALUE_LABELS.map((labels) => Object.assign({ account }, labels)))
        : [],
    });
    this.ledgerEvents = shared.total(
      'ledger_events_total',
      'Events by the ledger in Redis, since its beginning and the same number at every replica.',
      ['account', 'entry'],
    );
    this.ledgerWentBack = intake.counter(
      'ledger_went_back_total',
      'Times that Redis had accepted fewer events than this process had acknowledged: some of them are gone.',
    );
    this.conservationDifference = shared.gauge(
      'conservation_difference_events',
      'Events accepted less events ended less events counted on the queue: not 0 means lost or double-counted.',
    );
    this.conservationChecked = shared.gauge(
      'conservation_checked_timestamp_seconds',
      'When the queue was last short enough to be counted against the ledger; 0 for never.',
    );
    this.queueJobs = shared.gauge('queue_jobs', 'Jobs on the queue, the same number at every replica.', {
      state: JOB_STATES,
    });
    this.queueEvents = shared.gauge(
      'queue_events',
      'Events on the queue by the ledger, the same number at every replica.',
    );
    this.queueOldest = shared.gauge(
      'queue_oldest_timestamp_seconds',
      'When the oldest waiting job was enqueued; 0 for none.',
    );
    this.deadLetters = shared.gauge('dead_letters', 'Dead letters waiting for a person.', { reason: DEAD_REASONS });
    this.deadLettersOldest = shared.gauge(
      'dead_letters_oldest_timestamp_seconds',
      'When the oldest dead letter was written; 0 for none.',
    );
    this.deadLettersReplayed = shared.total('dead_letters_replayed_total', 'Dead letters sent back to the queue.', [
      'account',
    ]);
    this.deadLettersDiscarded = shared.total('dead_letters_discarded_total', 'Dead letters thrown away by a person.', [
      'account',
    ]);
    this.batches = worker.counter('batches_total', 'Batches by what closed them.', { closed_by: CLOSED_BY });
    this.batchEvents = worker.histogram('batch_events', 'Events of a batch.', BUCKETS.events);
    this.batchBytes = worker.histogram('batch_bytes', 'Bytes of a batch on the wire.', BUCKETS.bytes);
    this.batchLinger = worker.histogram(
      'batch_linger_seconds',
      'From a batch’s first event to its closing.',
      BUCKETS.linger,
    );
    this.batchMaxEvents = worker.gauge('batch_max_events', 'BATCH_MAX_EVENTS, to set the fill of batches against.');
    this.requests = worker.counter('requests_total', 'Requests to Amazon by status, or timeout, or network.', {
      status: REQUEST_STATUSES,
    });
    this.unknownAnswers = worker.counter(
      'unknown_answers_total',
      'Answers of status 2xx in no known form: nothing of them counts as delivered.',
    );
    this.requestDuration = worker.histogram(
      'request_duration_seconds',
      'From sending a request to its answer.',
      BUCKETS.request,
    );
    this.requestsInFlight = worker.gauge('requests_in_flight', 'Requests to Amazon without an answer yet.');
    this.deliveryLatency = worker.tally('delivery_latency_seconds', 'From enqueued to delivered.', BUCKETS.delivery);
    this.eventAge = worker.tally('event_age_seconds', 'From the event’s own time to delivered.', BUCKETS.age);
    this.tokenRefreshes = worker.counter('token_refreshes_total', 'Token refreshes by result.', {
      result: REFRESH_RESULTS,
    });
    this.tokenExpiry = worker.gauge('token_expiry_timestamp_seconds', 'When the token in use ends; 0 for none.');
    this.refreshTokenExpiry = worker.known(
      'refresh_token_expires_timestamp_seconds',
      'When the refresh token of the account ends, 365 days after the consent or after it was first seen.',
      ['account'],
    );
    this.accountHeld = shared.gauge('account_held', '1 while the account takes no work for this reason.', {
      reason: HOLD_REASONS,
    });
    this.windowClaims = worker.counter('window_claims_total', 'Ids asked for in the window by result.', {
      result: CLAIM_RESULTS,
    });
    this.windowIds = shared.gauge('window_ids', 'Ids delivered in the window, to the hour.');
    this.jobsStalled = worker.counter(
      'jobs_stalled_total',
      'Jobs whose worker was lost and that went back to the queue.',
    );

    this.oldestRun = new OldestRun(this.registry, accounts);

    this.maxEventAge = shared.gauge('max_event_age_seconds', 'Older events of the account are not sent.');
    this.redisMemoryUsed = this.#ofProcess('redis_memory_used_bytes', 'Memory of Redis in use, at its fullest server.');
    this.redisMemoryMax = this.#ofProcess('redis_memory_max_bytes', 'The maxmemory of that server; 0 for no bound.');
    this.redisEvictedKeys = shared.total(
      'redis_evicted_keys_total',
      'Keys that Redis threw away to make room, since its start. Each may have been an event.',
      [],
    );
    this.redisDiskFailing = this.#ofProcess(
      'redis_disk_failing',
      '1 while Redis cannot write its append-only file or its snapshot, and so refuses writes.',
    );
    this.accountWithoutWorker = shared.gauge(
      'account_without_worker',
      '1 while no live worker serves the account: what is accepted for it waits.',
    );
    this.accountsFileUsable = this.#ofProcess(
      'accounts_file_usable',
      '0 while ACCOUNTS_FILE is gone or wrong, and what was read last is used.',
    );
    this.accountsFileUsable.set(1);
    this.clockOffset = this.#ofProcess(
      'clock_offset_seconds',
      'The clock of this process less the clock of Redis; above 0 where it is ahead.',
    );
    this.secretFilesUnusable = this.#ofProcess('secret_files_unusable', 'Secret files that are gone, empty or wrong.');
    this.collectionDuration = this.#ofProcess(
      'collection_duration_seconds',
      'How long the last reading of Redis for these metrics took.',
    );
    this.collectionFailures = new Counter({
      name: 'capi_collection_failures_total',
      help: 'Readings of Redis for these metrics that failed or took too long.',
      registers,
    });
    this.receiptsLost = new Counter({
      name: 'capi_receipts_lost_total',
      help: 'Lines that RECEIPTS_FILE did not take.',
      registers: role === 'console' || role === 'reconcile' ? [] : registers,
    });
    this.redisUp = new Gauge({ name: 'capi_redis_up', help: '1 while Redis answers.', registers });
    this.redisDuration = new Histogram({
      name: 'capi_redis_command_duration_seconds',
      help: 'Duration of our own calls to Redis.',
      labelNames: ['command'],
      buckets: BUCKETS.redis,
      registers,
    });
    for (const command of REDIS_COMMANDS) this.redisDuration.zero({ command });
  }

  #beginIntakeAtZero(): void {
    for (const route of INTAKE_ROUTES) {
      this.intakeDuration.zero({ route });
      for (const status of INTAKE_STATUSES) this.intakeRequests.inc({ route, status }, 0);
    }
  }

  #ofProcess(name: string, help: string): Gauge {
    return new Gauge({ name: `capi_${name}`, help, registers: [this.registry] });
  }
}

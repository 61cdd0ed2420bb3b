/**
 * Every metric, in one list. Prefix `capi_`; labels come from closed sets plus `account`; never an id.
 *
 * Promises: whatever can be known at the start exists from the start, at 0, so that a first failure is an increase and
 * not a new series (limits: metric-series.ts). Totals in Redis appear with their first reading.
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

/** The role of a process decides which metrics it exports for its accounts. */
export type MetricsRole = 'intake' | 'worker' | 'console' | 'reconcile';

/** The series of a process by role. Those of other roles are registered without an account. */
class SeriesByRole {
  readonly registry = new Registry();
  protected readonly role: MetricsRole | undefined;
  /** A reconcile enqueues events like the intake. */
  protected readonly intake: AccountSeries;
  protected readonly worker: AccountSeries;
  protected readonly shared: AccountSeries;

  constructor(accounts: readonly string[], role: MetricsRole | undefined) {
    const accountsOf = (owner: MetricsRole) => (role === undefined || role === owner ? accounts : []);
    this.role = role;
    collectDefaultMetrics({ register: this.registry });
    this.intake = new AccountSeries(this.registry, accountsOf(role === 'reconcile' ? role : 'intake'));
    this.worker = new AccountSeries(this.registry, accountsOf('worker'));
    this.shared = new AccountSeries(this.registry, accounts);
  }
}

export class Metrics extends SeriesByRole {
  readonly eventsEnqueued = this.intake.counter('events_enqueued_total', 'Events acknowledged: they are in Redis.', {
    source: SOURCES,
  });
  readonly eventsRefused = this.intake.counter('events_refused_total', 'Events rejected on intake.', {
    source: SOURCES,
    reason: REFUSAL_REASONS,
  });
  readonly intakeRequests = new Counter({
    name: 'capi_intake_requests_total',
    help: 'Requests to the intake by route and status.',
    labelNames: ['route', 'status'],
    registers: [this.registry],
  });
  readonly intakeDuration = new Histogram({
    name: 'capi_intake_request_duration_seconds',
    help: 'From the head of a request to the intake to the end of its answer.',
    labelNames: ['route'],
    buckets: BUCKETS.request,
    registers: [this.registry],
  });
  readonly coverage = new CoverageSeries(this.intake);
  readonly reconcileOrders = this.shared.total(
    'reconcile_orders_total',
    'Orders of the shop that reconciles have looked at, each once.',
    ['account', 'source'],
  );
  readonly reconcileEnqueued = this.shared.total(
    'reconcile_enqueued_total',
    'Orders that no webhook had brought, enqueued by a reconcile, each once.',
    ['account', 'source'],
  );
  readonly reconcileLastRun = this.shared.known(
    'reconcile_last_run_timestamp_seconds',
    'When a reconcile of the shop last ended well.',
    ['account', 'source'],
  );
  readonly eventsSettled = this.worker.counter('events_settled_total', 'Events that ended, each once.', {
    outcome: SETTLED_OUTCOMES,
  });
  readonly eventRetries = this.worker.counter(
    'event_retries_total',
    'Events sent back to the queue with an attempt spent.',
    {
      reason: RETRY_REASONS,
    },
  );
  readonly deadLettered = this.worker.counter('dead_lettered_total', 'Events that became dead letters.', {
    reason: DEAD_REASONS,
    event_type: EVENT_TYPES,
  });
  readonly delivered = this.worker.counter('delivered_total', 'Events that Amazon took, by event type.', {
    event_type: EVENT_TYPES,
  });
  readonly deliveredValue = new MoneyCounter({
    name: 'capi_delivered_value_total',
    help: 'Value of the events that Amazon took, in units of the currency; OTHER mixes the rest, NONE has none.',
    registry: this.registry,
    labelNames: ['account', 'event_type', 'currency'],
    combinations: this.worker.isInFull
      ? this.worker.accounts.flatMap((account) => VALUE_LABELS.map((labels) => Object.assign({ account }, labels)))
      : [],
  });
  readonly ledgerEvents = this.shared.total(
    'ledger_events_total',
    'Events by the ledger in Redis, since its beginning and the same number at every replica.',
    ['account', 'entry'],
  );
  readonly ledgerWentBack = this.intake.counter(
    'ledger_went_back_total',
    'Times that Redis had accepted fewer events than this process had acknowledged: some of them are gone.',
  );
  readonly conservationDifference = this.shared.gauge(
    'conservation_difference_events',
    'Events accepted less events ended less events counted on the queue: not 0 means lost or double-counted.',
  );
  readonly conservationChecked = this.shared.gauge(
    'conservation_checked_timestamp_seconds',
    'When the queue was last short enough to be counted against the ledger; 0 for never.',
  );
  readonly queueJobs = this.shared.gauge('queue_jobs', 'Jobs on the queue, the same number at every replica.', {
    state: JOB_STATES,
  });
  readonly queueEvents = this.shared.gauge(
    'queue_events',
    'Events on the queue by the ledger, the same number at every replica.',
  );
  readonly queueOldest = this.shared.gauge(
    'queue_oldest_timestamp_seconds',
    'When the oldest waiting job was enqueued; 0 for none.',
  );
  readonly deadLetters = this.shared.gauge('dead_letters', 'Dead letters waiting for a person.', {
    reason: DEAD_REASONS,
  });
  readonly deadLettersOldest = this.shared.gauge(
    'dead_letters_oldest_timestamp_seconds',
    'When the oldest dead letter was written; 0 for none.',
  );
  readonly deadLettersReplayed = this.shared.total(
    'dead_letters_replayed_total',
    'Dead letters sent back to the queue.',
    ['account'],
  );
  readonly deadLettersDiscarded = this.shared.total(
    'dead_letters_discarded_total',
    'Dead letters discarded by a person.',
    ['account'],
  );
  readonly batches = this.worker.counter('batches_total', 'Batches by what closed them.', { closed_by: CLOSED_BY });
  readonly batchEvents = this.worker.histogram('batch_events', 'Events of a batch.', BUCKETS.events);
  readonly batchBytes = this.worker.histogram('batch_bytes', 'Bytes of a batch on the wire.', BUCKETS.bytes);
  readonly batchLinger = this.worker.histogram(
    'batch_linger_seconds',
    'From a batch’s first event to its closing.',
    BUCKETS.linger,
  );
  readonly batchMaxEvents = this.worker.gauge(
    'batch_max_events',
    'BATCH_MAX_EVENTS, to set the fill of batches against.',
  );
  readonly requests = this.worker.counter('requests_total', 'Requests to Amazon by status, or timeout, or network.', {
    status: REQUEST_STATUSES,
  });
  readonly unknownAnswers = this.worker.counter(
    'unknown_answers_total',
    'Answers of status 2xx in no known form: nothing of them counts as delivered.',
  );
  readonly requestDuration = this.worker.histogram(
    'request_duration_seconds',
    'From sending a request to its answer.',
    BUCKETS.request,
  );
  readonly requestsInFlight = this.worker.gauge('requests_in_flight', 'Requests to Amazon without an answer yet.');
  readonly deliveryLatency = this.worker.tally(
    'delivery_latency_seconds',
    'From enqueued to delivered.',
    BUCKETS.delivery,
  );
  readonly eventAge = this.worker.tally('event_age_seconds', 'From the event’s own time to delivered.', BUCKETS.age);
  readonly tokenRefreshes = this.worker.counter('token_refreshes_total', 'Token refreshes by result.', {
    result: REFRESH_RESULTS,
  });
  readonly tokenExpiry = this.worker.gauge('token_expiry_timestamp_seconds', 'When the token in use ends; 0 for none.');
  readonly refreshTokenExpiry = this.worker.known(
    'refresh_token_expires_timestamp_seconds',
    'When the refresh token of the account ends, 365 days after the consent or after it was first seen.',
    ['account'],
  );
  readonly accountHeld = this.shared.gauge('account_held', '1 while the account takes no work for this reason.', {
    reason: HOLD_REASONS,
  });
  readonly windowClaims = this.worker.counter('window_claims_total', 'Ids asked for in the window by result.', {
    result: CLAIM_RESULTS,
  });
  readonly windowIds = this.shared.gauge('window_ids', 'Ids delivered in the window, to the hour.');
  readonly jobsStalled = this.worker.counter(
    'jobs_stalled_total',
    'Jobs whose worker was lost and that went back to the queue.',
  );

  readonly oldestRun = new OldestRun(this.registry, this.shared.accounts);

  readonly maxEventAge = this.shared.gauge('max_event_age_seconds', 'Older events of the account are not sent.');
  readonly redisMemoryUsed = this.#ofProcess(
    'redis_memory_used_bytes',
    'Memory of Redis in use, at its fullest server.',
  );
  readonly redisMemoryMax = this.#ofProcess('redis_memory_max_bytes', 'The maxmemory of that server; 0 for no bound.');
  readonly redisEvictedKeys = this.shared.total(
    'redis_evicted_keys_total',
    'Keys that Redis threw away to make room, since its start. Each may have been an event.',
    [],
  );
  readonly redisDiskFailing = this.#ofProcess(
    'redis_disk_failing',
    '1 while Redis cannot write its append-only file or its snapshot, and so refuses writes.',
  );
  readonly accountWithoutWorker = this.shared.gauge(
    'account_without_worker',
    '1 while no live worker serves the account: what is accepted for it waits.',
  );
  readonly accountsFileUsable = this.#ofProcess(
    'accounts_file_usable',
    '0 while ACCOUNTS_FILE is gone or wrong, and what was read last is used.',
  );
  readonly clockOffset = this.#ofProcess(
    'clock_offset_seconds',
    'The clock of this process less the clock of Redis; above 0 where it is ahead.',
  );
  readonly secretFilesUnusable = this.#ofProcess(
    'secret_files_unusable',
    'Secret files that are gone, empty or wrong.',
  );
  readonly collectionDuration = this.#ofProcess(
    'collection_duration_seconds',
    'How long the last reading of Redis for these metrics took.',
  );
  readonly collectionFailures = new Counter({
    name: 'capi_collection_failures_total',
    help: 'Readings of Redis for these metrics that failed or took too long.',
    registers: [this.registry],
  });
  readonly receiptsLost = new Counter({
    name: 'capi_receipts_lost_total',
    help: 'Lines that RECEIPTS_FILE did not take.',
    registers: this.role === 'console' || this.role === 'reconcile' ? [] : [this.registry],
  });
  readonly redisUp = new Gauge({ name: 'capi_redis_up', help: '1 while Redis answers.', registers: [this.registry] });
  readonly redisDuration = new Histogram({
    name: 'capi_redis_command_duration_seconds',
    help: 'Duration of our own calls to Redis.',
    labelNames: ['command'],
    buckets: BUCKETS.redis,
    registers: [this.registry],
  });

  /**
   * @param accounts the accounts that this process works for
   * @param role undefined for every metric
   */
  constructor(accounts: readonly string[], role?: MetricsRole) {
    super(accounts, role);
    new Gauge({
      name: 'capi_build_info',
      help: 'Always 1; the labels say what runs.',
      labelNames: ['version', 'node_version'],
      registers: [this.registry],
    }).set({ version: VERSION, node_version: process.version }, 1);
    if (role === undefined || role === 'intake') this.#beginIntakeAtZero();
    this.accountsFileUsable.set(1);
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

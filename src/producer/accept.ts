/**
 * Accepts mapped records: writes them to Redis first, then counts and acknowledges them. Shared by all routes of the
 * intake.
 */
import type { RefusedEvent } from '../mapping/refusal.js';
import type { Source } from '../mapping/source.js';
import type { NewEvent } from '../queue/pack-jobs.js';
import { QueueUnavailableError } from '../queue/queue-unavailable-error.js';
import type { WorkerPresence } from '../queue/worker-presence.js';
import type { RedisTrouble } from '../redis/trouble.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Receipts } from '../telemetry/receipts/receipts.js';
import type { EventWriter } from './event-writer.js';
import type { Rejected } from './http/answer.js';
import { type MemoryGuard, NearlyFullError } from './memory-guard.js';
import type { MappedRecord } from './records.js';

const ENQUEUE_STEP = 'enqueue';

export type Acceptance =
  | { readonly kind: 'queued'; readonly accepted: number; readonly rejected: Rejected }
  | { readonly kind: 'refused'; readonly refusals: readonly RefusedEvent[]; readonly rejected: Rejected }
  /** Redis is down, full, or has too few replicas. No event of the request was acknowledged. */
  | { readonly kind: 'unavailable'; readonly code: UnavailableCode; readonly message: string };

/** `NO_WORKER`: no worker serves the account. */
type UnavailableCode = 'QUEUE_UNAVAILABLE' | 'NO_WORKER';

const AWAY = 'Redis is down or full: nothing was accepted. Send it again';

const UNSERVED = 'no worker serves this account (INTAKE_REQUIRE_WORKER): nothing was accepted. Send it again';

export interface AcceptOptions {
  readonly metrics: Metrics;
  /** Is notified of each failed write. Logs failures at intervals. */
  readonly trouble: RedisTrouble;
  /** If absent, Redis is filled until it refuses writes. */
  readonly memory?: MemoryGuard | undefined;
  /** Set if events are accepted only for accounts that a worker serves. */
  readonly presence?: WorkerPresence | undefined;
  /** If absent, refusals get no receipts. */
  readonly receipts?: Receipts | undefined;
}

/** Account and source of a request's events. */
export interface Destination {
  readonly account: string;
  readonly source: Source;
  readonly writer: EventWriter;
}

export async function acceptRecords(
  records: readonly MappedRecord[],
  destination: Destination,
  options: AcceptOptions,
): Promise<Acceptance> {
  const { account, source, writer } = destination;
  const { metrics, trouble, memory, presence } = options;
  const entries: NewEvent[] = [];
  const rejected: Rejected = [];
  const refusals: RefusedEvent[] = [];
  records.forEach((record, index) => {
    entries.push(...record.entries);
    refusals.push(...record.refusals);
    if (record.issues.length > 0) rejected.push({ index, issues: [...record.issues] });
  });
  for (const { reason } of refusals) metrics.eventsRefused.inc({ account, source, reason });
  if (entries.length === 0) {
    noteRefusals(options, destination, refusals);
    return { kind: 'refused', refusals, rejected };
  }
  if (presence && !(await presence.isServed(account)))
    return { kind: 'unavailable', code: 'NO_WORKER', message: UNSERVED };
  const startedAt = performance.now();
  try {
    const isFull = memory?.isNearlyFull() ?? false;
    if (isFull === true || (isFull !== false && (await isFull))) throw new NearlyFullError();
    await writer.write(entries);
  } catch (err) {
    trouble.noteFailure(ENQUEUE_STEP, err);
    return {
      kind: 'unavailable',
      code: 'QUEUE_UNAVAILABLE',
      message: err instanceof QueueUnavailableError ? err.message : AWAY,
    };
  }
  trouble.noteSuccess(ENQUEUE_STEP);
  metrics.redisDuration.observe({ command: 'enqueue' }, (performance.now() - startedAt) / 1000);
  metrics.eventsEnqueued.inc({ account, source }, entries.length);
  noteRefusals(options, destination, refusals);
  return { kind: 'queued', accepted: entries.length, rejected };
}

/** Not called for a request that is answered 503: the client sends all of it again. */
function noteRefusals(
  { receipts }: AcceptOptions,
  { account, source, writer }: Destination,
  refusals: readonly RefusedEvent[],
): void {
  void writer.noteRefused(source, refusals);
  receipts?.note(
    refusals.map(({ reason, clientDedupeId: id, eventType }) => ({
      account,
      id,
      eventType,
      source,
      outcome: 'refused',
      reason,
    })),
  );
}

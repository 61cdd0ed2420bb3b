/**
 * The verdict: compares what was acknowledged with the outcomes. PURE. Every complaint names its case.
 *
 * Only the log may explain why an event was sent again: its first answer was read by no process, did not name it, or
 * its reader was disturbed before it stored the answer.
 */
import type { Disturbance, ReadAnswer } from './journal.js';

/** A request as the sandbox saw it. */
export interface RequestSeen {
  readonly requestId: string;
  /** Client id: which process sent it. */
  readonly client: string;
  readonly arrivedMs: number;
  readonly endedMs?: number | undefined;
  readonly accepted: readonly string[];
  readonly omitted: readonly string[];
}

export interface Evidence {
  readonly acknowledged: ReadonlySet<string>;
  /** How often Amazon would count each id, and whether its bytes were the same each time. */
  readonly received: readonly { readonly id: string; readonly counted: number; readonly isSameContent: boolean }[];
  readonly requests: readonly RequestSeen[];
  readonly deadLetters: ReadonlySet<string>;
  readonly queued: ReadonlySet<string>;
  readonly read: ReadonlyMap<string, ReadAnswer>;
  readonly disturbances: readonly Disturbance[];
}

export interface Verdict {
  readonly complaints: readonly string[];
  /** Events sent again, by reason. */
  readonly resent: Readonly<Record<string, number>>;
  readonly lostIds: readonly string[];
  readonly countedTwice: number;
}

// For a settling that started before a disturbance was recorded, or a stopped process whose lines are read late.
const SLACK_MS = 1_000;

export function judge(evidence: Evidence): Verdict {
  const { acknowledged, received, deadLetters, queued } = evidence;
  const arrived = new Set(received.map(({ id }) => id));
  const lost = [...acknowledged].filter((id) => !arrived.has(id) && !deadLetters.has(id) && !queued.has(id));
  const twice = received.filter(({ counted }) => counted !== 1);
  const changed = received.filter(({ isSameContent }) => !isSameContent);
  const resent: Record<string, number> = {};
  const complaints = [
    ...lost.map((id) => `${id} was acknowledged and is lost`),
    ...twice.map(({ id, counted }) => `${id} is counted ${counted} times`),
    ...changed.map(({ id }) => `${id} came again with other bytes`),
  ];
  for (const [id, requests] of requestsById(evidence.requests)) {
    requests.forEach((request, place) => {
      const next = requests[place + 1];
      if (!next) return;
      const why = whySentAgain(id, request, next, evidence);
      if (why === undefined) complaints.push(`${id} was sent again without a reason: ${told(request)}, ${told(next)}`);
      else resent[why] = (resent[why] ?? 0) + 1;
    });
  }
  return { complaints, resent, lostIds: lost, countedTwice: twice.length };
}

function requestsById(requests: readonly RequestSeen[]): Map<string, RequestSeen[]> {
  const byId = new Map<string, RequestSeen[]>();
  for (const request of [...requests].sort((left, right) => left.arrivedMs - right.arrivedMs)) {
    for (const id of request.accepted) byId.set(id, [...(byId.get(id) ?? []), request]);
  }
  return byId;
}

/** The reason by the log. Undefined if there is none. */
function whySentAgain(id: string, first: RequestSeen, second: RequestSeen, evidence: Evidence): string | undefined {
  const answer = evidence.read.get(first.requestId);
  const isOverlapping = first.endedMs === undefined || second.arrivedMs < first.endedMs;
  const disturbance = evidence.disturbances.find(
    ({ whom, fromMs, untilMs }) =>
      (whom === 'redis' || whom === first.client) &&
      fromMs <= second.arrivedMs + SLACK_MS &&
      untilMs >= (isOverlapping ? first.arrivedMs : (answer?.atMs ?? first.arrivedMs)) - SLACK_MS,
  );
  // Both were in flight at once: only a worker that had lost its job, or was killed, may have sent the first.
  if (isOverlapping) return disturbance && `two at once, ${describe(disturbance)}`;
  if (!answer) return 'the answer was not read';
  if (first.omitted.includes(id)) return 'the answer did not name it';
  return disturbance && `not written down, ${describe(disturbance)}`;
}

function describe({ whom, what }: Disturbance): string {
  return `${whom.replace(/\d$/, '')} ${what}`;
}

function told({ requestId, client, arrivedMs, endedMs }: RequestSeen): string {
  return `${requestId} from ${client} at ${arrivedMs} to ${endedMs ?? 'now'}`;
}

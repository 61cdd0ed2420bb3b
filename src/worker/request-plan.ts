/**
 * The plan of one batch: which of its events go in the next request, and the outcomes of the others.
 *
 * PURE. A batch is first sent whole. If Amazon refuses its content or a request fails, it is split into groups of events that
 * travel together. The states of a group:
 *
 *   waiting --delivered, or refused alone--> ended
 *   waiting --refused for its content (400, 413)--> two waiting halves
 *   waiting --its request failed (5xx, timeout, network)--> failed   the account's gate closes: it may be an outage
 *   failed  --still the same outage, when it probes again--> two failed halves: events at fault in every group must not
 *       keep the account's gate closed for good
 *   failed  --another request succeeded--> blamed   `failures` counts how often
 *   blamed once --> waiting, whole again: most often Amazon was unavailable for a moment
 *   blamed twice, several events --> a search: the front half goes alone
 *       delivered: the event at fault is in the back half, which is halved next without being sent
 *       blamed: the back half is cleared, and goes with what else is left of the batch
 *   blamed, one event; or one event that a search has left over --> suspect: from now on its failures spend attempts and
 *       close no gate
 *
 * Events that a job marks as suspects go alone from the start, so that they do not make others fail.
 * Promise: each event of the batch gets exactly one outcome.
 */
import type { AnswerDetail, DeadReason } from '../mapping/outcome.js';
import type { BatchEvent } from './batcher.js';
import { type EventGroup, groupOf, isPlain, type Outage } from './event-group.js';
import type { GateRecord } from './gate.js';
import type { SettledEvent } from './settled-event.js';

/** How often a group may fail, each time followed by a success of others, before the event at fault is searched for. */
const FAILURES_BEFORE_SEARCH = 2;
/** A batch counts as refused as a whole after this many refused requests with nothing delivered. */
const REFUSALS_OF_A_BATCH = 31;
/** Requests that a batch may take for each halving its size allows: enough for about ten refused events in 500. */
const REQUESTS_PER_HALVING = 16;

export class RequestPlan {
  #groups: EventGroup[];
  /** Refused alone, while nothing of the batch was delivered: it is not certain yet that the event is at fault. */
  #condemned: SettledEvent[] = [];
  #settled: SettledEvent[] = [];
  readonly #maybeDelivered = new Set<BatchEvent>();
  /** Events without an outcome. */
  #open: number;
  #requestsLeft: number;
  #refusals = 0;
  #hasDelivered = false;

  constructor(events: readonly BatchEvent[]) {
    const suspects = events.filter(({ held }) => held.facts.isSuspect);
    const others = events.filter(({ held }) => !held.facts.isSuspect);
    this.#groups = others.length > 0 ? [groupOf(others)] : [];
    for (const event of suspects) this.#groups.push({ ...groupOf([event]), isSuspect: true });
    this.#open = events.length;
    this.#requestsLeft = REQUESTS_PER_HALVING * Math.ceil(Math.log2(events.length + 1));
  }

  /** True once every event has its outcome. */
  get isDone(): boolean {
    return this.#open === 0;
  }

  /** Events that are still to be sent. */
  get events(): readonly BatchEvent[] {
    return this.#groups.flatMap(({ events }) => events);
  }

  get hasOnlySuspects(): boolean {
    return this.#groups.every(({ isSuspect }) => isSuspect);
  }

  /** True if the whole batch counts as refused for its content. */
  get isRefused(): boolean {
    if (this.#hasDelivered) return false;
    return this.#groups.length === 0 || this.#refusals >= REFUSALS_OF_A_BATCH;
  }

  /** What to settle now. */
  takeSettled(): readonly SettledEvent[] {
    const settled = this.#settled;
    this.#settled = [];
    return settled;
  }

  /** Records outcomes of events that are not sent. */
  drop(settled: readonly SettledEvent[]): void {
    const dropped = new Set(settled.map(({ event }) => event));
    for (const group of this.#groups) group.events = group.events.filter((event) => !dropped.has(event));
    this.#groups = this.#groups.filter(({ events }) => events.length > 0);
    this.#end(settled);
  }

  /**
   * The events of the next request.
   *
   * @param gate the account's gate as the claim found it; undefined if it has no record
   */
  next(gate: GateRecord | undefined): EventGroup {
    this.#blame(gate);
    if (gate && isRefusal(gate)) return this.#oneEvent();
    const group = this.#choose(gate);
    if (!group.isAtFault || group.failures < FAILURES_BEFORE_SEARCH) return group;
    if (group.events.length === 1) {
      // All events that travelled with it have succeeded since, so it is treated as if it had failed alone.
      group.isSuspect = true;
      return group;
    }
    return this.#frontHalf(group);
  }

  /** The request of the group was answered: its outcomes. */
  answered(group: EventGroup, settled: readonly SettledEvent[]): void {
    this.#groups = this.#groups.filter((other) => other !== group);
    if (group.backHalf) group.backHalf.isAtFault = true;
    this.#end(settled);
    if (!settled.some(({ outcome }) => outcome.kind === 'delivered')) return;
    this.#hasDelivered = true;
    this.#end(this.#condemned);
    this.#condemned = [];
  }

  /** The request failed, and the gate closed. */
  failed(group: EventGroup, outage: Outage): void {
    group.failedIn = outage.began;
    group.failedAt = outage.tries;
    const { backHalf } = group;
    if (!backHalf) return;
    group.backHalf = undefined;
    backHalf.failures = 0;
    const rest = this.#groups.find((other) => other !== backHalf && isPlain(other));
    if (!rest) return;
    rest.events = [...rest.events, ...backHalf.events];
    this.#groups = this.#groups.filter((other) => other !== backHalf);
  }

  /** A request ended without an answer after its body was sent, or its answer says nothing about the events. */
  noteMaybeDelivered({ events }: EventGroup): void {
    for (const event of events) this.#maybeDelivered.add(event);
  }

  /** Too large: both halves go next. */
  tooLarge(group: EventGroup, detail: AnswerDetail): void {
    if (group.events.length > 1) this.#halve(group);
    else this.answered(group, deadAll(group.events, 'too_large', detail));
  }

  /** Refused for its content: halves go last, so that large good groups are found early. */
  refused(group: EventGroup, detail: AnswerDetail): void {
    this.#refusals += 1;
    this.#requestsLeft -= 1;
    if (group.events.length > 1) {
      if (this.#requestsLeft <= 0) return this.answered(group, deadAll(group.events, 'rejected_batch', detail));
      const halves = this.#halve(group);
      this.#groups = [...this.#groups.filter((other) => !halves.includes(other)), ...halves];
      return;
    }
    const dead = deadAll(group.events, 'rejected', detail);
    if (this.#hasDelivered) return this.answered(group, dead);
    this.#groups = this.#groups.filter((other) => other !== group);
    this.#condemned.push(...dead);
  }

  /** The batch was refused as a whole: all its events become dead letters. */
  refuseAll(detail: AnswerDetail): void {
    this.#end([...this.#condemned, ...deadAll(this.events, 'rejected_batch', detail)]);
    this.#groups = [];
    this.#condemned = [];
  }

  /** The account is held: its refusals do not count. @param last what probed; it goes last now */
  startAnew(last?: EventGroup): void {
    const suspects = this.#groups.filter((group) => group.isSuspect && group !== last);
    const plain = this.#groups.filter((group) => !group.isSuspect && group !== last);
    const events = [...plain, ...(last ? [last] : [])].flatMap((group) => group.events);
    events.push(...this.#condemned.map(({ event }) => event));
    this.#groups = [...(events.length > 0 ? [groupOf(events)] : []), ...suspects];
    this.#condemned = [];
    this.#refusals = 0;
  }

  /** This worker may not send the batch: the remaining events go back to the queue, with this minimum delay. */
  giveBack(afterMs = 0): void {
    this.startAnew();
    this.#end(this.events.map((event) => ({ event, outcome: { kind: 'wait', reason: 'stopping', afterMs } })));
    this.#groups = [];
  }

  #end(settled: readonly SettledEvent[]): void {
    this.#open -= settled.length;
    if (this.#open < 0) throw new Error('an event of a batch had two outcomes');
    for (const one of settled) this.#settled.push(this.#maybeDelivered.has(one.event) ? withMark(one) : one);
  }

  /** A group that failed in an outage that is over did not fail only because of the outage. */
  #blame(gate: GateRecord | undefined): void {
    const blamed = this.#groups.filter(({ failedIn }) => failedIn !== undefined && failedIn !== gate?.began);
    for (const group of blamed) {
      group.failedIn = undefined;
      group.failures += 1;
      group.isAtFault ||= group.failedAt > 0;
      if (group.failedAt > 0 && group.events.length === 1) group.isSuspect = true;
    }
    this.#join(blamed.filter(({ isSuspect, failures }) => !isSuspect && failures < FAILURES_BEFORE_SEARCH));
  }

  /** Groups that an outage split are joined again. */
  #join([first, ...others]: readonly EventGroup[]): void {
    if (!first) return;
    first.events = [first, ...others].flatMap(({ events }) => events);
    first.isAtFault ||= others.some(({ isAtFault }) => isAtFault);
    first.backHalf = undefined;
    this.#groups = this.#groups.filter((group) => !others.includes(group));
  }

  /** The same events never probe twice in a row while others wait. */
  #choose(gate: GateRecord | undefined): EventGroup {
    const untried = this.#groups.filter(({ failedIn }) => failedIn === undefined);
    const waiting = untried.find(({ isSuspect }) => !isSuspect) ?? untried[0];
    if (waiting) return waiting;
    const bySize = this.#groups.toSorted((one, other) => one.events.length - other.events.length);
    return bySize.find(({ failedAt }) => failedAt === 0) ?? this.#comeApart(bySize, gate);
  }

  /** All have failed in this outage: half of the smallest is sent, so that few probes find healthy events. */
  #comeApart(bySize: readonly EventGroup[], gate: GateRecord | undefined): EventGroup {
    const others = bySize.filter(({ failedAt }) => failedAt !== gate?.tries);
    const several = others.find(({ events }) => events.length > 1);
    if (several) return this.#frontHalf(several);
    const [oldest = bySize[0]] = others.toSorted((one, other) => one.failedAt - other.failedAt);
    if (!oldest) throw new Error('no event of the batch is left to be sent');
    return oldest.events.length > 1 ? this.#frontHalf(oldest) : oldest;
  }

  /** A hold for refused content is probed by one event: a batch might contain another that is refused. */
  #oneEvent(): EventGroup {
    this.startAnew();
    const [first] = this.#groups;
    const [event, ...others] = first?.events ?? [];
    if (!first || !event) throw new Error('no event of the batch is left to be sent');
    if (others.length === 0) return first;
    const one = groupOf([event]);
    first.events = others;
    this.#groups.unshift(one);
    return one;
  }

  /** The result of the front half also tells about the back half. */
  #frontHalf(group: EventGroup): EventGroup {
    const [front, back] = this.#halve(group);
    front.backHalf = back;
    return front;
  }

  #halve(group: EventGroup): [EventGroup, EventGroup] {
    const middle = Math.ceil(group.events.length / 2);
    const half = (events: readonly BatchEvent[]) => ({
      ...group,
      events,
      failedAt: 0,
      isAtFault: false,
      backHalf: undefined,
    });
    const halves: [EventGroup, EventGroup] = [half(group.events.slice(0, middle)), half(group.events.slice(middle))];
    this.#groups = this.#groups.flatMap((other) => (other === group ? halves : [other]));
    return halves;
  }
}

/** The mark is not needed on an event that is delivered or a duplicate. */
function withMark({ event, outcome }: SettledEvent): SettledEvent {
  const isOver = outcome.kind === 'delivered' || outcome.kind === 'duplicate';
  return { event, outcome: isOver ? outcome : { ...outcome, isMaybeDelivered: true } };
}

function isRefusal({ reason }: GateRecord): boolean {
  return reason === 'forbidden' || reason === 'rejected';
}

export function deadAll(events: readonly BatchEvent[], reason: DeadReason, detail: AnswerDetail): SettledEvent[] {
  return events.map((event) => ({ event, outcome: { kind: 'dead', reason, detail } }));
}

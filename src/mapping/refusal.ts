/**
 * The result of mapping: an event, or a refusal that says where and why.
 *
 * Promises: every fault of a payload is listed, each with the path of the field in the caller's own payload. Never: a field's
 * value. Messages go to logs, reject files and HTTP answers, and values may be personal data.
 */

import { z } from 'zod';
import type { ConversionEvent, EventType } from './event.js';
import type { Explanation } from './explanation.js';
import { WORDED } from './fault-words.js';

/**
 * Why an event was rejected; the label of `capi_events_refused_total`. If several reasons apply, the first of this list is given:
 * it says best whether somebody must act.
 */
export const REFUSAL_REASONS = [
  'unreadable',
  // No sale outside Amazon: cancelled, refunded, never paid, a draft, sold on Amazon itself.
  'not_a_purchase',
  // A shop's own test order.
  'test_order',
  'too_old',
  'in_future',
  'no_match_key',
  // The account must send a consent signal, and there is none.
  'consent_missing',
  // A kind of event, a country or a currency that Amazon does not know.
  'unsupported',
  'invalid',
  'too_large',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** One fault: `path` in dotted form (`items[0].quantity`), empty for the payload as a whole. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

/** An issue and the reason of its own refusal. */
export interface Fault extends Issue {
  readonly reason: RefusalReason;
}

export const NO_FAULTS: readonly Fault[] = [];

/** A rejected event, as far as it is known. */
export interface RefusedEvent {
  readonly reason: RefusalReason;
  /** The dedupe id that it would have had; undefined if that is wrong too. */
  readonly clientDedupeId?: string | undefined;
  readonly eventType?: EventType | undefined;
  /** Its order's ids at the shop, if its source has them. */
  readonly shopIds?: readonly string[];
}

export type Mapped =
  | { readonly ok: true; readonly event: ConversionEvent; readonly explanation?: Explanation }
  | ({ readonly ok: false; readonly issues: readonly Issue[] } & RefusedEvent);

export type Refusal = Extract<Mapped, { ok: false }>;

export function refuse(reason: RefusalReason, path: string, message: string): Refusal {
  return { ok: false, reason, issues: [{ path, message }] };
}

/**
 * @param faults at least one; the refusal's reason is the first that applies, and its faults come first
 * @param event what may be shown of the event
 */
export function refuseAll(faults: readonly Fault[], event: Omit<RefusedEvent, 'reason'>): Refusal {
  const ranked = faults.toSorted((left, right) => rankOf(left.reason) - rankOf(right.reason));
  return {
    ok: false,
    ...event,
    reason: ranked.reduce<RefusalReason>(firstOf, 'too_large'),
    issues: ranked.map(({ path, message }) => ({ path, message })),
  };
}

function firstOf(known: RefusalReason, { reason }: Fault): RefusalReason {
  return rankOf(reason) < rankOf(known) ? reason : known;
}

function rankOf(reason: RefusalReason): number {
  return REFUSAL_REASONS.indexOf(reason);
}

/**
 * Turns zod's faults into ours, one for each fault: an object with three unknown fields gives three. A rule can name its reason
 * in `params`; else a fault is `invalid`.
 *
 * @param prefix where the checked object is in the caller's payload, such as `events[2]`
 */
export function faultsOf(error: z.ZodError, prefix = ''): Fault[] {
  return error.issues.flatMap((issue) => {
    const reason = issue.code === 'custom' ? reasonIn(issue.params) : 'invalid';
    if (issue.code !== 'unrecognized_keys')
      return [{ reason, path: pathOf(issue.path, prefix), message: issue.message }];
    return issue.keys.map((key) => unknownField(pathOf([...issue.path, nameOf(key)], prefix)));
  });
}

/** The schema's faults in a value that is used unchanged: nothing is copied if there are no faults. */
export function faultsBy(schema: z.ZodType, payload: unknown): Fault[] {
  if (z.validate(schema, payload)) return [];
  const { error } = schema.safeParse(payload, WORDED);
  return error ? faultsOf(error) : [];
}

/** The same as issues, for schemas of things other than events. */
export function issuesOf(error: z.ZodError): Issue[] {
  return faultsOf(error).map(({ path, message }) => ({ path, message }));
}

export function unknownField(path: string): Fault {
  return { reason: 'invalid', path, message: 'is not a field of this format: remove it or check its spelling' };
}

/** A field's name is shown only if it looks like one: people paste e-mail addresses and numbers into the wrong place. */
export function nameOf(key: string): string {
  return /^[A-Za-z_][\w.-]{0,63}$/.test(key) ? key : '(unnamed)';
}

function reasonIn(params: Readonly<Record<string, unknown>> | undefined): RefusalReason {
  return REFUSAL_REASONS.find((reason) => reason === params?.['reason']) ?? 'invalid';
}

function pathOf(path: readonly PropertyKey[], prefix: string): string {
  let text = prefix;
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? String(part) : `.${String(part)}`;
  }
  return text;
}

/**
 * What mapping answers: an event, or a refusal that says where and why.
 *
 * Promises: every fault of a payload is listed, each with the path of the field in the caller's own payload.
 * Never: a field's value. Messages go to logs, reject files and HTTP answers, and values may be personal data.
 */
import type { z } from 'zod';
import type { ConversionEvent } from './event.js';
import type { Explanation } from './explain.js';

/** Why an event was refused at the door; the label of `capi_events_refused_total`. */
export const REFUSAL_REASONS = [
  'unreadable',
  'invalid',
  'unsupported',
  'no_match_key',
  'too_old',
  'in_future',
  'too_large',
  // An order that a shop made to try itself out.
  'test_order',
  // An order that was cancelled, refunded or never paid: no conversion.
  'not_a_purchase',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** One fault: `path` in dotted form (`items[0].quantity`), empty for the payload as a whole. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

export type Mapped =
  | { readonly ok: true; readonly event: ConversionEvent; readonly explanation?: Explanation }
  | { readonly ok: false; readonly reason: RefusalReason; readonly issues: readonly Issue[] };

export type Refusal = Extract<Mapped, { ok: false }>;

export function refuse(reason: RefusalReason, path: string, message: string): Refusal {
  return { ok: false, reason, issues: [{ path, message }] };
}

/**
 * Adds the faults that a mapper found itself. Where both name a field, the mapper's word stands: it knows the form that
 * the caller's payload has.
 */
export function withIssues(mapped: Mapped, issues: readonly Issue[]): Mapped {
  if (issues.length === 0) return mapped;
  const named = new Set(issues.map(({ path }) => path));
  const others = mapped.ok ? [] : mapped.issues.filter(({ path }) => !named.has(path));
  return { ok: false, reason: 'invalid', issues: [...issues, ...others] };
}

/**
 * Turns zod's faults into issues, one a fault: an object with three unknown fields gives three.
 *
 * @param prefix where the checked object sits in the caller's payload, such as `events[2]`
 */
export function issuesOf(error: z.ZodError, prefix = ''): Issue[] {
  return error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [{ path: pathOf(issue.path, prefix), message: issue.message }];
    return issue.keys.map((key) => ({
      path: pathOf([...issue.path, nameOf(key)], prefix),
      message: 'is not a field of this format: remove it or check its spelling',
    }));
  });
}

/** A field's name is shown only where it looks like one: people paste e-mail addresses and numbers into the wrong place. */
function nameOf(key: string): string {
  return /^[A-Za-z_][\w.-]{0,63}$/.test(key) ? key : '(unnamed)';
}

function pathOf(path: readonly PropertyKey[], prefix: string): string {
  let text = prefix;
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? String(part) : `.${String(part)}`;
  }
  return text;
}

/**
 * The closed sets of label values, and how free values from Amazon or a caller are mapped to them.
 *
 * Promise: the result is always a value of the set, so the number of series is known at the start.
 */
import { EVENT_TYPES, type EventType, PURCHASE } from '../mapping/event.js';

export const SETTLED_OUTCOMES = ['delivered', 'duplicate', 'dead_lettered'] as const;
export const CLOSED_BY = ['count', 'bytes', 'linger', 'drain'] as const;
export type ClosedBy = (typeof CLOSED_BY)[number];
export const JOB_STATES = ['waiting', 'active', 'delayed', 'prioritized', 'failed'] as const;
export const CLAIM_RESULTS = ['claimed', 'delivered', 'busy'] as const;
export const REFRESH_RESULTS = ['ok', 'refused', 'failed'] as const;
export const REDIS_COMMANDS = ['claim', 'settle', 'enqueue', 'ping'] as const;

/** Amazon's known statuses, `timeout` and `network` for no answer, `other` for any other number. */
export const REQUEST_STATUSES =
  '200 202 207 400 401 403 404 408 413 415 422 429 500 502 503 504 timeout network other'.split(' ');
const KNOWN_STATUSES: ReadonlySet<string> = new Set(REQUEST_STATUSES);

export function statusLabel(status: number | 'timeout' | 'network'): string {
  return KNOWN_STATUSES.has(String(status)) ? String(status) : 'other';
}

/** The routes of the intake; `other` for an unknown path. */
export const INTAKE_ROUTES = [
  '/v1/events',
  '/v1/events/:id',
  '/v1/webhooks/shopify',
  '/v1/webhooks/woocommerce',
  '/v1/webhooks/stripe',
  '/openapi.json',
  'other',
] as const;
const KNOWN_ROUTES: ReadonlySet<string> = new Set(INTAKE_ROUTES);

/** The intake's statuses, `aborted` for a caller that did not wait, `other` for any other number. */
export const INTAKE_STATUSES = '200 202 400 401 403 404 408 413 415 421 500 503 aborted other'.split(' ');
const KNOWN_INTAKE_STATUSES: ReadonlySet<string> = new Set(INTAKE_STATUSES);

export function routeLabel(path: string | undefined): string {
  return path !== undefined && KNOWN_ROUTES.has(path) ? path : 'other';
}

export function intakeStatusLabel(status: number | 'aborted'): string {
  return KNOWN_INTAKE_STATUSES.has(String(status)) ? String(status) : 'other';
}

/**
 * Currencies of the countries where Amazon sells advertising. Others are counted under OTHER: the number of events, not
 * their value.
 */
const CURRENCIES = 'AED AUD BRL CAD CHF CNY CZK DKK EGP EUR GBP INR JPY MXN NOK NZD PLN SAR SEK SGD TRY USD ZAR'.split(
  ' ',
);
const OTHER_CURRENCY = 'OTHER';
const NO_CURRENCY = 'NONE';
const KNOWN_CURRENCIES: ReadonlySet<string> = new Set(CURRENCIES);

export function currencyLabel(currencyCode: string | undefined): string {
  if (currencyCode === undefined) return NO_CURRENCY;
  return KNOWN_CURRENCIES.has(currencyCode) ? currencyCode : OTHER_CURRENCY;
}

type ValueLabels = Readonly<{ event_type: EventType; currency: string }>;

/** Only purchases have a currency (mapping/event.ts), so this is far less than every type with every currency. */
export const VALUE_LABELS: readonly ValueLabels[] = [
  ...[...CURRENCIES, OTHER_CURRENCY].map((currency) => ({ event_type: PURCHASE, currency })),
  ...EVENT_TYPES.map((eventType) => ({ event_type: eventType, currency: NO_CURRENCY })),
];

/**
 * The event: one conversion, independent of its source and of its wire.
 *
 * The schema has every limit of Amazon's that can be checked without asking Amazon. It rejects unknown fields rather than
 * dropping them. Match keys of a draft are raw or hashed; those of an event are always ready to send.
 */
import { z } from 'zod';
import { isCountryCode, readCountry } from './country.js';
import { COUNTRY_CODES } from './country-codes.js';
import { CURRENCIES, isCodeOfNoCurrency } from './currency.js';
import { MATCH_KEY_TYPES, MAX_MATCH_KEYS, type MatchKey } from './match-key.js';
import { decimalsOf } from './money.js';
import { looksPersonal, PERSONAL_DATA } from './personal-data.js';
import { canonicalTime, faultOfTime } from './time.js';

/** The tagging guide's event types. `ads-api-v1` has no DETAIL_PAGE_VIEW; its wire translates. */
export const EVENT_TYPES = [
  'ADD_TO_SHOPPING_CART',
  'APPLICATION',
  'CHECKOUT',
  'CONTACT',
  'DETAIL_PAGE_VIEW',
  'LEAD',
  'OFF_AMAZON_PURCHASES',
  'MOBILE_APP_FIRST_START',
  'PAGE_VIEW',
  'SEARCH',
  'SIGN_UP',
  'SUBSCRIBE',
  'OTHER',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export const EVENT_ACTION_SOURCES = ['WEBSITE', 'OFFLINE', 'APP_ANDROID', 'APP_IOS', 'FIRE_TV'] as const;
export type EventActionSource = (typeof EVENT_ACTION_SOURCES)[number];

/** Only purchases have currencyCode and unitsSold. */
export const PURCHASE: EventType = 'OFF_AMAZON_PURCHASES';

// Amazon's own tag refuses these characters and more than 256 of any.
const NAME_MAX = 256;
const NAME_FORBIDDEN = /[!@#$%^&*|+=(){}[\]<>?\\/~;`]/;
const CONTROL = /\p{Cc}/u;
// Half of a surrogate pair: UTF-8 has no bytes for it, so all such halves would have one digest in the window.
const HALF = /\p{Cs}/u;
const WORD = /^\w+$/;
const CUSTOM_ATTRIBUTES_MAX = 13;
// The reason of a fault (refusal.ts), if it is not `invalid`.
const UNSUPPORTED = { reason: 'unsupported' };
const NOT_A_PURCHASE = { reason: 'not_a_purchase' };

const granted = z.enum(['GRANTED', 'DENIED'], { error: 'must be GRANTED or DENIED' });

/** An empty string would count as a signal, but is none. */
const consentString = z.string().regex(/\S/, 'must not be empty').max(10_000);

const consentRules = z
  .strictObject({
    geo: z.strictObject({ ipAddress: z.union([z.ipv4(), z.ipv6()], { error: 'must be an IP address' }) }).optional(),
    amazonConsent: z.strictObject({ amznAdStorage: granted.optional(), amznUserData: granted }).optional(),
    tcf: consentString.optional(),
    gpp: consentString.optional(),
  })
  .refine((consent) => Object.values(consent).some((part) => part !== undefined), {
    error: 'must carry at least one of geo, amazonConsent, tcf, gpp',
  });

const customAttributeSchema = z.strictObject({
  name: z.string().regex(WORD, 'takes letters, digits and underscore only').max(256),
  value: z.string().regex(WORD, 'takes letters, digits and underscore only').max(256),
});

const customAttributesRules = z.array(customAttributeSchema).max(CUSTOM_ATTRIBUTES_MAX, 'takes at most 13');

const matchKeySchema = z.strictObject({
  type: z.enum(MATCH_KEY_TYPES, { error: `must be one of ${MATCH_KEY_TYPES.join(', ')}` }),
  values: z.tuple([z.string({ error: 'must be text' }).max(1000, 'is longer than 1000 characters')], {
    error: 'must hold exactly one value: send one match key a value',
  }),
});

const FIELDS = {
  name: z
    .string({ error: 'is required: the name of the conversion, as text' })
    .trim()
    .min(1, 'must not be empty')
    .max(NAME_MAX, `is longer than ${NAME_MAX} characters`)
    .refine((name) => !NAME_FORBIDDEN.test(name), 'holds a character that Amazon refuses in names'),
  eventType: z.enum(EVENT_TYPES, { error: `must be one of ${EVENT_TYPES.join(', ')}` }),
  eventActionSource: z.enum(EVENT_ACTION_SOURCES, { error: `must be one of ${EVENT_ACTION_SOURCES.join(', ')}` }),
  countryCode: z
    .string({ error: 'is required: ISO 3166-1 alpha-2, such as US' })
    .transform((text) => readCountry(text) ?? text)
    .refine((code) => COUNTRY_CODES.has(code) || isCountryCode(code), {
      error: 'is not an ISO 3166-1 alpha-2 country, such as US',
      abort: true,
    })
    .refine((code) => COUNTRY_CODES.has(code), {
      error: 'is a code that ISO 3166-1 has given to no country: Amazon does not know it',
      params: UNSUPPORTED,
    }),
  timestamp: z.iso.datetime({ offset: true, error: ({ input }) => faultOfTime(input) }).transform(canonicalTime),
  clientDedupeId: z
    .string({ error: 'is required: the id of this conversion at the caller' })
    .min(1, 'must not be empty')
    .max(256, 'is longer than 256 characters')
    .refine((id) => !CONTROL.test(id), 'holds control characters')
    .refine((id) => !HALF.test(id), 'holds half a character')
    .refine((id) => !looksPersonal(id), PERSONAL_DATA),
  value: z
    .number({ error: 'must be a number' })
    .refine((value) => decimalsOf(value) <= 2, 'has more than 2 decimals')
    .optional(),
  currencyCode: z
    .string({ error: 'must be text: ISO 4217, such as EUR' })
    .toUpperCase()
    .refine((code) => CURRENCIES.has(code) || isCodeOfNoCurrency(code), {
      error: 'is not an ISO 4217 currency, such as EUR',
      abort: true,
    })
    .refine((code) => CURRENCIES.has(code), {
      error: 'is no currency of ISO 4217: Amazon does not know it',
      params: UNSUPPORTED,
    })
    .optional(),
  unitsSold: z
    .number({ error: 'must be a number' })
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(1_000_000)
    .optional(),
  consent: consentRules.optional(),
  dataProcessingOptions: z
    .array(z.literal('LIMITED_DATA_USE', { error: 'knows only LIMITED_DATA_USE' }))
    .max(1)
    .optional(),
  customAttributes: customAttributesRules.optional(),
};

export const consentSchema = z.compile(consentRules);
export const customAttributesSchema = z.compile(customAttributesRules);
/** The schema's check of a time. */
export const TIMESTAMP = z.regexes.datetime({ offset: true });
const EVENT_TYPE_NAMES: ReadonlySet<unknown> = new Set(EVENT_TYPES);
const ACTION_SOURCE_NAMES: ReadonlySet<unknown> = new Set(EVENT_ACTION_SOURCES);

export function isEventType(value: unknown): value is EventType {
  return EVENT_TYPE_NAMES.has(value);
}

export function isEventActionSource(value: unknown): value is EventActionSource {
  return ACTION_SOURCE_NAMES.has(value);
}

interface PurchaseFields {
  readonly eventType: EventType;
  readonly value?: number | undefined;
  readonly currencyCode?: string | undefined;
  readonly unitsSold?: number | undefined;
}

function checkPurchase(draft: PurchaseFields, context: z.core.$RefinementCtx): void {
  const fault = (path: string, message: string, params = {}) =>
    context.addIssue({ code: 'custom', path: [path], message, params });
  if (draft.eventType === PURCHASE) {
    if ((draft.value ?? 0) < 0) {
      fault('value', 'is below 0: money that goes back to the customer is no purchase', NOT_A_PURCHASE);
    }
  } else {
    if (draft.currencyCode !== undefined) fault('currencyCode', `belongs to ${PURCHASE} only`);
    if (draft.unitsSold !== undefined) fault('unitsSold', `belongs to ${PURCHASE} only`);
  }
}

const matchKeyList = z.array(matchKeySchema, { error: 'is required: a list of {type, values}' });
export const matchKeysSchema = z.compile(matchKeyList);

/** The fields of an event without its match keys, which finish-event.ts hashes and counts. */
export const fieldsSchema = z.compile(z.strictObject(FIELDS).superRefine(checkPurchase));

const draftRules = z.strictObject({ ...FIELDS, matchKeys: matchKeyList }).superRefine(checkPurchase);

/**
 * What every source is turned into, before match keys are hashed and the age is checked (finish-event.ts).
 *
 * Compiled: zod writes one flat function of the rules. What it rejects is checked again by the rules themselves, so every fault
 * comes from them.
 */
export const draftSchema = z.compile(draftRules);

/**
 * A conversion as callers write it, source `conversion`.
 *
 * - `name`: of the conversion, up to 256 characters · `eventType`, `eventActionSource`: Amazon's words
 * - `countryCode`: ISO 3166-1 alpha-2 · `timestamp`: ISO 8601 with a time zone
 * - `clientDedupeId`: the caller's id of this conversion, the same each time it is sent, no e-mail address and no phone number
 * - `value`: in units of the currency (129.9, not cents), at most 2 decimals
 * - `currencyCode`: ISO 4217, and `unitsSold`: whole units; both for purchases only
 * - `matchKeys`: 1 to 15 `{type, values: [one]}`, raw (hashed before anything is written) or SHA-256 hex
 * - `consent`: required for accounts in the EU
 */
export type EventDraft = z.input<typeof draftSchema>;

export type EventFields = z.output<typeof fieldsSchema>;

/** A conversion ready to be queued: match keys hashed, timestamp ISO 8601 in UTC, country alpha-2. */
export interface ConversionEvent extends EventFields {
  readonly matchKeys: readonly MatchKey[];
}

/** An event as it is stored in Redis: the draft's limits, and every match key ready to send. */
export const eventSchema = z.compile(
  draftRules.refine((event) => event.matchKeys.length >= 1 && event.matchKeys.length <= MAX_MATCH_KEYS, {
    path: ['matchKeys'],
    error: `must hold 1 to ${MAX_MATCH_KEYS} entries`,
  }),
);

/**
 * The options of createProducer. Their bounds and defaults are those of the settings they stand for (config.ts), so
 * that a shop's code and the worker's environment cannot differ by mistake.
 */

import { z } from 'zod';
import type { ConsentRule } from '../mapping/consent-rule.js';
import { DEDUPE_ID_FIELDS, type DedupeIdFields } from '../mapping/context.js';
import { WORDED } from '../mapping/fault-words.js';
import type { MatchKeyRulesChoice } from '../mapping/match-key.js';
import { accountNameSchema, type WireName } from '../settings/account-entry.js';
import { matchKeyRulesOf, maxEventAgeHoursOf } from '../settings/by-wire.js';
import { acknowledgementOf, REDIS_COMMAND_TIMEOUT_MS } from '../settings/config.js';
import { didYouMean } from '../settings/near-name.js';
import { matchKeyRulesSchema } from '../settings/setting-forms.js';
import { settingsSchema } from '../settings/settings-schema.js';
import { ProducerOptionsError } from './errors.js';

/** Every option may be left out. */
export interface ProducerOptions {
  /**
   * As REDIS_URL: `redis://`, `rediss://` (TLS), `redis+sentinel://host:port,host:port/master`,
   * `redis+cluster://host:port,…`. Default `redis://127.0.0.1:6379`.
   */
  readonly redisUrl?: string | undefined;
  /** The account whose queue is written to, as the worker names it. Default `default`. */
  readonly account?: string | undefined;
  /** As AMAZON_ADS_WIRE, of the account. Default `events-manager-v1`. It only decides the defaults of the next two. */
  readonly wire?: WireName | undefined;
  /**
   * As MATCH_KEY_RULES: a rule set, or a list of several. Default `standard`, on wire `ads-api-v1` `amazon-events`.
   */
  readonly matchKeyRules?: MatchKeyRulesChoice | undefined;
  /** As MAX_EVENT_AGE_HOURS: whole hours, 1 to 504; older events are refused. Default 168, on wire `ads-api-v1` 504. */
  readonly maxEventAgeHours?: number | undefined;
  /** As DEFAULT_COUNTRY: ISO alpha-2, for payloads that name no country. */
  readonly defaultCountry?: string | undefined;
  /** As DEDUPE_ID_SHOPIFY, …_WOOCOMMERCE, …_STRIPE, …_GA4: `{ shopify: 'name' }`. */
  readonly dedupeIds?: DedupeIdFields | undefined;
  /** As EVENTS_PER_JOB: 1 to 1000. Default 250. */
  readonly eventsPerJob?: number | undefined;
  /**
   * As REDIS_ACK_REPLICAS: this many of Redis's replicas must have an event before it is acknowledged. Default `auto`:
   * 1 with Sentinel or Cluster, else 0.
   */
  readonly ackReplicas?: number | 'auto' | undefined;
  /** As REDIS_ACK_TIMEOUT_MS: the longest wait for these replicas, below 2000. Default 1000. */
  readonly ackTimeoutMs?: number | undefined;
  /** Set for accounts in the EU: an event without a consent signal is refused. Default false. */
  readonly isConsentRequired?: boolean | undefined;
  /** As CONSENT_REQUIRED_BY; with `account` only `isConsentRequired` decides. Default `account-or-country`. */
  readonly consentRequiredBy?: ConsentRule | undefined;
  /** As KEEP_IP_ADDRESSES: `consent.geo.ipAddress` stays in events, in plain text in Redis. Default false. */
  readonly isIpAddressKept?: boolean | undefined;
}

const { shape } = settingsSchema;
// Settings are text, as in the environment.
const asText = (value: unknown) => (typeof value === 'number' ? String(value) : value);
const asList = (value: unknown) => (typeof value === 'string' ? [value] : value);

// Strict: a misspelt option must not be ignored.
const optionsSchema = z
  .strictObject({
    redisUrl: shape.REDIS_URL,
    account: accountNameSchema.default('default'),
    wire: shape.AMAZON_ADS_WIRE,
    matchKeyRules: z.preprocess(asList, matchKeyRulesSchema.optional()),
    defaultCountry: shape.DEFAULT_COUNTRY,
    dedupeIds: z
      .strictObject({
        shopify: z.enum(DEDUPE_ID_FIELDS.shopify).optional(),
        woocommerce: z.enum(DEDUPE_ID_FIELDS.woocommerce).optional(),
        stripe: z.enum(DEDUPE_ID_FIELDS.stripe).optional(),
        ga4: z.enum(DEDUPE_ID_FIELDS.ga4).optional(),
      })
      .optional(),
    maxEventAgeHours: z.preprocess(asText, shape.MAX_EVENT_AGE_HOURS),
    eventsPerJob: z.preprocess(asText, shape.EVENTS_PER_JOB),
    ackReplicas: z.preprocess(asText, shape.REDIS_ACK_REPLICAS),
    ackTimeoutMs: z
      .preprocess(asText, shape.REDIS_ACK_TIMEOUT_MS)
      .refine((value) => value < REDIS_COMMAND_TIMEOUT_MS, `must be below ${REDIS_COMMAND_TIMEOUT_MS}`),
    isConsentRequired: z.boolean().default(false),
    consentRequiredBy: shape.CONSENT_REQUIRED_BY,
    isIpAddressKept: z.boolean().default(false),
  })
  .transform(({ ackReplicas, ackTimeoutMs, wire, ...options }) => ({
    ...options,
    matchKeyRules: matchKeyRulesOf({ MATCH_KEY_RULES: options.matchKeyRules }, wire),
    maxEventAgeHours: maxEventAgeHoursOf({ MAX_EVENT_AGE_HOURS: options.maxEventAgeHours }, wire),
    acknowledgement: acknowledgementOf({
      REDIS_URL: options.redisUrl,
      REDIS_ACK_REPLICAS: ackReplicas,
      REDIS_ACK_TIMEOUT_MS: ackTimeoutMs,
    }),
  }));

const OPTION_NAMES = Object.keys(optionsSchema.in.shape);

/** With the defaults filled in. Only the country may stay undefined. */
export type CheckedOptions = z.output<typeof optionsSchema>;

/** @throws ProducerOptionsError naming every faulty option */
export function readOptions(options: ProducerOptions): CheckedOptions {
  const checked = optionsSchema.safeParse(options, WORDED);
  if (checked.success) return checked.data;
  const unknown = checked.error.issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []));
  const faults = checked.error.issues.filter(({ code }) => code !== 'unrecognized_keys');
  throw new ProducerOptionsError([
    ...faults.map(({ path, message }) => `${path.join('.') || 'the argument'}: ${message}`),
    ...unknown.map((name) => `${name}: is no option${didYouMean(name, OPTION_NAMES)}`),
  ]);
}

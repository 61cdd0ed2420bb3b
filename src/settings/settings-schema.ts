/** Every setting: how it is parsed, its default, its bounds and unit, and a line of meaning. */
import { z } from 'zod';
import { CONSENT_RULES } from '../mapping/consent-rule.js';
import { COUNTRY_CODES } from '../mapping/country-codes.js';
import { AMAZON_SETTINGS } from './amazon-settings.js';
import {
  flag,
  integer,
  isHostName,
  isPercentEncoded,
  isRedisAddress,
  matchKeyRulesSchema,
  port,
  REDIS_FORM,
  REDIS_FORMS,
} from './setting-forms.js';
import { dedupeIdSettings, SHOP_SECRETS, shopSettings } from './shop-fields.js';

/** What a webhook's URL may be allowed to set for its events. */
export const WEBHOOK_URL_PARAMETERS = ['consent', 'defaultCountry'] as const;

const WINDOW_BOUNDS = 'must be a number of hours above 0 and at most 2160';

/**
 * Each setting: how it is parsed, and a line of meaning with its unit. A test compares `.env.example` with this list.
 */
export const settingsSchema = z.object({
  REDIS_URL: z
    .string()
    .regex(REDIS_FORM, { error: REDIS_FORMS, abort: true })
    .refine(isRedisAddress, 'is no address: redis://user:password@host:port, a / or # of the password as %2F or %23')
    .refine(isPercentEncoded, 'has a % that starts no escape: write it as %25')
    .default('redis://127.0.0.1:6379')
    .describe('Redis: redis://, rediss://, redis+sentinel://host:port,host:port/master, redis+cluster://host:port,…'),
  REDIS_SENTINEL_PASSWORD: z
    .string()
    .optional()
    .describe('Password of the Sentinels themselves; or REDIS_SENTINEL_PASSWORD_FILE'),
  REDIS_ACK_REPLICAS: z
    .string()
    .regex(/^(auto|[0-9])$/, 'must be auto or a number from 0 to 9')
    .transform((text) => (text === 'auto' ? text : Number(text)))
    .default('auto')
    .describe('Replicas that must have an acknowledged event; auto: 1 with Sentinel or Cluster, else 0'),
  REDIS_ACK_TIMEOUT_MS: integer(1, 60_000).default(1000).describe('Longest wait for these replicas, milliseconds'),
  ...AMAZON_SETTINGS,
  ACCOUNTS_FILE: z.string().optional().describe('JSON file with several accounts; unset: the above are `default`'),
  BATCH_MAX_EVENTS: integer(1, 500).default(500).describe('Most events a request (Amazon takes 500)'),
  BATCH_MAX_BYTES: integer(10_000, 10_000_000).default(1_000_000).describe('Most bytes of a request body'),
  BATCH_LINGER_MS: integer(0, 60_000).default(1000).describe('Longest wait for a batch to fill, milliseconds'),
  BATCHES_IN_FLIGHT: integer(1, 64).default(4).describe('Requests at once, an account and worker'),
  EVENTS_PER_JOB: integer(1, 1000).default(250).describe('Most events that share one BullMQ job'),
  DEDUPE_WINDOW_HOURS: z
    .string()
    .regex(/^\d+(\.\d+)?$/, WINDOW_BOUNDS)
    .transform(Number)
    .refine((hours) => hours > 0 && hours <= 24 * 90, WINDOW_BOUNDS)
    .optional()
    .describe('How long a delivered id is known, hours; unset: 48, and until its event is too old'),
  REQUEST_TIMEOUT_MS: integer(100, 120_000).default(10_000).describe('Longest wait for an answer, milliseconds'),
  RETRY_MAX_ATTEMPTS: integer(1, 100)
    .default(10)
    .describe('Failed attempts of an event, while others succeed, until it is a dead letter'),
  RETRY_BASE_DELAY_MS: integer(1, 600_000).default(1000).describe('First back-off, milliseconds'),
  RETRY_MAX_DELAY_MS: integer(1, 86_400_000).default(300_000).describe('Longest back-off, milliseconds'),
  REFUSED_BATCHES_BEFORE_HOLD: integer(1, 1000)
    .default(3)
    .describe('Batches in a row answered 403 or 400 before the account is held'),
  MAX_EVENT_AGE_HOURS: integer(1, 24 * 21)
    .optional()
    .describe('Oldest event that is sent, hours; unset: 168, or 504 on wire ads-api-v1'),
  DEAD_LETTER_RETENTION_DAYS: integer(1, 3650).default(30).describe('Dead letters older than this are deleted, days'),
  MAX_REQUESTS_PER_SECOND: z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'must be a number')
    .transform(Number)
    .refine((rate) => rate > 0, 'must be above 0')
    .optional()
    .describe('Most requests a second, an account over all workers; unset: no limit'),
  MATCH_KEY_RULES: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(matchKeyRulesSchema)
    .optional()
    .describe(
      'standard, amazon-ads, amazon-events, or several, comma-separated; unset: standard, or amazon-events on wire ads-api-v1',
    ),
  DEFAULT_COUNTRY: z
    .string()
    .toUpperCase()
    .refine((code) => COUNTRY_CODES.has(code), 'is not an ISO 3166-1 alpha-2 country')
    .optional()
    .describe('Country of payloads that name none, ISO alpha-2'),
  ...dedupeIdSettings,
  KEEP_IP_ADDRESSES: flag.describe('Keep consent.geo.ipAddress in events, in plain text'),
  INTAKE_HOST: z.string().default('127.0.0.1').describe('Address the intake listens on'),
  INTAKE_PORT: port.default(8080).describe('Port of the intake; 0 takes a free one'),
  INTAKE_API_KEYS: z
    .string()
    .optional()
    .describe('Bearer keys, `key` or `name=key`, comma-separated; or INTAKE_API_KEYS_FILE'),
  INTAKE_REQUIRE_WORKER: flag.describe('Answer 503 for an account without a worker'),
  SHOPIFY_WEBHOOK_SECRET: z
    .string()
    .optional()
    .describe('Secrets of Shopify webhooks, comma-separated; or SHOPIFY_WEBHOOK_SECRET_FILE'),
  WOOCOMMERCE_WEBHOOK_SECRET: z
    .string()
    .optional()
    .describe('Secrets of WooCommerce webhooks, comma-separated; or WOOCOMMERCE_WEBHOOK_SECRET_FILE'),
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .optional()
    .describe('Secrets of Stripe webhooks (whsec_…), comma-separated; or STRIPE_WEBHOOK_SECRET_FILE'),
  WEBHOOK_CONSENT: z
    .enum(['granted', 'denied'])
    .optional()
    .describe('Consent of customers whose webhook has no signal'),
  CONSENT_REQUIRED_BY: z
    .enum(CONSENT_RULES)
    .default('account-or-country')
    .describe('Whose events need consent: EU accounts (account), or also customers in the EU, GB, NO, IS, LI'),
  WEBHOOK_URL_PARAMETERS: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(z.enum(WEBHOOK_URL_PARAMETERS, { error: `takes ${WEBHOOK_URL_PARAMETERS.join(' and ')}` })))
    .optional()
    .describe('What the URL of a webhook may set, unsigned: `consent`, `defaultCountry`'),
  ...shopSettings,
  CONSOLE_HOST: z.string().default('127.0.0.1').describe('Address the web console listens on'),
  CONSOLE_PORT: port.default(8081).describe('Port of the web console; 0 takes a free one'),
  CONSOLE_TOKEN: z
    .string()
    .optional()
    .describe('Sign-in tokens: `token`, `name=token` or `name:viewer=token`, comma-separated; or CONSOLE_TOKEN_FILE'),
  METRICS_HOST: z.string().default('127.0.0.1').describe('Address of /livez, /readyz and /metrics'),
  METRICS_PORT: port
    .optional()
    .describe('Port of /livez, /readyz and /metrics; unset: the first free one from 9464 on'),
  ALLOWED_HOSTS: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim().toLowerCase()))
    .refine((names) => names.every(isHostName), 'must be host names such as metrics.example, without scheme and port')
    .optional()
    .describe('Further host names for /metrics and an intake without keys, comma-separated'),
  RECEIPTS_FILE: z
    .string()
    .optional()
    .describe('File of receipts, a JSON line each; - for standard output; unset: none'),
  SHUTDOWN_TIMEOUT_MS: integer(0, 600_000).default(25_000).describe('Longest graceful stop, milliseconds'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Log level'),
});

export type Settings = z.output<typeof settingsSchema>;

/** Settings that hold secrets. Each may be read from a file, named by the same setting with `_FILE`. */
export const SECRET_SETTINGS = [
  'REDIS_URL',
  'REDIS_SENTINEL_PASSWORD',
  'AMAZON_ADS_API_TOKEN',
  'LWA_CLIENT_SECRET',
  'LWA_REFRESH_TOKEN',
  'INTAKE_API_KEYS',
  'SHOPIFY_WEBHOOK_SECRET',
  'WOOCOMMERCE_WEBHOOK_SECRET',
  'STRIPE_WEBHOOK_SECRET',
  ...SHOP_SECRETS,
  'CONSOLE_TOKEN',
] as const;

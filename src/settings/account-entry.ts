/** An account as in ACCOUNTS_FILE or the settings, before its parts are checked against each other. */
import { z } from 'zod';
import { type Environment } from './config.js';
import type { SecretSource } from './credentials.js';
import { headerValue, mediaType, pastDate } from './setting-forms.js';
import { type Settings, WEBHOOK_URL_PARAMETERS } from './settings-schema.js';
import { shopEntryFields } from './shop-fields.js';

export const WIRES = ['events-manager-v1', 'ads-api-v1'] as const;
export type WireName = (typeof WIRES)[number];

/** Account names become part of Redis keys and metric labels. */
export const accountNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'must be 1 to 40 of a-z, 0-9, - and _, starting with a letter or digit');

export const accountSchema = z.strictObject({
  name: accountNameSchema,
  region: z.enum(['NA', 'EU', 'FE']).optional(),
  wire: z.enum(WIRES).optional(),
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  tokenUrl: z.url({ protocol: /^https?$/ }).optional(),
  contentType: mediaType.optional(),
  profileId: z.string().regex(/^\d+$/, 'must be the numeric profile id').optional(),
  advertiserId: headerValue.optional(),
  managerAccountId: headerValue.optional(),
  dataSetId: headerValue.optional(),
  dataSetName: headerValue.optional(),
  apiToken: z.string().optional(),
  apiTokenFile: z.string().optional(),
  clientId: headerValue.optional(),
  clientSecret: z.string().optional(),
  clientSecretFile: z.string().optional(),
  refreshToken: z.string().optional(),
  refreshTokenFile: z.string().optional(),
  consentDate: pastDate.optional(),
  shopifyWebhookSecret: z.string().optional(),
  shopifyWebhookSecretFile: z.string().optional(),
  woocommerceWebhookSecret: z.string().optional(),
  woocommerceWebhookSecretFile: z.string().optional(),
  stripeWebhookSecret: z.string().optional(),
  stripeWebhookSecretFile: z.string().optional(),
  ...shopEntryFields,
  webhookConsent: z.enum(['granted', 'denied']).optional(),
  webhookUrlParameters: z.array(z.enum(WEBHOOK_URL_PARAMETERS)).optional(),
});
export type AccountEntry = z.output<typeof accountSchema>;

export function entryFromSettings(settings: Settings, environment: Environment): AccountEntry {
  const fileOf = (field: string, name: string) => (environment[name] ? { [field]: environment[name] } : {});
  return {
    name: 'default',
    profileId: settings.AMAZON_ADS_PROFILE_ID,
    advertiserId: settings.AMAZON_ADS_ACCOUNT_ID,
    managerAccountId: settings.AMAZON_ADS_MANAGER_ACCOUNT_ID,
    dataSetId: settings.AMAZON_ADS_DATASET_ID,
    dataSetName: settings.AMAZON_ADS_DATASET_NAME,
    contentType: settings.AMAZON_ADS_CONTENT_TYPE,
    apiToken: settings.AMAZON_ADS_API_TOKEN,
    clientId: settings.LWA_CLIENT_ID,
    clientSecret: settings.LWA_CLIENT_SECRET,
    refreshToken: settings.LWA_REFRESH_TOKEN,
    consentDate: settings.LWA_CONSENT_DATE,
    ...fileOf('apiTokenFile', 'AMAZON_ADS_API_TOKEN_FILE'),
    ...fileOf('clientSecretFile', 'LWA_CLIENT_SECRET_FILE'),
    ...fileOf('refreshTokenFile', 'LWA_REFRESH_TOKEN_FILE'),
  };
}

export interface EntrySecrets {
  readonly apiToken: SecretSource;
  readonly clientSecret: SecretSource;
  readonly refreshToken: SecretSource;
}

export function secretsOf(entry: AccountEntry): EntrySecrets {
  return {
    apiToken: { text: entry.apiToken, file: entry.apiTokenFile },
    clientSecret: { text: entry.clientSecret, file: entry.clientSecretFile },
    refreshToken: { text: entry.refreshToken, file: entry.refreshTokenFile },
  };
}

/** The settings of Amazon's API and of Login with Amazon. config.ts has them among all others. */
import { z } from 'zod';
import { flag, headerValue, mediaType, pastDate, url } from './setting-forms.js';

export const AMAZON_SETTINGS = {
  AMAZON_ADS_REGION: z.enum(['NA', 'EU', 'FE']).default('NA').describe('Region of the advertiser account'),
  AMAZON_ADS_ENDPOINT: url(/^https?$/)
    .optional()
    .describe('Base URL of the API; unset: the region’s host'),
  AMAZON_ADS_WIRE: z
    .enum(['events-manager-v1', 'ads-api-v1'])
    .default('events-manager-v1')
    .describe('Request and answer format'),
  AMAZON_ADS_PROFILE_ID: z
    .string()
    .regex(/^\d+$/, 'must be the numeric profile id')
    .optional()
    .describe('Numeric profile id (wire events-manager-v1)'),
  AMAZON_ADS_ACCOUNT_ID: headerValue.optional().describe('DSP advertiser id (wire ads-api-v1)'),
  AMAZON_ADS_MANAGER_ACCOUNT_ID: headerValue
    .optional()
    .describe('Manager account (wire ads-api-v1): in place of the advertiser id; needed with an API token'),
  AMAZON_ADS_DATASET_NAME: headerValue
    .optional()
    .describe('Name of the dataset (wire ads-api-v1, Login with Amazon); unset: Amazon’s default'),
  AMAZON_ADS_DATASET_ID: headerValue.optional().describe('Dataset of the API token, amzn1.adm.ds1.evnt1.…'),
  AMAZON_ADS_API_TOKEN: z
    .string()
    .optional()
    .describe('API token, amzn_ads|…, in place of Login with Amazon (wire ads-api-v1); or AMAZON_ADS_API_TOKEN_FILE'),
  AMAZON_ADS_CONTENT_TYPE: mediaType
    .optional()
    .describe('Content type of requests on wire ads-api-v1; unset: application/json'),
  LWA_CLIENT_ID: headerValue.optional().describe('Login with Amazon client id'),
  LWA_CLIENT_SECRET: z.string().optional().describe('Login with Amazon client secret; or LWA_CLIENT_SECRET_FILE'),
  LWA_REFRESH_TOKEN: z.string().optional().describe('Login with Amazon refresh token; or LWA_REFRESH_TOKEN_FILE'),
  LWA_CONSENT_DATE: pastDate
    .optional()
    .describe('Day of consent, such as 2026-11-27: the refresh token ends 365 days later'),
  LWA_TOKEN_URL: url(/^https?$/)
    .optional()
    .describe('Token endpoint; unset: the region’s'),
  AMAZON_ADS_ALLOW_HTTP: flag.describe('Whether API and token endpoint elsewhere may be http; for tests'),
};

/** Settings of each kind of credentials on each wire. They replace those of a World. */

const NO_LWA = { LWA_CLIENT_ID: '', LWA_CLIENT_SECRET: '', LWA_REFRESH_TOKEN: '' };
const ADS_API = { AMAZON_ADS_WIRE: 'ads-api-v1', AMAZON_ADS_PROFILE_ID: '' };
const MANAGER = { AMAZON_ADS_ACCOUNT_ID: '', AMAZON_ADS_MANAGER_ACCOUNT_ID: 'amzn1.ads1.ma1.a1' };
const TAG_TYPE = { AMAZON_ADS_CONTENT_TYPE: 'application/vnd.dspconversioneventimport.v1+json' };
export const API_TOKEN = {
  ...ADS_API,
  ...MANAGER,
  ...NO_LWA,
  AMAZON_ADS_API_TOKEN: 'amzn_ads|canary',
  AMAZON_ADS_DATASET_ID: 'amzn1.adm.ds1.evnt1.x',
};

/** Every valid combination: its name, its settings, the account that Amazon sees. */
export const CREDENTIAL_COMBINATIONS: readonly (readonly [string, Record<string, string>, string])[] = [
  ['Login with Amazon, profile', {}, '1234567890'],
  ['Login with Amazon, advertiser', ADS_API, '987654321'],
  ['Login with Amazon, manager account', { ...ADS_API, ...MANAGER }, 'amzn1.ads1.ma1.a1'],
  ['Login with Amazon, advertiser, dataset', { ...ADS_API, AMAZON_ADS_DATASET_NAME: 'Shop_1' }, '987654321'],
  [
    'Login with Amazon, manager, dataset, tag’s type',
    { ...ADS_API, ...MANAGER, ...TAG_TYPE, AMAZON_ADS_DATASET_NAME: 'S' },
    'amzn1.ads1.ma1.a1',
  ],
  ['API token', API_TOKEN, 'amzn1.ads1.ma1.a1'],
  ['API token, tag’s type', { ...API_TOKEN, ...TAG_TYPE }, 'amzn1.ads1.ma1.a1'],
];

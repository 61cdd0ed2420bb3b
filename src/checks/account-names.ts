/** What the parts of an account are called where the operator set them: in the settings, or in ACCOUNTS_FILE. */
export type Names = Readonly<
  Record<
    | 'clientId'
    | 'clientSecret'
    | 'refreshToken'
    | 'apiToken'
    | 'managerAccountId'
    | 'dataSetId'
    | 'dataSetName'
    | 'profileId'
    | 'advertiserId'
    | 'wire'
    | 'contentType'
    | 'region'
    | 'tokenUrl'
    | 'endpoint',
    string
  >
>;

export const SETTING_NAMES: Names = {
  clientId: 'LWA_CLIENT_ID',
  clientSecret: 'LWA_CLIENT_SECRET',
  refreshToken: 'LWA_REFRESH_TOKEN',
  apiToken: 'AMAZON_ADS_API_TOKEN',
  managerAccountId: 'AMAZON_ADS_MANAGER_ACCOUNT_ID',
  dataSetId: 'AMAZON_ADS_DATASET_ID',
  dataSetName: 'AMAZON_ADS_DATASET_NAME',
  profileId: 'AMAZON_ADS_PROFILE_ID',
  advertiserId: 'AMAZON_ADS_ACCOUNT_ID',
  wire: 'AMAZON_ADS_WIRE',
  contentType: 'AMAZON_ADS_CONTENT_TYPE',
  region: 'AMAZON_ADS_REGION',
  tokenUrl: 'LWA_TOKEN_URL',
  endpoint: 'AMAZON_ADS_ENDPOINT',
};

export const FILE_NAMES: Names = Object.fromEntries(
  Object.keys(SETTING_NAMES).map((name) => [name, `${name} (ACCOUNTS_FILE)`]),
) as Names;

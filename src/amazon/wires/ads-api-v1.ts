/**
 * Wire `ads-api-v1`, Amazon's current open beta: events with a description under `events`. Types and sources that only the
 * tagging guide has are translated.
 *
 * With Login with Amazon a request names the advertiser or a manager account, and its events may name a dataset. With an API
 * token it names the manager account, and each event names the token's dataset; only Amazon's server tag shows this.
 */
import type { ConversionEvent, EventActionSource, EventType } from '../../mapping/event.js';
import type { Account } from '../../settings/accounts.js';
import { readItemLists } from './item-results.js';
import type { DataSet, Wire } from './wire.js';

const CONVERSION_TYPES: Partial<Record<EventType, string>> = { DETAIL_PAGE_VIEW: 'PAGE_VIEW' };
const EVENT_SOURCES: Partial<Record<EventActionSource, string>> = { APP_ANDROID: 'ANDROID', APP_IOS: 'IOS' };

const JSON_TYPE = 'application/json';

export function adsApiV1Into(dataSet: DataSet): Wire {
  return {
    name: 'ads-api-v1',
    path: '/adsApi/v1/create/events',
    headersOf,
    encode: (event) => JSON.stringify(toAdsApi(event, dataSet)),
    isStoredForm: false,
    bodyStart: '{"events":[',
    bodyEnd: ']}',
    indexBase: 0,
    readItems: readItemLists,
  };
}

export const adsApiV1: Wire = adsApiV1Into({});

function headersOf(account: Account, token: string): Record<string, string> {
  const { credentials, advertiserId, managerAccountId, contentType = JSON_TYPE } = account;
  return {
    'Content-Type': contentType,
    // Another content type is the one of Amazon's tag, which sends no Accept.
    ...(contentType === JSON_TYPE && { Accept: JSON_TYPE }),
    ...(credentials.kind === 'lwa'
      ? { Authorization: `Bearer ${token}`, 'Amazon-Ads-ClientId': credentials.clientId }
      : { 'Amazon-Advertising-API-Token': token }),
    ...(managerAccountId === undefined
      ? { 'Amazon-Ads-AccountId': advertiserId ?? '' }
      : { 'Amazon-Ads-Manager-AccountId': managerAccountId }),
  };
}

function toAdsApi(event: ConversionEvent, { dataSetId, dataSetName }: DataSet): object {
  return {
    dataSetId,
    eventDescription: {
      name: event.name,
      conversionType: CONVERSION_TYPES[event.eventType] ?? event.eventType,
      eventSource: EVENT_SOURCES[event.eventActionSource] ?? event.eventActionSource,
      eventIngestionMethod: 'SERVER_TO_SERVER',
      dataSetName,
    },
    countryCode: event.countryCode,
    eventTime: event.timestamp,
    eventId: event.clientDedupeId,
    value: event.value,
    currencyCode: event.currencyCode,
    unitsSold: event.unitsSold,
    matchKeys: event.matchKeys,
    consent: event.consent,
    dataProcessingOptions: event.dataProcessingOptions && { options: event.dataProcessingOptions },
    customData: event.customAttributes,
  };
}

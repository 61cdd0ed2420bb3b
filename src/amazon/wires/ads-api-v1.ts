/**
 * Wire `ads-api-v1`, Amazon's current open beta: events with a description under `events`, the advertiser's id as
 * account. Types and sources that only the tagging guide knows are translated.
 */
import type { ConversionEvent, EventActionSource, EventType } from '../../mapping/event.js';
import { readItemLists } from './item-results.js';
import type { Wire } from './wire.js';

const CONVERSION_TYPES: Partial<Record<EventType, string>> = { DETAIL_PAGE_VIEW: 'PAGE_VIEW' };
const EVENT_SOURCES: Partial<Record<EventActionSource, string>> = { APP_ANDROID: 'ANDROID', APP_IOS: 'IOS' };

export const adsApiV1: Wire = {
  name: 'ads-api-v1',
  path: '/adsApi/v1/create/events',
  headersOf: (account) => ({
    'Content-Type': 'application/json',
    Accept: 'application/json',
    'Amazon-Ads-ClientId': account.clientId,
    'Amazon-Ads-AccountId': account.advertiserId ?? '',
  }),
  encode: (event) => JSON.stringify(toAdsApi(event)),
  isStoredForm: false,
  bodyStart: '{"events":[',
  bodyEnd: ']}',
  indexBase: 0,
  readItems: readItemLists,
};

function toAdsApi(event: ConversionEvent): object {
  return {
    eventDescription: {
      name: event.name,
      conversionType: CONVERSION_TYPES[event.eventType] ?? event.eventType,
      eventSource: EVENT_SOURCES[event.eventActionSource] ?? event.eventActionSource,
      eventIngestionMethod: 'SERVER_TO_SERVER',
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

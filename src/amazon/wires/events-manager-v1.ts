/**
 * Wire `events-manager-v1`, the tagging guide's: flat events under `eventData`, a numeric profile as scope.
 */
import { readItemLists } from './item-results.js';
import type { Wire } from './wire.js';

export const eventsManagerV1: Wire = {
  name: 'events-manager-v1',
  path: '/events/v1/conversions',
  headersOf: (account) => ({
    'Content-Type': 'application/vnd.amcconversionevent.v1+json',
    'Amazon-Advertising-API-ClientId': account.clientId,
    'Amazon-Advertising-API-Scope': account.profileId ?? '',
  }),
  encode: (event) => JSON.stringify(event),
  isStoredForm: true,
  bodyStart: '{"eventData":[',
  bodyEnd: ']}',
  indexBase: 'auto',
  readItems: readItemLists,
};

/**
 * Wire `events-manager-v1`, the tagging guide's: flat events under `eventData`, a numeric profile as scope.
 */
import { readItemLists } from './item-results.js';
import type { Wire } from './wire.js';

export const eventsManagerV1: Wire = {
  name: 'events-manager-v1',
  path: '/events/v1/conversions',
  headersOf: ({ credentials, profileId }, token) => ({
    'Content-Type': 'application/vnd.amcconversionevent.v1+json',
    Authorization: `Bearer ${token}`,
    // An API token does not work here: settings/account-rules.ts does not let such an account start.
    'Amazon-Advertising-API-ClientId': credentials.kind === 'lwa' ? credentials.clientId : '',
    'Amazon-Advertising-API-Scope': profileId ?? '',
  }),
  encode: (event) => JSON.stringify(event),
  isStoredForm: true,
  bodyStart: '{"eventData":[',
  bodyEnd: ']}',
  indexBase: 'auto',
  readItems: readItemLists,
};

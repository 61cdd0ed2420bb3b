/**
 * Source `ga4`: events of Google Analytics 4 in the forms that exist: the flat event of a data layer or a server container, the
 * same with its commerce fields in `ecommerce` or in gtag's `eventModel`, and the Measurement Protocol body with several events
 * in one.
 *
 * The payload is Google's, so fields that mean nothing to Amazon are ignored. Google hashes `sha256_*` values by its own rules
 * (dots of Gmail addresses removed): they are sent unchanged and may not match at Amazon.
 */
import type { MappingContext } from '../context.js';
import { EVENT_TYPES, type EventType, PURCHASE } from '../event.js';
import { isNameOfRefund } from '../name.js';
import { at, fieldsOf, NOWHERE, PlainPayload } from '../payload.js';
import { currency, moneyByHand, saidOr, units } from '../readers.js';
import { type Mapped, refuse } from '../refusal.js';
import type { FieldReader, SourceTable } from '../table.js';
import { TableMapper } from '../table-mapper.js';
import { attributes } from './ga4-attributes.js';
import { CONSENT_PLACES, consent } from './ga4-consent.js';
import { eventId } from './ga4-id.js';
import { MeasurementBody } from './ga4-measurement.js';
import { ga4Time, TIME_PLACES } from './ga4-time.js';
import { USER_DATA, userCountry } from './ga4-user-data.js';

const EVENT_TYPE_OF: ReadonlyMap<string, EventType> = new Map([
  ['view_item', 'DETAIL_PAGE_VIEW'],
  ['add_to_cart', 'ADD_TO_SHOPPING_CART'],
  ['begin_checkout', 'CHECKOUT'],
  ['purchase', PURCHASE],
  ['generate_lead', 'LEAD'],
  ['sign_up', 'SIGN_UP'],
  ['search', 'SEARCH'],
  ['view_search_results', 'SEARCH'],
  ['contact', 'CONTACT'],
  ['page_view', 'PAGE_VIEW'],
  ['subscribe', 'SUBSCRIBE'],
]);

/** A commerce field: gtag's is used first, then the data layer's, then the one at the top level. */
const commerce = (field: string) => at(`eventModel.${field}`, `ecommerce.${field}`, field);

const TRANSACTION_ID = commerce('transaction_id');
const EVENT_ID = at('event_id', 'eventModel.event_id');

const name: FieldReader = (record, from) => {
  const { path, text } = record.first(from);
  return { path, value: text, rule: 'as written' };
};

const eventType: FieldReader = (record, from) => {
  const { path, text, isWrong } = record.first(from);
  if (text === undefined) {
    if (!isWrong) record.refuse(path, 'is required: the name of the GA4 event');
    return { path, value: undefined, rule: '' };
  }
  const value = EVENT_TYPE_OF.get(text);
  if (value !== undefined) return { path, value, rule: 'GA4 name to Amazon type' };
  if (isNameOfRefund(text))
    record.refuse(path, 'is a refund: money that goes back to the customer is no sale', 'not_a_purchase');
  const said = record.context.eventType;
  if (said !== undefined)
    return { path, value: said, rule: 'said with the call: the name stands for none', from: '(the call)' };
  const choices = EVENT_TYPES.join(', ');
  record.refuse(path, `stands for no Amazon event type: name one of ${choices} with the call`, 'unsupported');
  return { path, value: undefined, rule: '' };
};

export const GA4: SourceTable = {
  source: 'ga4',
  refusals: [],
  fields: {
    name: { from: at('event_name', 'event'), read: name, note: 'Measurement Protocol: `name` of the event' },
    eventType: {
      from: at('event_name', 'event'),
      read: eventType,
      note: [...EVENT_TYPE_OF].map(([event, type]) => `\`${event}\` ${type}`).join(', '),
    },
    clientDedupeId: {
      from: TRANSACTION_ID,
      read: eventId(TRANSACTION_ID, EVENT_ID),
      shown: '`transaction_id`, `event_id`',
      note: 'purchases: `transaction_id`, else `event_id` (`DEDUPE_ID_GA4=event_id`: the other way round). Others: `ga4:`, event type and `event_id`, else `transaction_id`, else a digest of the content',
    },
    timestamp: {
      from: TIME_PLACES,
      read: ga4Time,
      note: 'required; milliseconds, microseconds, ISO 8601',
    },
    value: {
      from: commerce('value'),
      read: moneyByHand,
      note: '',
    },
    currencyCode: { from: commerce('currency'), read: currency, note: '', isOfPurchases: true },
    countryCode: {
      from: at(
        'country_code',
        'eventModel.country_code',
        'user_data.address.country',
        'user_data.country',
        'user_location.country_id',
        'user_location.region_id',
      ),
      read: userCountry,
      note: '',
    },
    eventActionSource: { from: NOWHERE, read: saidOr('WEBSITE'), note: 'WEBSITE, or from the call' },
    unitsSold: {
      from: commerce('items'),
      read: units,
      shown: '`items[].quantity`',
      note: '',
      isOfPurchases: true,
    },
    consent: {
      from: CONSENT_PLACES,
      read: consent,
      note: '`ad_user_data` is amznUserData; `ad_storage` is amznAdStorage, alone it is both',
    },
    customAttributes: {
      from: commerce('items'),
      read: attributes,
      shown: '`items[0].item_brand`, `item_category`, `item_id`',
      note: 'brand, category, productId',
    },
  },
  keys: [USER_DATA],
  keysPath: 'user_data',
  isCapped: true,
};

const MAPPER = new TableMapper(GA4);

/** One result for each event; a Measurement Protocol body may have several. */
export function mapGa4(payload: unknown, context: MappingContext): Mapped[] {
  const body = fieldsOf(payload);
  if (!body) return [refuse('invalid', '', 'must be an object: a GA4 event or a Measurement Protocol body')];
  if (body['events'] === undefined) return [MAPPER.map(new PlainPayload(body), context)];
  const { events } = body;
  if (!Array.isArray(events)) return [refuse('invalid', 'events', 'must be a list')];
  if (events.length === 0) return [refuse('invalid', 'events', 'holds no event')];
  const measurement = new MeasurementBody(body, context);
  return events.map((entry: unknown, index) => {
    const event = measurement.eventAt(entry, index);
    if (!event) return refuse('invalid', `events[${index}]`, 'must be an object with name and params');
    return MAPPER.map(event, context, { keys: measurement.keysOf(event) });
  });
}

/**
 * Source `stripe`: the event envelope of a Checkout Session, `{id, type, created, livemode, data: {object}}`.
 *
 * A session whose payment takes days comes twice (`completed` while unpaid, then `async_payment_succeeded`): the second is the
 * purchase, under the session's id and time. Test mode and unpaid sessions are rejected. Other fields are ignored. The decimal
 * point of amounts is moved as text, never in floating point.
 */
import type { MappingContext } from '../context.js';
import { PURCHASE } from '../event.js';
import { address, codes, each, splitName } from '../key-readers.js';
import { readAmount } from '../money.js';
import { at, fieldsOf, NOWHERE, PlainPayload, placeAt, textOf } from '../payload.js';
import { always, country, currency, epochSeconds, orderId, saidOr } from '../readers.js';
import { type Mapped, refuse } from '../refusal.js';
import type { SourceRecord } from '../source-record.js';
import type { FieldReader, KeyRow, SourceTable } from '../table.js';
import { TableMapper } from '../table-mapper.js';
import { cleanText } from '../text.js';
import { NotesPlace } from './checkout-notes.js';
import { consentRow, noteKeys, optOutRow } from './checkout-rows.js';
import { isFalse, isOneOf } from './conditions.js';

const EVENT_TYPES = ['checkout.session.completed', 'checkout.session.async_payment_succeeded'];
/** Events about the same sessions and payments, and about customers: none of them is a sale. */
const NO_SALE = /refund|dispute|^checkout\.session\.(?:expired|async_payment_failed)$|^customer\.subscription\./;

/**
 * docs.stripe.com/currencies: amounts without decimals, and with three; all others have two. UGX and ISK have no decimals in
 * practice, but Stripe writes them with two ("to charge 5 UGX, provide an amount value of 500").
 */
const ZERO_DECIMALS = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '));
const THREE_DECIMALS = new Set('BHD JOD KWD OMR TND'.split(' '));

/** `no_payment_required`: a voucher or a trial covered all of it. */
const isPaid = isOneOf('paid', 'no_payment_required');

const SESSION = 'data.object';
const CUSTOMER = `${SESSION}.customer_details`;
const COLLECTED = `${SESSION}.collected_information`;
/** The customer's own first; the others by the age of the API. */
const SHIPPING = [`${COLLECTED}.shipping_details`, `${SESSION}.shipping_details`, `${SESSION}.shipping`];
const ADDRESSES = [CUSTOMER, ...SHIPPING].map((holder) => `${holder}.address`);

const NOTES = new NotesPlace(`${SESSION}.metadata`);

const AT = {
  person: at(
    `${CUSTOMER}.individual_name`,
    `${COLLECTED}.individual_name`,
    `${CUSTOMER}.name`,
    ...SHIPPING.map((holder) => `${holder}.name`),
  ),
  firm: at(`${CUSTOMER}.business_name`, `${COLLECTED}.business_name`),
};

/** `1999` in EUR is `19.99`, in JPY `1999`, in KWD `1.999`. */
const inWholeUnits: FieldReader = (record, from) => {
  const { path, text } = record.first(from, 'must be a whole number of the smallest unit');
  const code = record.currency;
  const decimals = decimalsOf(code);
  const rule = record.context.isExplained ? `smallest unit of ${code}, ${decimals} decimals, to 2 decimals` : '';
  if (text === undefined) return { path, value: undefined, rule };
  if (!/^-?\d+$/.test(text)) {
    record.refuse(path, 'is no whole number of the smallest unit of the currency');
    return { path, value: undefined, rule };
  }
  const sign = text.startsWith('-') ? '-' : '';
  const digits = text.slice(sign.length).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const value = readAmount(decimals === 0 ? text : `${sign}${whole}.${digits.slice(-decimals)}`);
  if (value === undefined) record.refuse(path, 'has more digits than an amount can have');
  return { path, value, rule };
};

/** The person's name. If a company bought, its name is not a person's. */
const person: KeyRow = {
  to: 'FIRST_NAME, LAST_NAME',
  shown: codes(AT.person.map(({ path }) => path)),
  paths: [...AT.person, ...AT.firm].map(({ path }) => path),
  note: 'the last word is the last name; one word is a first name; `business_name` is left out',
  addTo: (keys, record) => {
    for (const place of AT.person) {
      const name = textOf(record.at(place));
      if (name === undefined || isFirm(name, record)) continue;
      for (const key of splitName(place.path, name)) keys.push(key);
      return;
    }
  },
};

export const STRIPE: SourceTable = {
  source: 'stripe',
  refusals: [
    { at: placeAt('livemode'), when: isFalse, reason: 'test_order', says: 'is false: a session of the test mode' },
    {
      at: placeAt(`${SESSION}.mode`),
      when: isOneOf('setup'),
      reason: 'not_a_purchase',
      says: 'is setup: a card was saved, nothing was bought',
    },
    {
      at: placeAt(`${SESSION}.status`),
      when: isOneOf('open', 'expired'),
      reason: 'not_a_purchase',
      says: 'is open or expired: a checkout that was not finished',
    },
    {
      at: placeAt(`${SESSION}.payment_status`),
      when: (status) => !isPaid(status),
      reason: 'not_a_purchase',
      says: 'is not paid: checkout.session.async_payment_succeeded brings the session when it is',
    },
  ],
  fields: {
    name: { from: NOWHERE, read: always('purchase', 'every order is named purchase'), note: '`purchase`' },
    eventType: { from: NOWHERE, read: always(PURCHASE, 'an order is a purchase'), note: PURCHASE },
    clientDedupeId: {
      from: at(`${SESSION}.id`),
      read: orderId('stripe', `${SESSION}.`),
      note: 'required; the session’s; `DEDUPE_ID_STRIPE` names another field',
    },
    timestamp: {
      from: at(`${SESSION}.created`),
      read: epochSeconds,
      required: 'seconds since 1970',
      note: 'required; when the session was opened',
    },
    value: {
      from: at(`${SESSION}.amount_total`),
      read: inWholeUnits,
      required: 'a whole number of the smallest unit',
      note: 'required; from the smallest unit to whole units',
    },
    currencyCode: {
      from: at(`${SESSION}.currency`),
      read: currency,
      required: 'ISO 4217, such as EUR',
      note: 'required',
    },
    countryCode: {
      from: at(`${CUSTOMER}.address.country`, ...SHIPPING.map((holder) => `${holder}.address.country`)),
      read: country,
      note: '',
    },
    eventActionSource: { from: NOWHERE, read: saidOr('WEBSITE'), note: 'WEBSITE' },
    consent: consentRow(NOTES),
    dataProcessingOptions: optOutRow(NOTES),
  },
  keys: [
    each('EMAIL', [`${CUSTOMER}.email`], ''),
    each('PHONE', [`${CUSTOMER}.phone`, ...SHIPPING.map((holder) => `${holder}.phone`)]),
    person,
    address({
      at: ADDRESSES,
      country: 'country',
      fields: {
        ADDRESS: ['line1', 'line2'],
        CITY: ['city'],
        STATE: ['state'],
        POSTAL: ['postal_code'],
      },
    }),
    ...noteKeys(NOTES),
  ],
  keysPath: CUSTOMER,
  isCapped: true,
};

const MAPPER = new TableMapper(STRIPE);

export function mapStripe(payload: unknown, context: MappingContext): Mapped[] {
  const envelope = fieldsOf(payload);
  if (!envelope) return [refuse('invalid', '', 'must be an object: a Stripe event')];
  const type = textOf(envelope['type']) ?? '';
  if (NO_SALE.test(type))
    return [refuse('not_a_purchase', 'type', 'is an event of a refund, of a subscription or of a payment that failed')];
  // A payload that is not a session has none of the places that the table names.
  if (!EVENT_TYPES.includes(type)) return [refuse('unsupported', 'type', `must be ${EVENT_TYPES.join(' or ')}`)];
  if (!fieldsOf(fieldsOf(envelope['data'])?.['object'])) {
    return [refuse('invalid', SESSION, 'must be an object: the Checkout Session')];
  }
  return [MAPPER.map(new PlainPayload(envelope), context)];
}

function decimalsOf(currencyCode: string): number {
  if (ZERO_DECIMALS.has(currencyCode)) return 0;
  return THREE_DECIMALS.has(currencyCode) ? 3 : 2;
}

/** An empty name is skipped like a company's. */
function isFirm(name: string, record: SourceRecord): boolean {
  const text = cleanText(name);
  for (const place of AT.firm) {
    const firm = textOf(record.at(place));
    if (firm !== undefined && cleanText(firm).toLowerCase() === text.toLowerCase()) return true;
  }
  return text === '';
}

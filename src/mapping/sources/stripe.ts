/**
 * Source `stripe`: the event envelope of a Checkout Session, `{id, type, created, livemode, data: {object}}`.
 *
 * A session whose payment takes days comes twice (`completed` while unpaid, then `async_payment_succeeded`): the second
 * is the purchase, under the session's id and time. Test mode and unpaid sessions are refused. Other fields are passed
 * over. Amounts move their decimal point as text, never in floating point. Field table: docs/sources.md.
 */
import type { MappingContext } from '../context.js';
import { defaultActionSource } from '../origin.js';
import { type Mapped, refuse } from '../refusal.js';
import { isoOf } from '../time.js';
import { addressAt, addressMatchKeys, type MatchKeyField, matchKeysAt } from './match-key-fields.js';
import { type Fields, fieldsOf, type Picked, pickText, placeAt, placesAt, textOf, valueAt } from './payload.js';
import { finishPurchase, pickId } from './purchase.js';

const EVENT_TYPES = ['checkout.session.completed', 'checkout.session.async_payment_succeeded'];
/** `no_payment_required`: a voucher or a trial paid for it all. */
const PAID: ReadonlySet<string> = new Set(['paid', 'no_payment_required']);

/**
 * docs.stripe.com/currencies: amounts without decimals, and with three; all others have two. UGX and ISK have none in
 * life, but Stripe writes them with two ("to charge 5 UGX, provide an amount value of 500").
 */
const ZERO_DECIMALS = 'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' ');
const THREE_DECIMALS = 'BHD JOD KWD OMR TND'.split(' ');

const SESSION = 'data.object';
const CUSTOMER = `${SESSION}.customer_details`;
const ADDRESS = addressAt(`${CUSTOMER}.address`, 'country', {
  ADDRESS: ['line1', 'line2'],
  CITY: ['city'],
  STATE: ['state'],
  POSTAL: ['postal_code'],
});

const AT = {
  session: placeAt(SESSION),
  id: placeAt(`${SESSION}.id`),
  createdAt: placesAt(`${SESSION}.created`),
  total: placesAt(`${SESSION}.amount_total`),
  currency: placesAt(`${SESSION}.currency`),
  country: [ADDRESS.country],
  email: placesAt(`${CUSTOMER}.email`),
  phone: placesAt(`${CUSTOMER}.phone`),
  name: placesAt(`${CUSTOMER}.name`),
};

export function mapStripe(payload: unknown, context: MappingContext): Mapped[] {
  const envelope = fieldsOf(payload);
  if (!envelope) return [refuse('invalid', '', 'must be an object: a Stripe event')];
  return [refusalOf(envelope) ?? mapPurchase(envelope, context)];
}

function refusalOf(envelope: Fields): Mapped | undefined {
  if (!EVENT_TYPES.includes(textOf(envelope['type']) ?? '')) {
    return refuse('unsupported', 'type', `must be ${EVENT_TYPES.join(' or ')}`);
  }
  if (envelope['livemode'] === false) return refuse('test_order', 'livemode', 'is false: a session of the test mode');
  const session = fieldsOf(valueAt(envelope, AT.session));
  if (!session) return refuse('invalid', SESSION, 'must be an object: the Checkout Session');
  if (session['mode'] === 'setup') {
    return refuse('not_a_purchase', `${SESSION}.mode`, 'is setup: a card was saved, nothing was bought');
  }
  if (!PAID.has(textOf(session['payment_status']) ?? '')) {
    const message = 'is not paid: checkout.session.async_payment_succeeded brings the session when it is';
    return refuse('not_a_purchase', `${SESSION}.payment_status`, message);
  }
  return undefined;
}

function mapPurchase(envelope: Fields, context: MappingContext): Mapped {
  const currency = pickText(envelope, AT.currency);
  return finishPurchase(
    {
      source: 'stripe',
      id: pickId(envelope, AT.id),
      createdAt: fromEpochSeconds(pickText(envelope, AT.createdAt)),
      total: inWholeUnits(pickText(envelope, AT.total), currency.text ?? ''),
      currency,
      country: pickText(envelope, AT.country),
      eventActionSource: defaultActionSource(context, 'WEBSITE'),
      matchKeys: matchKeysOf(envelope),
      matchKeysPath: CUSTOMER,
      forms: { createdAt: 'seconds since 1970', total: 'a whole number of the smallest unit' },
    },
    context,
  );
}

/** `1999` in EUR is `19.99`, in JPY `1999`, in KWD `1.999`. */
function inWholeUnits({ path, text }: Picked, currency: string): Picked {
  if (text === undefined || !/^\d+$/.test(text)) return { path, text: undefined };
  const decimals = decimalsOf(currency.toUpperCase());
  const rule = `smallest unit of ${currency.toUpperCase()}, ${decimals} decimals`;
  if (decimals === 0) return { path, text, rule };
  const digits = text.padStart(decimals + 1, '0');
  return { path, text: `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`, rule };
}

function decimalsOf(currency: string): number {
  if (ZERO_DECIMALS.includes(currency)) return 0;
  return THREE_DECIMALS.includes(currency) ? 3 : 2;
}

function fromEpochSeconds({ path, text }: Picked): Picked {
  // Twelve digits reach past the year 9999 and stay within what a Date can hold.
  const isSeconds = text !== undefined && /^\d{1,12}$/.test(text);
  return {
    path,
    text: isSeconds ? isoOf(Number(text) * 1000) : undefined,
    rule: 'seconds since 1970',
  };
}

function matchKeysOf(envelope: Fields): MatchKeyField[] {
  return [
    ...matchKeysAt(envelope, 'EMAIL', AT.email),
    ...matchKeysAt(envelope, 'PHONE', AT.phone),
    ...splitName(pickText(envelope, AT.name)),
    ...addressMatchKeys(envelope, ADDRESS),
  ];
}

/** Stripe has one field for the name: its last word is the last name, what comes before it the first name. */
function splitName({ path, text }: Picked): MatchKeyField[] {
  const words = text?.split(/\s+/) ?? [];
  const last = words.length > 1 ? words.pop() : undefined;
  return [
    ...(words.length > 0
      ? [{ type: 'FIRST_NAME' as const, path, value: words.join(' '), rule: 'all words but the last' }]
      : []),
    ...(last === undefined ? [] : [{ type: 'LAST_NAME' as const, path, value: last, rule: 'the last word' }]),
  ];
}

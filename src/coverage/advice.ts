/**
 * Advice: one line for a match key that a source could send but seldom does.
 *
 * PURE. The table says for each source what its operator can do. A key that a source cannot have is not in it. The
 * steps are from the platforms' manuals: docs.stripe.com/payments/checkout/phone-numbers and …/collect-addresses,
 * shopify.dev/docs/apps/launch/protected-customer-data, developer.woocommerce.com (field visibility of the checkout),
 * developers.google.com/analytics/devguides/collection/ga4/uid-data.
 */
import type { MatchKeyType } from '../mapping/match-key.js';
import type { Source } from '../mapping/source.js';
import type { Period } from './period.js';
import { KEY_NAMES, SOURCE_NAMES, shareText } from './words.js';

export interface Advice {
  /** The keys that one step would add. */
  readonly keys: readonly MatchKeyType[];
  /** `phone on 3 % of orders` */
  readonly finding: string;
  /** One or two sentences. */
  readonly step: string;
  /** Both in one line, after the source. */
  readonly text: string;
}

/** With fewer events the share means little: a day of test orders is no reason to change a checkout. */
export const ADVICE_MIN_EVENTS = 50;
/** An e-mail address matches most, and every checkout asks for it. Fewer ask for the others. */
const LOW_SHARE = { EMAIL: 0.8, other: 0.5 };

type Steps = Partial<Record<MatchKeyType, string>>;

const SHOPIFY_APP =
  'If an app made the webhook, it needs access to protected customer data; a webhook made under Settings > Notifications has all of it.';
const WOOCOMMERCE_FIELDS = 'Keep the billing name and address in the checkout: a plugin may have taken the fields out.';
const STEPS: Readonly<Record<Source, Steps>> = {
  shopify: {
    EMAIL: `Take e-mail as the contact method (Settings > Checkout). ${SHOPIFY_APP}`,
    PHONE: 'Ask for the phone number of the shipping address (Settings > Checkout > Customer information).',
    LAST_NAME: SHOPIFY_APP,
    POSTAL: SHOPIFY_APP,
  },
  woocommerce: {
    EMAIL: 'Orders that were made by hand or by a till often lack it: fill in the billing e-mail.',
    PHONE:
      'Make the phone field of the checkout required (edit the checkout block, or Customize > WooCommerce > Checkout).',
    LAST_NAME: WOOCOMMERCE_FIELDS,
    POSTAL: WOOCOMMERCE_FIELDS,
  },
  stripe: {
    EMAIL: 'Set customer_email, or a customer with an address, when you create the Checkout Session.',
    PHONE: 'Turn on phone number collection in Checkout. In code: phone_number_collection[enabled]=true.',
    LAST_NAME: 'Collect names in Checkout, or billing addresses. In code: name_collection[individual][enabled]=true.',
    POSTAL: 'Collect billing addresses in Checkout. In code: billing_address_collection=required.',
  },
  ga4: userProvidedData('sha256_email_address', 'sha256_phone_number', 'address'),
  order: {
    EMAIL: 'Send customer.email with each order.',
    PHONE: 'Send customer.phone with each order.',
    LAST_NAME: 'Send customer.firstName and customer.lastName with each order.',
    POSTAL: 'Send customer.city, customer.state and customer.postal with each order.',
  },
  csv: {
    EMAIL: 'Fill the column email.',
    PHONE: 'Fill the column phone.',
    LAST_NAME: 'Fill the columns first_name and last_name.',
    POSTAL: 'Fill the columns city, state and postal.',
  },
  conversion: {
    EMAIL: 'Add a match key of type EMAIL.',
    PHONE: 'Add a match key of type PHONE.',
    LAST_NAME: 'Add match keys of types FIRST_NAME and LAST_NAME.',
    POSTAL: 'Add match keys of types CITY, STATE and POSTAL.',
  },
};

function userProvidedData(email: string, phone: string, address: string): Steps {
  const send = (field: string) => `Send user-provided data with the event: user_data.${field}.`;
  return { EMAIL: send(email), PHONE: send(phone), LAST_NAME: send(address), POSTAL: send(address) };
}

/** What the source's operator calls an event. */
const NOUNS: Readonly<Record<Source, string>> = {
  shopify: 'orders',
  woocommerce: 'orders',
  stripe: 'orders',
  order: 'orders',
  ga4: 'events',
  csv: 'rows',
  conversion: 'events',
};

/** @returns a line per step, the key that matches most first; none if the period has too few events */
export function adviceFor(source: Source, { events, keys }: Period): Advice[] {
  if (events < ADVICE_MIN_EVENTS) return [];
  const lacking = new Map<string, MatchKeyType[]>();
  for (const key of adviceKeysOf(source)) {
    const low = key === 'EMAIL' ? LOW_SHARE.EMAIL : LOW_SHARE.other;
    const step = STEPS[source][key] ?? '';
    if ((keys[key].share ?? 0) < low) lacking.set(step, [...(lacking.get(step) ?? []), key]);
  }
  return [...lacking].map(([step, some]) => {
    const shares = some.map((key) => `${KEY_NAMES[key]} on ${shareText(keys[key].share ?? 0)}`);
    const finding = `${shares.join(', ')} of ${NOUNS[source]}`;
    return { keys: some, finding, step, text: `${SOURCE_NAMES[source]}: ${finding}. ${step}` };
  });
}

/** The keys that the source could have, the one that matches most first. */
export function adviceKeysOf(source: Source): MatchKeyType[] {
  return Object.keys(STEPS[source]) as MatchKeyType[];
}

/**
 * The demo's traffic: orders and GA4 events that look like a real shop's. The same seed gives the same traffic.
 *
 * Several countries with phone numbers in national notation, accents, guest orders, repeats, broken records, and one
 * that comes again corrected.
 */

export interface Traffic {
  /** Payloads of source `order` for the HTTP intake. */
  readonly orders: readonly object[];
  /** Payloads of source `order` for the file import. */
  readonly fileOrders: readonly object[];
  /** Payloads of source `ga4`. */
  readonly ga4: readonly object[];
  /** A broken order, and the same order corrected. */
  readonly corrected: { readonly before: object; readonly after: object };
}

export interface Shop {
  readonly country: string;
  readonly currency: string;
  readonly city: string;
  readonly postal: string;
  readonly phone: (digits: string) => string;
  readonly people: readonly (readonly [first: string, last: string])[];
}

export const SHOPS: readonly Shop[] = [
  {
    country: 'US',
    currency: 'USD',
    city: 'San Francisco',
    postal: '94107',
    phone: (digits) => `(415) ${digits.slice(0, 3)}-${digits.slice(3, 7)}`,
    people: [
      ['Maria', "O'Connor"],
      ['John', 'Smith'],
      ['Aisha', 'Johnson'],
    ],
  },
  {
    country: 'GB',
    currency: 'GBP',
    city: 'London',
    postal: 'SW1A 1AA',
    phone: (digits) => `020 7${digits.slice(0, 3)} ${digits.slice(3, 7)}`,
    people: [
      ['Oliver', 'Taylor'],
      ['Priya', 'Patel'],
    ],
  },
  {
    country: 'DE',
    currency: 'EUR',
    city: 'München',
    postal: '80331',
    phone: (digits) => `089 / ${digits}`,
    people: [
      ['Jürgen', 'Müller'],
      ['Käthe', 'Weiß'],
    ],
  },
  {
    country: 'FR',
    currency: 'EUR',
    city: 'Orléans',
    postal: '45000',
    phone: (digits) => `02 38 ${digits.slice(0, 2)} ${digits.slice(2, 4)} ${digits.slice(4, 6)}`,
    people: [
      ['Zoé', 'Lefèvre'],
      ['Anaïs', 'Dupont'],
    ],
  },
  {
    country: 'CA',
    currency: 'CAD',
    city: 'Montréal',
    postal: 'H2Y 1C6',
    phone: (digits) => `514-${digits.slice(0, 3)}-${digits.slice(3, 7)}`,
    people: [['Émile', 'Tremblay']],
  },
  {
    country: 'JP',
    currency: 'JPY',
    city: '東京',
    postal: '100-0001',
    phone: (digits) => `03-5${digits.slice(0, 3)}-${digits.slice(3, 7)}`,
    people: [['花子', '李']],
  },
];

/** The sandbox acts as an advertiser that is not set up for it. */
const BRAZIL: Shop = {
  country: 'BR',
  currency: 'BRL',
  city: 'São Paulo',
  postal: '01310-100',
  phone: (digits) => `(11) 3${digits.slice(0, 3)}-${digits.slice(3, 7)}`,
  people: [['João', 'da Silva']],
};

const HOUR_MS = 3_600_000;
/** An article's number scanned in place of the quantity: Amazon refuses the whole request. */
const SCANNED_QUANTITY = 812_345;

export function makeTraffic(seed: number, nowMs: number): Traffic {
  const random = seeded(seed);
  const pick = <T>(choices: readonly [T, ...T[]] | readonly T[]): T => {
    const choice = choices[Math.floor(random() * choices.length)];
    if (choice === undefined) throw new Error('nothing to pick from');
    return choice;
  };
  const digits = () => String(2_000_000 + Math.floor(random() * 7_999_999));
  const money = () => `${5 + Math.floor(random() * 400)}.${String(Math.floor(random() * 100)).padStart(2, '0')}`;
  const timeWithin = (hours: number) => new Date(nowMs - Math.floor(random() * hours * HOUR_MS)).toISOString();

  const order = (number: number, shop: Shop) => {
    const [firstName, lastName] = pick(shop.people);
    const isGuest = random() < 0.2;
    return {
      id: `${shop.country}-${100_000 + number}`,
      createdAt: timeWithin(30),
      total: shop.currency === 'JPY' ? String(500 + Math.floor(random() * 20_000)) : money(),
      currency: shop.currency,
      country: shop.country,
      channel: pick(['web', 'web', 'web', 'store', 'phone', 'app_ios', 'app_android']),
      items: [
        { sku: `SKU-${Math.floor(random() * 900)}`, quantity: 1 + Math.floor(random() * 3), price: money() },
        ...(random() < 0.4 ? [{ sku: `SKU-${Math.floor(random() * 900)}`, quantity: 1, price: money() }] : []),
      ],
      customer: {
        email: `  Customer.${number}@Example.com `,
        phone: isGuest ? null : shop.phone(digits()),
        firstName,
        lastName,
        city: shop.city,
        postal: shop.postal,
      },
      consent: { amazonConsent: { amznAdStorage: 'GRANTED', amznUserData: 'GRANTED' } },
    };
  };
  const orders = Array.from({ length: 1400 }, (_, number) => order(number, pick(SHOPS)));
  const fileOrders = Array.from({ length: 1600 }, (_, number) => order(10_000 + number, pick(SHOPS)));
  const refused = Array.from({ length: 60 }, (_, number) => order(20_000 + number, BRAZIL));
  const poisoned = Array.from({ length: 3 }, (_, number) => ({
    ...order(30_000 + number, pick(SHOPS)),
    items: [{ sku: 'SKU-12', quantity: SCANNED_QUANTITY, price: money() }],
  }));
  const repeats = (from: readonly object[], share: number) => from.filter(() => random() < share);
  const corrected = order(40_000, pick(SHOPS));

  const ga4 = Array.from({ length: 1200 }, (_, number) => {
    const name = pick(['purchase', 'add_to_cart', 'view_item', 'begin_checkout', 'generate_lead', 'sign_up'] as const);
    const shop = pick(SHOPS);
    const hasCart = name !== 'generate_lead' && name !== 'sign_up';
    return {
      event_name: name,
      event_id: `ga-${seed}-${number}`,
      timestamp_ms: nowMs - Math.floor(random() * 20 * HOUR_MS),
      country_code: shop.country,
      ...(hasCart && {
        ecommerce: {
          transaction_id: `T-${number}`,
          value: shop.currency === 'JPY' ? Math.round(Number(money())) : Number(money()),
          currency: shop.currency,
          items: [{ item_id: `SKU-${number % 900}`, item_brand: 'Möbel & Co', item_category: 'Chairs', quantity: 2 }],
        },
      }),
      user_data: { email_address: `Visitor.${number}@Example.org`, phone_number: shop.phone(digits()) },
      consent_state: { ad_storage: 'granted', ad_user_data: pick(['granted', 'granted', 'denied']) },
    };
  });
  const broken = [
    { ...order(50_000, pick(SHOPS)), country: 'Wonderland' },
    { ...order(50_001, pick(SHOPS)), customer: {} },
    { ...order(50_002, pick(SHOPS)), createdAt: new Date(nowMs - 30 * 24 * HOUR_MS).toISOString() },
    { ...order(50_003, pick(SHOPS)), channel: 'carrier pigeon' },
  ];
  const japan = SHOPS.filter(({ currency }) => currency === 'JPY');
  const withDecimals = Array.from({ length: 2 }, (_, number) => ({
    ...order(60_000 + number, pick(japan)),
    total: money(),
  }));
  return {
    orders: [...orders, ...refused, ...repeats(orders, 0.1), ...broken],
    fileOrders: [...fileOrders, ...poisoned, ...withDecimals, ...repeats(fileOrders, 0.1), ...broken],
    ga4: [...ga4, ...repeats(ga4, 0.05)],
    corrected: { before: { ...corrected, total: '1.299,00' }, after: { ...corrected, total: '1299.00' } },
  };
}

/** Mulberry32: small, and the same on every machine. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Drafts of events, valid and invalid: each field on both sides of its limits, and whole drafts with a changed value.
 */
import fc from 'fast-check';
import { EVENT_TYPES } from '../../src/mapping/event.js';
import { MATCH_KEY_TYPES } from '../../src/mapping/match-key.js';
import { conversionPayload } from './events.js';
import { mutationsOf } from './mutations.js';

const FULL = conversionPayload({
  consent: {
    geo: { ipAddress: '2001:db8::1' },
    amazonConsent: { amznAdStorage: 'DENIED', amznUserData: 'GRANTED' },
    tcf: 'CPcanaryConsentString',
    gpp: 'DBABTA~1YNN',
  },
  dataProcessingOptions: ['LIMITED_DATA_USE'],
  customAttributes: [{ name: 'brand', value: 'Acme_1' }],
});

const DRAFTS = [FULL, conversionPayload(), conversionPayload({ eventType: 'LEAD', currencyCode: undefined })];

/** Values on both sides of each limit of an event. */
const EDGES: Readonly<Record<string, readonly unknown[]>> = {
  name: [
    ' purchase ',
    'n'.repeat(256),
    'n'.repeat(257),
    '🛒'.repeat(128),
    '🛒'.repeat(129),
    '🛒'.repeat(257),
    'a;b',
    'é',
  ],
  eventType: [...EVENT_TYPES, 'off_amazon_purchases'],
  eventActionSource: ['WEBSITE', 'FIRE_TV', 'fire_tv'],
  countryCode: ['us', ' US', 'en-US', 'en_us', 'USA', 'XX', 'ß', '-', 'U S', 'US\n'],
  timestamp: [
    '2026-11-20T10:00:00Z',
    '2026-11-20T10:00:00.5Z',
    '2026-11-20T10:00:00.123Z',
    '2026-11-20T10:00:00.123456Z',
    '2026-11-20T10:00Z',
    '2026-11-20T24:00:00Z',
    '2026-11-20T10:00:60Z',
    '2026-11-20T10:00:00z',
    '2026-11-20t10:00:00Z',
    '2026-11-20 10:00:00Z',
    '2026-11-20T10:00:00+14:00',
    '2026-11-20T10:00:00-00:00',
    '2026-11-20T10:00:00+0100',
    '0000-02-29T00:00:00Z',
    '0000-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    '2027-02-29T00:00:00Z',
    '2028-02-29T00:00:00Z',
    '2026-11-20T10:00:00Z\n',
  ],
  clientDedupeId: ['', 'i'.repeat(256), 'i'.repeat(257), 'a@b', 'a\u007fb', 'a\u0085b', '\ud83d', '\ude00', '🛒', 'ß'],
  value: [0, -0, 1, 129.9, 0.07, 1.005, 1e21, 1e-7, -1, Number.NaN, Number.POSITIVE_INFINITY, '1'],
  currencyCode: ['usd', 'EUR', 'XQX', 'ﬀx', ''],
  unitsSold: [0, 1, 1.5, 1_000_000, 1_000_001, 2 ** 53, '1'],
  consent: [
    {},
    { tcf: undefined },
    { tcf: '' },
    { gpp: 'x'.repeat(10_001) },
    { geo: { ipAddress: '1.2.3.256' } },
    null,
  ],
  dataProcessingOptions: [[], ['LIMITED_DATA_USE', 'LIMITED_DATA_USE'], 'LIMITED_DATA_USE'],
  customAttributes: [[], [{ name: 'a', value: 'é' }], [{ name: 'a' }], Array.from({ length: 2 })],
  matchKeys: [
    [],
    MATCH_KEY_TYPES.map((type) => ({ type, values: [' x '] })),
    [...MATCH_KEY_TYPES, 'EMAIL'].map((type) => ({ type, values: ['x'] })),
    [{ type: 'EMAIL', values: ['x'.repeat(1000)] }],
    [{ type: 'EMAIL', values: ['x'.repeat(1001)] }],
    [{ type: 'EMAIL', values: ['🛒'.repeat(501)] }],
    [{ type: 'toString', values: ['x'] }],
    [{ type: 'EMAIL', values: 'x' }],
    [{ values: ['x'], type: 'EMAIL', more: 1 }],
  ],
  orderTotal: [1],
};

/** A draft with up to three fields at a limit or undefined, and its fields in either order. */
const changes = Object.entries(EDGES).flatMap(([field, values]) =>
  [...values, undefined].map((value) => ({ [field]: value })),
);
const edges = fc
  .tuple(fc.constantFrom(...DRAFTS), fc.array(fc.constantFrom(...changes), { maxLength: 3 }), fc.boolean())
  .map(([draft, changed, isReversed]) => {
    const fields = Object.entries(Object.assign({}, draft, ...changed) as Record<string, unknown>);
    return Object.fromEntries(isReversed ? fields.toReversed() : fields);
  });

export const drafts = fc.oneof(edges, ...DRAFTS.map((draft) => mutationsOf(draft)));

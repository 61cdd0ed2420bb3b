import { describe, expect, it } from 'vitest';
import type { Wire } from '../../../src/amazon/wires/wire.js';
import { wireOf } from '../../../src/amazon/wires/wire-of.js';
import { type ConversionEvent, EVENT_ACTION_SOURCES, EVENT_TYPES } from '../../../src/mapping/event.js';
import { type Account, WIRES } from '../../../src/settings/accounts.js';
import { EMAIL_DIGEST, eventOf } from '../../support/events.js';

const ACCOUNT: Account = {
  name: 'default',
  region: 'EU',
  wire: 'events-manager-v1',
  endpoint: 'https://advertising-api-eu.amazon.com',
  tokenUrl: 'https://api.amazon.co.uk/auth/o2/token',
  profileId: '1234567890',
  advertiserId: '580000000000000001',
  clientId: 'amzn1.application-oa2-client.1',
  readClientSecret: () => 'the client secret',
  readRefreshToken: () => 'the refresh token',
};

/** Just what an event must have. */
const LEAST = eventOf('order-1', { timestamp: '2026-11-20T10:00:00.000Z' });
const { value: _value, currencyCode: _currencyCode, ...BARE } = LEAST;

/** All that an event can have. */
const FULL: ConversionEvent = {
  name: 'Käufe',
  eventType: 'OFF_AMAZON_PURCHASES',
  eventActionSource: 'APP_IOS',
  countryCode: 'DE',
  timestamp: '2026-11-20T10:00:00.000Z',
  clientDedupeId: 'order-2',
  value: 129.9,
  currencyCode: 'EUR',
  unitsSold: 3,
  matchKeys: [
    { type: 'EMAIL', values: [EMAIL_DIGEST] },
    { type: 'MAID', values: ['CDDA802E-FB9C-47AD-9866-0794D394C912'] },
  ],
  consent: { geo: { ipAddress: '192.0.2.1' }, amazonConsent: { amznAdStorage: 'GRANTED', amznUserData: 'DENIED' } },
  dataProcessingOptions: ['LIMITED_DATA_USE'],
  customAttributes: [{ name: 'tier', value: 'gold' }],
};

function bodyOf(wire: Wire, events: readonly ConversionEvent[]): string {
  return `${wire.bodyStart}${events.map((event) => wire.encode(event)).join(',')}${wire.bodyEnd}`;
}

const MATCH_KEYS =
  `"matchKeys":[{"type":"EMAIL","values":["${EMAIL_DIGEST}"]},` +
  '{"type":"MAID","values":["CDDA802E-FB9C-47AD-9866-0794D394C912"]}]';
const CONSENT =
  '"consent":{"geo":{"ipAddress":"192.0.2.1"},"amazonConsent":{"amznAdStorage":"GRANTED","amznUserData":"DENIED"}}';

describe('speaking events-manager-v1', () => {
  const wire = wireOf('events-manager-v1');

  it('goes to its path with the numeric profile as scope', () => {
    expect(wire.name).toBe('events-manager-v1');
    expect(wire.path).toBe('/events/v1/conversions');
    expect(wire.indexBase).toBe('auto');
    expect(wire.headersOf(ACCOUNT)).toEqual({
      'Content-Type': 'application/vnd.amcconversionevent.v1+json',
      'Amazon-Advertising-API-ClientId': 'amzn1.application-oa2-client.1',
      'Amazon-Advertising-API-Scope': '1234567890',
    });
  });

  it('writes events flat under eventData, to the byte', () => {
    expect(bodyOf(wire, [BARE, FULL])).toBe(
      '{"eventData":[' +
        '{"name":"purchase","eventType":"OFF_AMAZON_PURCHASES","eventActionSource":"WEBSITE","countryCode":"US",' +
        '"timestamp":"2026-11-20T10:00:00.000Z","clientDedupeId":"order-1",' +
        `"matchKeys":[{"type":"EMAIL","values":["${EMAIL_DIGEST}"]}]},` +
        '{"name":"Käufe","eventType":"OFF_AMAZON_PURCHASES","eventActionSource":"APP_IOS","countryCode":"DE",' +
        '"timestamp":"2026-11-20T10:00:00.000Z","clientDedupeId":"order-2","value":129.9,"currencyCode":"EUR",' +
        `"unitsSold":3,${MATCH_KEYS},${CONSENT},"dataProcessingOptions":["LIMITED_DATA_USE"],` +
        '"customAttributes":[{"name":"tier","value":"gold"}]}' +
        ']}',
    );
  });

  it('translates neither types nor sources', () => {
    for (const eventType of EVENT_TYPES) {
      expect(JSON.parse(wire.encode({ ...BARE, eventType }))).toMatchObject({ eventType });
    }
    for (const eventActionSource of EVENT_ACTION_SOURCES) {
      expect(JSON.parse(wire.encode({ ...BARE, eventActionSource }))).toMatchObject({ eventActionSource });
    }
  });
});

describe('speaking ads-api-v1', () => {
  const wire = wireOf('ads-api-v1');

  it('goes to its path with the advertiser as account', () => {
    expect(wire.name).toBe('ads-api-v1');
    expect(wire.path).toBe('/adsApi/v1/create/events');
    expect(wire.indexBase).toBe(0);
    expect(wire.headersOf(ACCOUNT)).toEqual({
      'Content-Type': 'application/json',
      Accept: 'application/json',
      'Amazon-Ads-ClientId': 'amzn1.application-oa2-client.1',
      'Amazon-Ads-AccountId': '580000000000000001',
    });
  });

  it('writes events with a description under events, to the byte', () => {
    expect(bodyOf(wire, [BARE, FULL])).toBe(
      '{"events":[' +
        '{"eventDescription":{"name":"purchase","conversionType":"OFF_AMAZON_PURCHASES","eventSource":"WEBSITE",' +
        '"eventIngestionMethod":"SERVER_TO_SERVER"},"countryCode":"US","eventTime":"2026-11-20T10:00:00.000Z",' +
        `"eventId":"order-1","matchKeys":[{"type":"EMAIL","values":["${EMAIL_DIGEST}"]}]},` +
        '{"eventDescription":{"name":"Käufe","conversionType":"OFF_AMAZON_PURCHASES","eventSource":"IOS",' +
        '"eventIngestionMethod":"SERVER_TO_SERVER"},"countryCode":"DE","eventTime":"2026-11-20T10:00:00.000Z",' +
        `"eventId":"order-2","value":129.9,"currencyCode":"EUR","unitsSold":3,${MATCH_KEYS},${CONSENT},` +
        '"dataProcessingOptions":{"options":["LIMITED_DATA_USE"]},"customData":[{"name":"tier","value":"gold"}]}' +
        ']}',
    );
  });

  it.each(EVENT_TYPES)('names the type %s as this wire does', (eventType) => {
    const conversionType = eventType === 'DETAIL_PAGE_VIEW' ? 'PAGE_VIEW' : eventType;
    expect(JSON.parse(wire.encode({ ...BARE, eventType }))).toMatchObject({ eventDescription: { conversionType } });
  });

  it.each([
    ['WEBSITE', 'WEBSITE'],
    ['OFFLINE', 'OFFLINE'],
    ['FIRE_TV', 'FIRE_TV'],
    ['APP_ANDROID', 'ANDROID'],
    ['APP_IOS', 'IOS'],
  ] as const)('names the source %s %s', (eventActionSource, eventSource) => {
    expect(JSON.parse(wire.encode({ ...BARE, eventActionSource }))).toMatchObject({
      eventDescription: { eventSource },
    });
  });
});

describe.each(WIRES)('encoding for %s', (name) => {
  const wire = wireOf(name);

  it('keeps a value of nothing', () => {
    expect(JSON.parse(wire.encode({ ...BARE, value: 0 }))).toMatchObject({ value: 0 });
  });

  it('gives the same bytes for the same event', () => {
    expect(wire.encode(structuredClone(FULL))).toBe(wire.encode(FULL));
  });

  it('has a body without events that is JSON', () => {
    const roots = Object.values(JSON.parse(bodyOf(wire, [])) as object);
    expect(roots).toEqual([[]]);
  });

  it('puts no secret in a header', () => {
    expect(JSON.stringify(wire.headersOf(ACCOUNT))).not.toContain('the ');
  });

  it('says nothing of a profile or an advertiser that is not set', () => {
    const { profileId: _profile, advertiserId: _advertiser, ...account } = ACCOUNT;
    expect(Object.values(wire.headersOf(account))).toContain('');
  });
});

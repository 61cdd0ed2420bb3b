import { beforeEach, describe, expect, it } from 'vitest';
import type { Wire } from '../../../src/amazon/wires/wire.js';
import { wireOf } from '../../../src/amazon/wires/wire-of.js';
import { type ConversionEvent, EVENT_ACTION_SOURCES, EVENT_TYPES } from '../../../src/mapping/event.js';
import { WIRES } from '../../../src/settings/account-entry.js';
import type { Account } from '../../../src/settings/accounts.js';
import { lwaCredentials } from '../../support/credentials.js';
import { EMAIL_DIGEST, eventOf } from '../../support/events.js';

const ACCOUNT: Account = {
  name: 'default',
  region: 'EU',
  wire: 'events-manager-v1',
  endpoint: 'https://advertising-api-eu.amazon.com',
  profileId: '1234567890',
  advertiserId: '580000000000000001',
  credentials: lwaCredentials({ clientId: 'amzn1.application-oa2-client.1' }),
};

/** Only the required fields of an event. */
const LEAST = eventOf('order-1', { timestamp: '2026-11-20T10:00:00.000Z' });
const { value: _value, currencyCode: _currencyCode, ...BARE } = LEAST;

/** All fields of an event. */
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
  let wire: Wire;
  beforeEach(() => {
    wire = wireOf('events-manager-v1');
  });

  it('goes to its path with the numeric profile as scope', () => {
    expect(wire.name).toBe('events-manager-v1');
    expect(wire.path).toBe('/events/v1/conversions');
    expect(wire.indexBase).toBe('auto');
    expect(wire.isStoredForm).toBe(true);
    expect(wire.headersOf(ACCOUNT, 'Atza|1')).toEqual({
      Authorization: 'Bearer Atza|1',
      'Content-Type': 'application/vnd.amcconversionevent.v1+json',
      'Amazon-Advertising-API-ClientId': 'amzn1.application-oa2-client.1',
      'Amazon-Advertising-API-Scope': '1234567890',
    });
  });

  it('has no client id to send with an API token, which no account starts with', () => {
    const account = { ...ACCOUNT, credentials: { kind: 'api_token', readToken: () => 't' } } as const;
    expect(wire.headersOf(account, 't')).toMatchObject({ 'Amazon-Advertising-API-ClientId': '' });
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
  let wire: Wire;
  beforeEach(() => {
    wire = wireOf('ads-api-v1');
  });

  it('goes to its path with the advertiser as account', () => {
    expect(wire.name).toBe('ads-api-v1');
    expect(wire.path).toBe('/adsApi/v1/create/events');
    expect(wire.indexBase).toBe(0);
    expect(wire.isStoredForm).toBe(false);
    expect(wire.headersOf(ACCOUNT, 'Atza|1')).toEqual({
      Authorization: 'Bearer Atza|1',
      'Content-Type': 'application/json',
      Accept: 'application/json',
      'Amazon-Ads-ClientId': 'amzn1.application-oa2-client.1',
      'Amazon-Ads-AccountId': '580000000000000001',
    });
  });

  it('names the manager account in place of the advertiser, and the content type that is set', () => {
    const { advertiserId: _advertiser, ...account } = ACCOUNT;
    const contentType = 'application/vnd.dspconversioneventimport.v1+json';
    expect(wire.headersOf({ ...account, managerAccountId: 'amzn1.ads1.ma1.a1', contentType }, 'Atza|1')).toEqual({
      Authorization: 'Bearer Atza|1',
      'Content-Type': contentType,
      'Amazon-Ads-ClientId': 'amzn1.application-oa2-client.1',
      'Amazon-Ads-Manager-AccountId': 'amzn1.ads1.ma1.a1',
    });
  });

  it('sends an API token without an authorization and without a client id', () => {
    const credentials = { kind: 'api_token', readToken: () => 'unused' } as const;
    const account = { ...ACCOUNT, credentials, advertiserId: undefined, managerAccountId: 'amzn1.ads1.ma1.a1' };
    expect(wire.headersOf(account, 'amzn_ads|1')).toEqual({
      'Content-Type': 'application/json',
      Accept: 'application/json',
      'Amazon-Advertising-API-Token': 'amzn_ads|1',
      'Amazon-Ads-Manager-AccountId': 'amzn1.ads1.ma1.a1',
    });
  });

  it('puts events into a dataset, by name in their description or by id beside it', () => {
    const encoded = (dataSet: object) => JSON.parse(wireOf('ads-api-v1', dataSet).encode(BARE)) as object;
    const plain = encoded({});
    expect(JSON.stringify(plain)).not.toContain('dataSet');
    expect(encoded({ dataSetId: 'amzn1.adm.ds1.evnt1.x' })).toEqual({ ...plain, dataSetId: 'amzn1.adm.ds1.evnt1.x' });
    expect(encoded({ dataSetName: 'Shop_1' })).toMatchObject({ eventDescription: { dataSetName: 'Shop_1' } });
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
  let wire: Wire;
  beforeEach(() => {
    wire = wireOf(name);
  });

  it('keeps a value of nothing', () => {
    expect(JSON.parse(wire.encode({ ...BARE, value: 0 }))).toMatchObject({ value: 0 });
  });

  it('gives the same bytes for the same event', () => {
    expect(wire.encode(structuredClone(FULL))).toBe(wire.encode(FULL));
  });

  it('has valid JSON as a body without events', () => {
    const roots = Object.values(JSON.parse(bodyOf(wire, [])) as object);
    expect(roots).toEqual([[]]);
  });

  it('puts no secret in a header', () => {
    expect(JSON.stringify(wire.headersOf(ACCOUNT, 'Atza|1'))).not.toContain('the ');
  });

  it('says nothing of a profile or an advertiser that is not set', () => {
    const { profileId: _profile, advertiserId: _advertiser, ...account } = ACCOUNT;
    expect(Object.values(wire.headersOf(account, 'Atza|1'))).toContain('');
  });
});

// Real: the sandbox over HTTP. Requests are written by hand, so that it shares nothing with our own wires.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Sandbox } from '../../../src/sandbox/sandbox.js';

const sandbox = new Sandbox();
let url = '';
let bearer = '';
beforeAll(async () => {
  url = await sandbox.start();
});
afterAll(() => sandbox.stop());
beforeEach(async () => {
  const form = { grant_type: 'refresh_token', refresh_token: 'r', client_id: 'c', client_secret: 's' };
  const response = await fetch(`${url}/auth/o2/token`, { method: 'POST', body: new URLSearchParams(form).toString() });
  bearer = `Bearer ${((await response.json()) as { access_token: string }).access_token}`;
});

const matchKeys = [{ type: 'EMAIL', values: ['a'.repeat(64)] }];
const time = () => new Date().toISOString();
const flat = () => ({
  name: 'purchase',
  eventType: 'LEAD',
  eventActionSource: 'WEBSITE',
  countryCode: 'US',
  timestamp: time(),
  clientDedupeId: 'a',
  matchKeys,
});
const described = (dataSet: { dataSetId?: string; dataSetName?: string } = {}) => ({
  ...(dataSet.dataSetId !== undefined && { dataSetId: dataSet.dataSetId }),
  eventDescription: {
    name: 'lead',
    conversionType: 'LEAD',
    eventSource: 'WEBSITE',
    eventIngestionMethod: 'SERVER_TO_SERVER',
    ...(dataSet.dataSetName !== undefined && { dataSetName: dataSet.dataSetName }),
  },
  countryCode: 'US',
  eventTime: time(),
  eventId: 'a',
  matchKeys,
});

const DATASET = 'amzn1.adm.ds1.evnt1.x';
const ADS_API = { path: '/adsApi/v1/create/events', root: 'events' };
const EVENTS_MANAGER = { path: '/events/v1/conversions', root: 'eventData' };

async function post(
  { path, root }: typeof ADS_API,
  headers: Readonly<Record<string, string | undefined>>,
  events: readonly object[],
): Promise<{ status: number; accepted: number }> {
  const given = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: new Headers(given),
    body: JSON.stringify({ [root]: events }),
  });
  const body = (await response.json()) as { success?: unknown[] };
  return { status: response.status, accepted: body.success?.length ?? 0 };
}

/** What a request on ads-api-v1 may carry, each part present or not. */
const PARTS = {
  Authorization: () => bearer,
  'Amazon-Ads-ClientId': () => 'client',
  'Amazon-Advertising-API-Token': () => 'amzn_ads|1',
  'Amazon-Ads-AccountId': () => '580000000000000001',
  'Amazon-Ads-Manager-AccountId': () => 'amzn1.ads1.ma1.a1',
} as const;
const NAMES = Object.keys(PARTS) as (keyof typeof PARTS)[];
const ALLOWED = new Set([
  'Authorization Amazon-Ads-ClientId Amazon-Ads-AccountId',
  'Authorization Amazon-Ads-ClientId Amazon-Ads-Manager-AccountId',
  'Amazon-Advertising-API-Token Amazon-Ads-Manager-AccountId',
]);

describe('the sandbox on ads-api-v1', () => {
  it.each(Array.from({ length: 2 ** NAMES.length }, (_, bits) => bits))(
    'takes or refuses combination %i of headers',
    async (bits) => {
      const names = NAMES.filter((_name, place) => bits & (2 ** place));
      const headers = Object.fromEntries(names.map((name) => [name, PARTS[name]()]));
      const hasToken = names.includes('Amazon-Advertising-API-Token');
      const event = described(hasToken ? { dataSetId: DATASET } : {});
      const answer = await post(ADS_API, { 'Content-Type': 'application/json', ...headers }, [event]);
      if (ALLOWED.has(names.join(' '))) expect(answer, names.join(' ')).toEqual({ status: 207, accepted: 1 });
      else expect([401, 403], names.join(' ')).toContain(answer.status);
    },
  );

  const lwa = () => ({ Authorization: bearer, 'Amazon-Ads-ClientId': 'c', 'Amazon-Ads-AccountId': '1' });
  const token = () => ({
    'Amazon-Advertising-API-Token': 'amzn_ads|1',
    'Amazon-Ads-Manager-AccountId': 'amzn1.ads1.ma1.a1',
  });
  const json = { 'Content-Type': 'application/json' };

  it.each([
    ['application/json', 207],
    ['application/vnd.dspconversioneventimport.v1+json', 207],
    ['application/vnd.amcconversionevent.v1+json', 415],
    ['text/plain', 415],
  ])('answers content type %s with %i', async (type, status) => {
    for (const [headers, event] of [
      [lwa(), described()],
      [token(), described({ dataSetId: DATASET })],
    ] as const) {
      expect((await post(ADS_API, { ...headers, 'Content-Type': type }, [event])).status).toBe(status);
    }
  });

  it.each([
    [{}, 1],
    [{ dataSetName: 'Shop_1' }, 1],
    [{ dataSetName: '1 shop' }, 0],
    [{ dataSetId: DATASET }, 0],
  ])('with Login with Amazon, of an event into %j it takes %i', async (dataSet, accepted) => {
    expect(await post(ADS_API, { ...json, ...lwa() }, [described(dataSet)])).toEqual({ status: 207, accepted });
  });

  it.each([
    [[{ dataSetId: DATASET }], 207, 1],
    [[{}], 207, 0],
    [[{ dataSetId: 'shop' }], 207, 0],
    [[{ dataSetId: DATASET, dataSetName: 'Shop_1' }], 207, 0],
    [[{ dataSetId: DATASET }, { dataSetId: `${DATASET}y` }], 400, 0],
  ])('with an API token, of events into %j it answers %i and takes %i', async (dataSets, status, accepted) => {
    const events = dataSets.map((dataSet) => described(dataSet));
    expect(await post(ADS_API, { ...json, ...token() }, events)).toEqual({ status, accepted });
  });

  it.each([
    [{ 'Amazon-Advertising-API-Token': 'Atza|1' }, 401],
    [{ 'Amazon-Ads-Manager-AccountId': '580000000000000001' }, 403],
  ])('refuses an API token with %j', async (headers, status) => {
    const sent = { ...json, ...token(), ...headers };
    expect((await post(ADS_API, sent, [described({ dataSetId: DATASET })])).status).toBe(status);
  });
});

describe('the sandbox on events-manager-v1', () => {
  const sound = () => ({
    'Content-Type': 'application/vnd.amcconversionevent.v1+json',
    Authorization: bearer,
    'Amazon-Advertising-API-ClientId': 'c',
    'Amazon-Advertising-API-Scope': '1234567890',
  });

  it.each([
    [{}, 207],
    [{ Authorization: undefined }, 401],
    [{ Authorization: undefined, 'Amazon-Advertising-API-Token': 'amzn_ads|1' }, 401],
    [{ 'Amazon-Advertising-API-Token': 'amzn_ads|1' }, 401],
    [{ 'Amazon-Advertising-API-ClientId': undefined }, 401],
    [{ 'Amazon-Advertising-API-Scope': undefined }, 403],
    [{ 'Amazon-Advertising-API-Scope': undefined, 'Amazon-Ads-Manager-AccountId': 'amzn1.ads1.ma1.a1' }, 403],
    [{ 'Amazon-Ads-Manager-AccountId': 'amzn1.ads1.ma1.a1' }, 403],
    [{ 'Content-Type': 'application/json' }, 415],
  ])('with %j it answers %i', async (headers, status) => {
    const answer = await post(EVENTS_MANAGER, { ...sound(), ...headers }, [flat()]);
    expect(answer).toEqual({ status, accepted: status === 207 ? 1 : 0 });
  });

  it('knows no dataset', async () => {
    const event = { ...flat(), dataSetId: DATASET };
    expect(await post(EVENTS_MANAGER, sound(), [event])).toEqual({ status: 207, accepted: 0 });
  });
});

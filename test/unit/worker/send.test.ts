// Real: undici over loopback, metrics. Simulated: Amazon, by a server that sends any bytes.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConversionsClient } from '../../../src/amazon/client.js';
import { Metrics } from '../../../src/telemetry/metrics.js';
import { Sender } from '../../../src/worker/send.js';
import { batchEvent } from '../../support/batch-events.js';
import { accountAt } from '../../support/credentials.js';
import { idsFrom } from '../../support/events.js';
import { KeptLog } from '../../support/kept-log.js';
import { metricOf } from '../../support/metric-of.js';
import { answerText, RawServer } from '../../support/raw-server.js';
import { KeptSpans } from '../../support/spans.js';

const ACCOUNT = 'one';
const NAME = { batchId: 'tag-1', closedBy: 'count' };
const EVENTS = idsFrom('id', 3).map((id) => batchEvent(id));
const MIXED = JSON.stringify({
  success: [{ index: 0 }, { index: 1 }],
  error: [{ index: 2, errors: [{ code: 'NO' }] }],
});

let server: RawServer;
let client: ConversionsClient;
let metrics: Metrics;
let log: KeptLog;
let spans: KeptSpans;
let sender: Sender;
beforeEach(async () => {
  server = await RawServer.open();
  client = new ConversionsClient(accountAt(server.url), 500, 1);
  metrics = new Metrics([ACCOUNT]);
  log = new KeptLog();
  spans = new KeptSpans();
  sender = new Sender({ account: ACCOUNT, client, metrics, log, tracing: spans.tracing });
});
afterEach(async () => {
  await client.close();
  await server.close();
});

const count = (name: string, labels: Record<string, string> = {}) =>
  metricOf(metrics, name, { account: ACCOUNT, ...labels });

/** Sends the three events. @returns the verdict's kind */
async function send(answer: string | undefined): Promise<string> {
  if (answer === undefined) server.answer = { bytes: 'no HTTP', isCut: true };
  else server.answer = { bytes: answer };
  return (await sender.send(EVENTS, 'Atza|1', NAME)).kind;
}

describe('sending a request', () => {
  it('sends its events in their order, and gives the verdict on each', async () => {
    server.answer = { bytes: answerText(207, MIXED) };
    const verdict = await sender.send(EVENTS, 'Atza|1', NAME);
    expect(verdict).toMatchObject({
      kind: 'items',
      items: [{ kind: 'delivered' }, { kind: 'delivered' }, { kind: 'dead' }],
    });
    const { headers, body } = server.takeRequest();
    expect(headers).toMatchObject({ authorization: 'Bearer Atza|1' });
    expect(body).toBe(`{"eventData":[${EVENTS.map(({ encoded }) => encoded).join(',')}]}`);
  });

  it('logs one line of an answer', async () => {
    await send(answerText(207, MIXED, 'x-amzn-requestid: request-1\r\n'));
    const { body } = server.takeRequest();
    expect(log.lines).toEqual([
      {
        level: 'info',
        event: 'batch.attempted',
        fields: {
          account: ACCOUNT,
          ...NAME,
          events: 3,
          bytes: Buffer.byteLength(body),
          status: 207,
          ms: expect.any(Number),
          outcomes: { delivered: 2, dead: 1 },
          requestId: 'request-1',
        },
      },
    ]);
  });

  it('logs one line of a request without an answer, with why', async () => {
    expect(await send(undefined)).toBe('unavailable');
    expect(log.lines).toHaveLength(1);
    const { fields } = log.lines[0] ?? {};
    expect(fields).toMatchObject({ status: 'network', code: 'HTTPParserError' });
    expect(fields).toMatchObject({ outcomes: { unavailable: 3 } });
    expect(fields).not.toHaveProperty('requestId');
  });

  it('logs neither an id nor a code where there is none', async () => {
    await send(answerText(503, ''));
    const { fields } = log.lines[0] ?? {};
    for (const name of ['requestId', 'code']) expect(fields).not.toHaveProperty(name);
  });

  it('counts it by its status', async () => {
    await send(answerText(207, MIXED));
    await send(answerText(503, ''));
    await send(undefined);
    for (const status of ['207', '503', 'network']) expect(await count('capi_requests_total', { status })).toBe(1);
  });

  it('counts it while it is in flight, and measures its time in seconds', async () => {
    server.answer = { bytes: answerText(207, MIXED) };
    const sent = sender.send(EVENTS, 'Atza|1', NAME);
    expect(await count('capi_requests_in_flight')).toBe(1);
    await sent;
    expect(await count('capi_requests_in_flight')).toBe(0);
    const measured = (await metrics.requestDuration.get()).values;
    const seconds = measured.find(({ metricName }) => metricName?.endsWith('_sum'))?.value ?? Number.NaN;
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(1);
    const { fields } = log.lines[0] ?? {};
    expect(fields).toMatchObject({ ms: Math.round(seconds * 1000) });
  });

  it('counts unknown answers, and no others', async () => {
    await send(answerText(503, '<html>'));
    await send(answerText(207, MIXED));
    expect(await count('capi_unknown_answers_total')).toBe(0);
    await send(answerText(200, '<html>'));
    expect(await count('capi_unknown_answers_total')).toBe(1);
  });
});

describe('tracing a request', () => {
  it('tells what it was and how it was answered', async () => {
    await send(answerText(207, MIXED));
    expect(spans.spans).toEqual([
      {
        name: 'POST /events/v1/conversions',
        kind: 'client',
        attributes: { 'http.request.method': 'POST', 'capi.account': ACCOUNT, 'capi.events': 3 },
        causes: [],
        set: { 'http.response.status_code': 207 },
        failed: [],
      },
    ]);
  });

  it.each([
    [399, []],
    [400, ['400']],
    [503, ['503']],
  ])('marks a %i as failed: %j', async (status, failed) => {
    await send(answerText(status, ''));
    expect(spans.spans).toMatchObject([{ set: { 'http.response.status_code': status }, failed }]);
  });

  it('marks a request without an answer as failed', async () => {
    await send(undefined);
    expect(spans.spans).toMatchObject([{ set: {}, failed: ['network'] }]);
  });

  it('is left out where it is off', async () => {
    sender = new Sender({ account: ACCOUNT, client, metrics, log });
    expect(await send(answerText(207, MIXED))).toBe('items');
    expect(spans.spans).toEqual([]);
  });
});

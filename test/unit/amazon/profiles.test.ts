// Real: undici over loopback, with a server that sends any bytes.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listProfiles } from '../../../src/amazon/profiles.js';
import { answerText, RawServer } from '../../support/raw-server.js';

const TIMEOUT_MS = 500;

let server: RawServer;
beforeEach(async () => {
  server = await RawServer.open();
});
afterEach(() => server.close());

describe('listing profiles at a server that answers anything', () => {
  it.each([
    [
      200,
      '[{"profileId":12345678901234567890},{"profileId":"2"}]',
      { kind: 'profiles', ids: ['12345678901234567890', '2'] },
    ],
    [200, '{"profileId":1}', { kind: 'refused', status: 200 }],
    [200, '[{"profileId":1}', { kind: 'refused', status: 200 }],
    [401, '[]', { kind: 'refused', status: 401 }],
  ])('reads a %i of %s', async (status, body, expected) => {
    server.answer = { bytes: answerText(status, body) };
    expect(await listProfiles(server.url, { clientId: 'c', token: 'token' }, TIMEOUT_MS)).toEqual(expected);
  });

  it('asks in the name of the application', async () => {
    server.answer = { bytes: answerText(200, '[]') };
    await listProfiles(server.url, { clientId: 'amzn1.client', token: 'Atza|1' }, TIMEOUT_MS);
    const { line, headers } = server.takeRequest();
    expect(line).toBe('GET /v2/profiles HTTP/1.1');
    expect(headers).toMatchObject({
      authorization: 'Bearer Atza|1',
      'amazon-advertising-api-clientid': 'amzn1.client',
      accept: 'application/json',
    });
  });

  it('never throws', async () => {
    server.answer = { bytes: 'no HTTP', isCut: true };
    expect(await listProfiles(server.url, { clientId: 'c', token: 'token' }, TIMEOUT_MS)).toMatchObject({
      kind: 'failed',
      reason: 'network',
    });
  });
});

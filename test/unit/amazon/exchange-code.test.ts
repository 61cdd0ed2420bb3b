import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exchangeCode } from '../../../src/amazon/consent.js';

let server: Server;
let answer: { readonly status: number; readonly body: string };
let forms: string[];
let heads: string[];
let tokenUrl: string;
beforeEach(async () => {
  forms = [];
  heads = [];
  server = createServer((request, response) => {
    let form = '';
    request.on('data', (piece) => {
      form += String(piece);
    });
    request.on('end', () => {
      forms.push(form);
      heads.push(`${request.method} ${request.headers['content-type']}`);
      response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  tokenUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/auth/o2/token`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

const exchange = (readClientSecret = () => 'secret') =>
  exchangeCode({ tokenUrl, clientId: 'client', readClientSecret }, 'ANcode', 'http://127.0.0.1:8400/');

describe('exchanging a code', () => {
  it('gives the refresh token', async () => {
    answer = { status: 200, body: JSON.stringify({ refresh_token: 'Atzr|new' }) };
    expect(await exchange()).toEqual({ kind: 'granted', refreshToken: 'Atzr|new' });
    expect(Object.fromEntries(new URLSearchParams(forms[0]))).toEqual({
      grant_type: 'authorization_code',
      code: 'ANcode',
      redirect_uri: 'http://127.0.0.1:8400/',
      client_id: 'client',
      client_secret: 'secret',
    });
    expect(heads).toEqual(['POST application/x-www-form-urlencoded']);
  });

  it.each([
    ['OAuth’s code', 400, '{"error":"invalid_grant"}', 'invalid_grant'],
    ['the status where there is no code', 500, '<html>', 'status_500'],
    ['the status where a refusal names a token', 400, '{"refresh_token":"Atzr|new"}', 'status_400'],
    ['the status where a success names no token', 200, '{}', 'status_200'],
  ])('fails with %s', async (_what, status, body, code) => {
    answer = { status, body };
    expect(await exchange()).toEqual({ kind: 'failed', code });
  });

  it('fails with the code of the network', async () => {
    tokenUrl = 'http://127.0.0.1:1/';
    expect(await exchange()).toEqual({ kind: 'failed', code: 'ECONNREFUSED' });
  });

  it('fails where the secret cannot be read', async () => {
    const unreadable = () => {
      throw new Error('gone');
    };
    expect(await exchange(unreadable)).toEqual({ kind: 'failed', code: 'network' });
  });
});

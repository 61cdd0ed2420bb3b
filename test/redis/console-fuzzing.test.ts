// Real: the console's server over HTTP, and Redis. Random requests, most of them almost valid.
import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ConsoleDoor, type Visitor } from '../support/console-door.js';
import { layLetters, letterWith } from '../support/letters.js';
import { World } from '../support/world.js';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 400);
const OPERATOR = 'operator-token-1';

let world: World;
let door: ConsoleDoor;
let operator: Visitor;

beforeEach(async () => {
  world = new World();
  door = await ConsoleDoor.openWith(world, [`ann=${OPERATOR}`]);
  await layLetters(world.account, world.connection, [letterWith({ account: world.account })]);
  operator = door.visitor();
  await operator.signIn(OPERATOR);
});

afterEach(async () => {
  await door.close();
  await world.close();
});

interface Odd {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isSignedIn: boolean;
  readonly hasCsrf: boolean;
}

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    '',
    ' ',
    '0',
    '-1',
    '[]',
    '{}',
    'null',
    '__proto__',
    '%',
    '%00',
    '%E0%A4%A',
    '../..',
    'a'.repeat(500),
  ),
);
/** Characters allowed in a header on the wire. */
const value = fc
  .oneof(text, fc.string({ unit: 'binary', maxLength: 20 }))
  .map((one) => one.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, ''));

const paths = (account: string) =>
  fc.oneof(
    fc.constantFrom(
      '/',
      '/sign-in',
      '/sign-out',
      '/theme',
      '/nowhere',
      '/accounts',
      ...['letters', 'replay', 'discard', 'operations', 'history'].map((page) => `/accounts/${account}/${page}`),
      ...['', '/edit'].map((page) => `/accounts/${account}/letters/7-0-abc${page}`),
      ...['cancel', 'resume'].map((verb) => `/accounts/${account}/operations/x/${verb}`),
    ),
    text.map((part) => `/accounts/${encodeURI(part)}/letters`),
    text.map((part) => `/accounts/${account}/letters/${encodeURIComponent(part)}`),
    fc.webPath().map((path) => `/${path}`.replace(/^\/+/, '/')),
  );

const fieldNames = fc.constantFrom(
  'token',
  'back',
  'theme',
  '_csrf',
  'event',
  'version',
  'then',
  'id',
  'reason',
  'type',
  'cause',
  'since',
  'until',
  'text',
  'cursor',
  'before',
  'set',
  'rate',
  'max',
  'count',
  'confirm',
  'because',
  'mean',
  'notice',
  '__proto__',
  'constructor',
  'a[b]',
);
const forms = fc
  .array(fc.tuple(fieldNames, text), { maxLength: 6 })
  .map((fields) => new URLSearchParams(fields.map(([name, one]): [string, string] => [name, one])).toString());
const bodies = fc.oneof(forms, fc.string({ maxLength: 60 }), fc.json(), fc.constant(''), fc.constant('a=%&%=%E0%A4%A'));

const headerNames = fc.constantFrom(
  'content-type',
  'content-encoding',
  'cookie',
  'accept',
  'origin',
  'referer',
  'sec-fetch-site',
  'x-forwarded-proto',
  'x-forwarded-for',
  'x-forwarded-host',
  'forwarded',
  'csrf-token',
  'x-csrf-token',
  'hx-request',
  'if-none-match',
  'range',
  'authorization',
  'x-http-method-override',
  'te',
  'host',
);
const headers = fc
  .array(fc.tuple(headerNames, value), { maxLength: 4 })
  .map((pairs) => Object.fromEntries(pairs) as Record<string, string>);

const requests = (account: string): fc.Arbitrary<Odd> =>
  fc.record({
    method: fc.constantFrom(
      'GET',
      'POST',
      'POST',
      'POST',
      'HEAD',
      'PUT',
      'DELETE',
      'OPTIONS',
      'PATCH',
      'TRACE',
      'PROPFIND',
    ),
    path: paths(account),
    query: fc.oneof(fc.constant(''), forms, fc.string({ maxLength: 20 }).map(encodeURI)),
    headers,
    body: bodies,
    isSignedIn: fc.boolean(),
    hasCsrf: fc.boolean(),
  });

/** Written to the socket: an HTTP client refuses to send half of these requests. */
async function statusOf({ method, path, query, headers: odd, body, isSignedIn, hasCsrf }: Odd): Promise<number> {
  const cookie = isSignedIn ? [...operator.cookies].map(([name, one]) => `${name}=${one}`).join('; ') : '';
  const isForm = odd['content-type'] === undefined && body !== '';
  const sent = Buffer.from(hasCsrf && isForm ? `${body}&_csrf=${encodeURIComponent(operator.csrf)}` : body);
  const all = {
    host: new URL(door.url).host,
    'sec-fetch-site': 'same-origin',
    ...(cookie !== '' && { cookie }),
    ...(isForm && { 'content-type': 'application/x-www-form-urlencoded' }),
    ...(hasCsrf && { 'csrf-token': operator.csrf }),
    ...odd,
    'content-length': String(sent.length),
    connection: 'close',
  };
  const lines = Object.entries(all).map(([name, one]) => `${name}: ${one}\r\n`);
  const head = `${method} ${path}${query === '' ? '' : `?${query}`} HTTP/1.1\r\n${lines.join('')}\r\n`;
  const answer = await answerTo(Buffer.concat([Buffer.from(head, 'latin1'), sent]));
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? Number.NaN);
}

async function answerTo(bytes: Buffer | string): Promise<string> {
  const socket = connect(Number(new URL(door.url).port), '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

it('answers every request as one that is right, moved or wrong, never with a fault of its own', async () => {
  await fc.assert(
    fc.asyncProperty(requests(world.account), async (odd) => {
      expect(await statusOf(odd)).toBeLessThan(500);
    }),
    { numRuns: RUNS },
  );
  expect(world.logLines.join('')).not.toContain('console.fault');
});

it.each([
  ['a form without a body, its CSRF token in a header', '/theme', {}, ''],
  ['a form without a body', '/sign-in', {}, ''],
  ['a body without a type', '/sign-in', { 'content-type': '' }, 'token=x'],
  ['a form that names a field twice', '/theme', {}, 'theme=dark&theme=light&back=/&back=/x'],
  ['a form of fields that every object has', '/theme', {}, '__proto__=x&constructor=y'],
])('takes %s for what it is', async (_what, path, odd, body) => {
  for (const hasCsrf of [true, false]) {
    const status = await statusOf({ method: 'POST', path, query: '', headers: odd, body, isSignedIn: true, hasCsrf });
    expect(status).toBeGreaterThanOrEqual(300);
    expect(status).toBeLessThan(500);
  }
});

/** Must be refused by the HTTP parser: requests that can be parsed in two ways allow request smuggling. */
it.each([
  ['two lengths', 'POST /theme HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na'],
  [
    'length and chunks',
    'POST /theme HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['an encoding that is none', 'POST /theme HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
  ['a space before the colon', 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length : 3\r\n\r\nabc'],
  ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
  ['another protocol', 'EHLO x\r\n\r\n'],
  ['a path that is no path', 'GET /%E0%A4%A HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
  ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`],
])('refuses %s with 4xx and closes', async (_what, bytes) => {
  const answer = await answerTo(bytes);
  expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
  expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
});

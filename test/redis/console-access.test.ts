// Real: the console's server over HTTP, and Redis. Covers headers, sign-in, sessions, roles, CSRF and origins.
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ConsoleToken, readTokens } from '../../src/console/tokens.js';
import { ConsoleDoor, type Visitor } from '../support/console-door.js';
import { layLetters, letterWith } from '../support/letters.js';
import { World } from '../support/world.js';

const OPERATOR = 'operator-token-1';
const VIEWER = 'viewer-token-001';
const ENTRIES = [`ann=${OPERATOR}`, `bob:viewer=${VIEWER}`];

let world: World;
let door: ConsoleDoor;

beforeEach(() => {
  world = new World();
});

afterEach(async () => {
  await door.close();
  await world.close();
});

const openDoor = async (entries: readonly string[] = ENTRIES) => {
  door = await ConsoleDoor.openWith(world, entries);
  return door.visitor();
};

const changes = () => {
  const base = `/accounts/${door.account}`;
  return ['replay', 'discard', 'letters/x/edit', 'operations/x/cancel', 'operations/x/resume'].map(
    (part) => `${base}/${part}`,
  );
};

describe('heading every answer', () => {
  it.each(['/sign-in', '/', '/nowhere', '/accounts/other/letters'])(
    '%s may load nothing from elsewhere and be kept by nobody',
    async (path) => {
      const visitor = await openDoor();
      await visitor.signIn(OPERATOR);
      const { headers, text } = await visitor.get(path);
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none';script-src 'self';style-src 'self';img-src 'self';connect-src 'self';form-action 'self';base-uri 'none';frame-ancestors 'none'",
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('server')).toBeNull();
      expect(text).not.toMatch(/ style=| on\w+=|<script>|<style/);
      expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    },
  );

  it('files are kept for ever under a name made of their bytes, and checked by the browser', async () => {
    const visitor = await openDoor();
    const { text } = await visitor.get('/sign-in');
    const assets = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)" integrity="(sha384-[^"]+)"/g)];
    expect(assets).toHaveLength(3);
    for (const [, path = ''] of assets) {
      const { status, headers } = await visitor.get(path);
      expect({ status, cache: headers.get('cache-control') }).toEqual({
        status: 200,
        cache: 'public, max-age=31536000, immutable',
      });
    }
  });
});

describe('signing in', () => {
  it('asks for a token before it shows anything, and goes on to where one wanted to go', async () => {
    const visitor = await openDoor();
    const path = `/accounts/${door.account}/letters?reason=rejected`;
    const asked = await visitor.get(path);
    expect(asked.status).toBe(303);
    expect(asked.headers.get('location')).toBe(`/sign-in?back=${encodeURIComponent(path)}`);
    await visitor.get(asked.headers.get('location') ?? '');
    const signedIn = await visitor.post('/sign-in', { token: OPERATOR, back: path });
    expect(signedIn.headers.get('location')).toBe(path);
    expect((await visitor.get(path)).status).toBe(200);
  });

  it.each(['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)', '/a\nb'])(
    'goes to the overview and not to %j',
    async (back) => {
      const visitor = await openDoor();
      await visitor.get('/sign-in');
      expect((await visitor.post('/sign-in', { token: OPERATOR, back })).headers.get('location')).toBe('/');
    },
  );

  it('keeps the session in a cookie that no script and no other site can use, for 12 hours', async () => {
    const visitor = await openDoor();
    await visitor.get('/sign-in');
    const { headers } = await visitor.post('/sign-in', { token: OPERATOR });
    const cookie = headers.getSetCookie().find((line) => line.startsWith('capi_session='));
    expect(cookie).toMatch(/; Path=\/; .*HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain('Secure');
    const expires = Date.parse(/Expires=([^;]+)/.exec(cookie ?? '')?.[1] ?? '');
    expect(Math.abs(expires - Date.now() - 12 * 3_600_000)).toBeLessThan(5_000);
  });

  it('marks its cookies Secure behind a proxy that ends TLS', async () => {
    const visitor = await openDoor();
    const behindTls = { 'X-Forwarded-Proto': 'https' };
    const asked = await visitor.get('/sign-in', behindTls);
    const signedIn = await visitor.post('/sign-in', { token: OPERATOR }, behindTls);
    const cookies = [asked, signedIn].flatMap(({ headers }) => headers.getSetCookie());
    expect(cookies.map((line) => line.split('=')[0])).toEqual(['capi_csrf', 'capi_session']);
    for (const cookie of cookies) expect(cookie).toContain('; Secure');
    expect((await visitor.get('/')).status).toBe(200);
  });

  it('refuses a wrong token, names none, and shows what was typed nowhere', async () => {
    const visitor = await openDoor();
    const { status, text } = await visitor.signIn('guess-canary');
    expect(status).toBe(401);
    expect(text).toContain('There is no such token.');
    expect(text + world.logLines.join('')).not.toMatch(/guess-canary|operator-token/);
    expect((await visitor.get('/')).status).toBe(303);
  });

  it('answers wrong tokens late after ten a minute, and a right one at once', async () => {
    const visitor = await openDoor();
    await visitor.get('/sign-in');
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 10; attempt += 1) {
      statuses.push((await visitor.post('/sign-in', { token: `guess-${attempt}` })).status);
    }
    const startedAt = performance.now();
    const late = await Promise.all([1, 2].map(() => visitor.post('/sign-in', { token: 'guess' })));
    expect([...statuses, ...late.map(({ status }) => status)]).toEqual([
      ...Array.from({ length: 10 }, () => 401),
      429,
      429,
    ]);
    expect(performance.now() - startedAt).toBeGreaterThan(990);
    const refused = world.logLines.filter((line) => line.includes('console.sign_in_refused'));
    expect(refused).toHaveLength(11);
    expect((await visitor.post('/sign-in', { token: OPERATOR })).status).toBe(303);
  });

  it('lets nobody lock others out, with forms that are not ours least of all', async () => {
    const stranger = await openDoor();
    for (let attempt = 0; attempt < 20; attempt += 1) {
      expect((await stranger.post('/sign-in', { token: 'x', _csrf: '' })).status).toBe(403);
    }
    expect((await door.visitor().signIn(OPERATOR)).status).toBe(303);
    expect(world.logLines.join('')).not.toContain('console.sign_in_refused');
  });

  it('begins under a new session id each time, so that a planted one is worth nothing', async () => {
    const visitor = await openDoor();
    await visitor.signIn(OPERATOR);
    const planted = visitor.cookies.get('capi_session');
    await visitor.post('/sign-out');
    expect(visitor.cookies.has('capi_session')).toBe(false);
    visitor.cookies.set('capi_session', planted ?? '');
    expect((await visitor.get('/')).status).toBe(303);
    await visitor.signIn(OPERATOR);
    expect(visitor.cookies.get('capi_session')).not.toBe(planted);
  });

  it('removing a token ends its sessions, and removing the last one does not open the console', async () => {
    let tokens: ConsoleToken[] = readTokens(ENTRIES.join(','));
    door = await ConsoleDoor.open(world, { tokens: () => tokens });
    const visitor = door.visitor();
    await visitor.signIn(OPERATOR);
    expect((await visitor.get('/')).status).toBe(200);
    tokens = readTokens(`bob:viewer=${VIEWER}`);
    expect((await visitor.get('/')).status).toBe(303);
    tokens = [];
    expect((await door.visitor().get('/')).status).toBe(303);
  });

  it('a poll that comes after the session reloads the page instead of showing the sign-in inside it', async () => {
    const visitor = await openDoor();
    const { status, headers, text } = await visitor.get('/', { 'HX-Request': 'true' });
    expect({ status, refresh: headers.get('hx-refresh'), text }).toEqual({ status: 401, refresh: 'true', text: '' });
  });
});

describe('checking roles', () => {
  let visitor: Visitor;

  beforeEach(async () => {
    visitor = await openDoor();
    await layLetters(world.account, world.connection, [letterWith({ account: world.account })]);
    await visitor.signIn(VIEWER);
  });

  it('a viewer looks at everything and is shown no way to change it', async () => {
    const base = `/accounts/${door.account}`;
    for (const path of ['/', `${base}/letters`, `${base}/letters/7-0-abc`, `${base}/operations`, `${base}/history`]) {
      const { status, text } = await visitor.get(path);
      expect({ path, status }).toEqual({ path, status: 200 });
      expect(text).not.toMatch(/Replay…|Discard…|Edit…|type="checkbox" name="id"/);
    }
  });

  it('a viewer’s changes are refused, whatever page they come from', async () => {
    for (const path of changes())
      expect({ path, status: (await visitor.post(path)).status }).toEqual({ path, status: 403 });
    const base = `/accounts/${door.account}`;
    for (const part of ['replay?id=7-0-abc', 'discard?id=7-0-abc', 'letters/7-0-abc/edit']) {
      expect((await visitor.get(`${base}/${part}`)).status).toBe(403);
    }
    expect(await world.letters()).toHaveLength(1);
  });

  it('a viewer may change the colours and sign out', async () => {
    expect((await visitor.post('/theme', { theme: 'dark', back: '/' })).status).toBe(303);
    expect((await visitor.get('/')).text).toContain('data-theme="dark"');
    expect((await visitor.post('/sign-out')).headers.get('location')).toBe('/sign-in');
  });
});

describe('guarding against other sites', () => {
  it('no change without its CSRF token, with another’s, or with one of before signing in', async () => {
    const visitor = await openDoor();
    await visitor.get('/sign-in');
    const anonymous = visitor.csrf;
    await visitor.signIn(OPERATOR);
    const other = door.visitor();
    await other.signIn(OPERATOR);
    for (const path of [...changes(), '/sign-out', '/theme']) {
      for (const csrf of ['', 'x', anonymous, other.csrf]) {
        expect({ path, csrf, status: (await visitor.post(path, { _csrf: csrf })).status }).toEqual({
          path,
          csrf,
          status: 403,
        });
      }
    }
    expect((await visitor.get('/')).status).toBe(200);
  });

  it.each([
    [{ 'Sec-Fetch-Site': 'cross-site' }],
    [{ 'Sec-Fetch-Site': 'same-site' }],
    [{ 'Sec-Fetch-Site': 'cross-site', Origin: 'null' }],
  ])('no change from a page that says %j, token or not', async (headers) => {
    const visitor = await openDoor();
    await visitor.signIn(OPERATOR);
    expect((await visitor.post('/theme', { theme: 'dark' }, headers)).status).toBe(403);
    expect((await visitor.post('/theme', { theme: 'dark' })).status).toBe(303);
  });

  it('takes forms only: no JSON, no text', async () => {
    const visitor = await openDoor();
    await visitor.signIn(OPERATOR);
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x']) {
      expect((await visitor.post('/theme', {}, { 'Content-Type': type })).status).toBe(415);
    }
  });
});

describe('serving this machine without tokens', () => {
  it('without tokens everybody here is the operator, by this machine’s own names only', async () => {
    const visitor = await openDoor([]);
    const { status, text } = await visitor.get('/');
    expect(status).toBe(200);
    expect(text).toContain('local');
    expect(text).not.toContain('Sign out');
    const { port } = new URL(door.url);
    expect(await statusFor({ Host: `localhost:${port}` })).toBe(200);
    expect(await statusFor({ Host: 'evil.example' })).toBe(421);
    expect(await statusFor({ Host: `evil.example:${port}` })).toBe(421);
  });

  it.each([
    ['sets Host to localhost', (_port: string) => ({ Host: 'localhost' })],
    ['sets Host to our address and says whom it asks for', (port: string) => forwarded(port, 'X-Forwarded-For')],
    ['sets Host to our address and names itself', (port: string) => forwarded(port, 'Via')],
    ['follows RFC 7239', (port: string) => forwarded(port, 'Forwarded')],
  ])('without tokens nobody is anything behind a proxy that %s', async (_what, headersOf) => {
    await openDoor([]);
    const headers = headersOf(new URL(door.url).port);
    expect(await statusFor(headers)).toBe(421);
    expect(await statusFor(headers, '/sign-in')).toBe(421);
    expect(await statusFor(headers, `/accounts/${door.account}/letters`, 'POST')).toBe(421);
  });

  const forwarded = (port: string, name: string) => ({ Host: `127.0.0.1:${port}`, [name]: '203.0.113.9' });

  it('changes still need the CSRF token', async () => {
    const visitor = await openDoor([]);
    await visitor.get('/');
    expect((await visitor.post('/theme', { _csrf: 'x' })).status).toBe(403);
    expect((await visitor.post('/theme', { theme: 'light' })).status).toBe(303);
  });

  /** fetch cannot set Host. */
  function statusFor(headers: Record<string, string>, path = '/', method = 'GET'): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      request(door.url + path, { headers, method }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
  }
});

// Real: the intake and the metrics port over raw sockets. Requests that can be parsed in two ways allow smuggling past
// a proxy, so they are refused and their connection is closed.
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HealthServer } from '../../src/http/health.js';
import { Door } from '../support/door.js';
import { World } from '../support/world.js';

let world: World;
let door: Door;
let health: HealthServer;
let urls: Record<string, string>;

beforeEach(async () => {
  world = new World();
  door = await Door.open(world);
  const { connection } = world;
  health = new HealthServer({
    host: '127.0.0.1',
    port: 0,
    metrics: door.metrics,
    connection,
    probeWrites: async () => {},
    collect: async () => {},
  });
  urls = { intake: door.url, metrics: await health.start() };
});

afterEach(async () => {
  await health.stop();
  await door.close();
  await world.close();
});

async function answerTo(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

const head = 'POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n';
/** What a proxy that reads the first length would pass on as part of the body. */
const hidden = 'GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';

describe.each(['intake', 'metrics'])('reading requests on the port of %s', (port) => {
  it.each([
    ['two lengths', `${head}Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`],
    ['a length and chunks', `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['chunks that are not the last encoding', `${head}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n${hidden}`],
    ['an encoding that is none', `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['a length that is no number', `${head}Content-Length: +0\r\n\r\n${hidden}`],
    ['a space before the colon', `${head}Content-Length : ${hidden.length}\r\n\r\n${hidden}`],
    ['a header that goes on in the next line', `${head}X: a\r\n b\r\nContent-Length : 0\r\n\r\n${hidden}`],
    ['a chunk whose size is no number', `${head}Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n${hidden}`],
  ])('refuses %s, and serves nothing behind it', async (_what, bytes) => {
    const answer = await answerTo(urls[port] ?? '', bytes);
    // A port that answers before it has read the body refuses the body again. Nothing hidden in it is served.
    const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
    expect(statuses.length).toBeGreaterThan(0);
    for (const status of statuses) expect(Math.floor(status / 100)).toBe(4);
    expect(answer).not.toContain('"openapi"');
  });
});

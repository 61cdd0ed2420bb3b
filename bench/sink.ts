/**
 * The sink stands in for Amazon. It answers 207 with a result for each event, and does almost nothing else.
 *
 * It counts events by searching the body's bytes, and has one prepared answer for each count. It records when each
 * request came, so that rates are based on arrivals, not on polling. Events whose id contains a time are timed too.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'hdr-histogram-js';
import { serveTasks } from './child.js';
import { TIMED_ID } from './timed-id.js';

const MARK = Buffer.from('"clientDedupeId":"');
const TOKEN = JSON.stringify({ access_token: 'token', token_type: 'bearer', expires_in: 3600 });

/** When (ms since 1970) and how many events had arrived by then. */
type Arrival = readonly [atMs: number, events: number];

let arrivals: Arrival[] = [];
let events = 0;
// Microseconds, up to ten minutes.
let latencies = build({ highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: 3 });
const answers = new Map<number, Buffer>();

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => answer(request, response, Buffer.concat(chunks)));
});
server.keepAliveTimeout = 60_000;

function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  if (request.url === '/auth/o2/token') {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(TOKEN);
    return;
  }
  const count = countEvents(body);
  events += count;
  arrivals.push([performance.timeOrigin + performance.now(), events]);
  let text = answers.get(count);
  if (!text) {
    const success = Array.from({ length: count }, (_, index) => ({ index: index + 1 }));
    text = Buffer.from(JSON.stringify({ success, error: [] }));
    answers.set(count, text);
  }
  response.writeHead(207, { 'Content-Type': 'application/json', 'Content-Length': text.length }).end(text);
}

function countEvents(body: Buffer): number {
  let count = 0;
  for (let at = body.indexOf(MARK); at !== -1; at = body.indexOf(MARK, at + MARK.length)) {
    count += 1;
    const first = at + MARK.length;
    // An id that starts with 't' contains a time.
    if (body[first] === 0x74) noteLatency(body.toString('latin1', first, first + 40));
  }
  return count;
}

function noteLatency(text: string): void {
  const sentAtMs = Number(TIMED_ID.exec(text)?.[1]);
  const micros = (performance.timeOrigin + performance.now() - sentAtMs) * 1000;
  if (!Number.isNaN(micros)) latencies.recordValue(Math.max(0, micros));
}

server.listen(0, '127.0.0.1', () => {
  serveTasks({
    address: async () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: async () => events,
    arrivals: async () => arrivals,
    latencies: async () => ({
      count: latencies.totalCount,
      p50Ms: latencies.getValueAtPercentile(50) / 1000,
      p99Ms: latencies.getValueAtPercentile(99) / 1000,
      p999Ms: latencies.getValueAtPercentile(99.9) / 1000,
      maxMs: latencies.maxValue / 1000,
    }),
    reset: async () => {
      arrivals = [];
      events = 0;
      latencies = build({ highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: 3 });
    },
  });
});

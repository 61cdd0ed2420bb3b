/**
 * An HTTP load generator that costs little itself: requests are prepared as bytes and sent one at a time on each of
 * many connections. Answers are counted by their status line.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { serveTasks } from '../child.js';
import { eventOf } from '../payloads.js';

const ACCEPTED = Buffer.from('HTTP/1.1 202');

export interface Load {
  readonly run: string;
  readonly address: string;
  readonly path: string;
  readonly connections: number;
  readonly requests: number;
}

/** @returns requests per second, all of them answered 202 */
async function load({ run, address, path, connections, requests }: Load): Promise<number> {
  const { hostname, port } = new URL(address);
  const prepared = Array.from({ length: requests }, (_, number) => requestOf(eventOf(run, number), hostname, path));
  const sockets = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true });
      await once(socket, 'connect');
      return socket;
    }),
  );
  const startedAt = performance.now();
  await Promise.all(sockets.map((socket) => sendAll(socket, prepared)));
  return (requests / (performance.now() - startedAt)) * 1000;
}

/** Takes requests from the shared list until it is empty. Each answer is short, so it arrives in one piece. */
function sendAll(socket: Socket, prepared: Buffer[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const next = () => {
      const request = prepared.pop();
      if (request) socket.write(request);
      else socket.end(() => resolve());
    };
    socket.on('data', (chunk) => {
      if (chunk.indexOf(ACCEPTED) !== 0) reject(new Error(chunk.toString('latin1', 0, 300)));
      else next();
    });
    socket.on('error', reject);
    next();
  });
}

function requestOf(event: object, host: string, path: string): Buffer {
  const body = JSON.stringify(event);
  const head = `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n`;
  return Buffer.from(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

serveTasks({ load });

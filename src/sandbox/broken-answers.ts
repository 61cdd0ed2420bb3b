/**
 * Broken answers: half an answer, and one that comes in pieces. Both bypass Fastify, which would send an answer whole.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import type { SandboxAnswer } from './conversions.js';

const PIECES = 10;

/** Announces the full length, sends half of it, and closes the connection. */
export function answerHalf(reply: FastifyReply, answer: SandboxAnswer): FastifyReply {
  const body = begin(reply, answer);
  reply.raw.write(body.subarray(0, Math.ceil(body.length / 2)), () => reply.raw.destroy());
  return reply;
}

/** Sends the answer in pieces over the time, as long as the client listens. */
export function answerSlowly(reply: FastifyReply, answer: SandboxAnswer, ms: number): FastifyReply {
  const body = begin(reply, answer);
  void trickle(reply, body, ms);
  return reply;
}

function begin(reply: FastifyReply, { status, body }: SandboxAnswer): Buffer {
  const bytes = Buffer.from(JSON.stringify(body));
  reply.hijack();
  reply.raw.writeHead(status, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    'x-amzn-requestid': String(reply.getHeader('x-amzn-RequestId')),
  });
  return bytes;
}

async function trickle({ raw }: FastifyReply, body: Buffer, ms: number): Promise<void> {
  const step = Math.ceil(body.length / PIECES);
  for (let start = 0; start < body.length; start += step) {
    if (raw.destroyed) return;
    raw.write(body.subarray(start, start + step));
    await sleep(ms / PIECES);
  }
  raw.end();
}

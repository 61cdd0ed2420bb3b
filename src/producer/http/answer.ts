/**
 * The intake's answers: their schemas (published in /openapi.json) and the error answers.
 */
import type { FastifyReply } from 'fastify';
import { z } from 'zod';

const rejectedSchema = z.array(
  z.object({
    index: z.number().int().describe('Place of the record in the request, from 0'),
    issues: z.array(
      z.object({
        path: z.string().describe('The field in the record, such as items[0].quantity; empty for the record'),
        message: z.string(),
      }),
    ),
  }),
);

export const acceptedSchema = z.object({
  accepted: z.number().int().describe('Events that are in Redis now'),
  rejected: rejectedSchema,
});

export const errorSchema = z.object({
  error: z.object({ code: z.string(), message: z.string() }),
  accepted: z.literal(0).optional(),
  rejected: rejectedSchema.optional(),
});

const time = z.iso.datetime();
const foundOne = z.object({
  id: z.string().describe('As it was asked for'),
  dedupeId: z.string().optional().describe('The id that the event is sent under'),
  account: z.string(),
  source: z.string().optional(),
  state: z.enum(['delivered', 'in_flight', 'queued', 'waiting', 'dead_letter', 'refused', 'unknown']),
  enqueuedAt: time.optional(),
  deliveredAt: time.optional(),
  requestId: z.string().optional().describe('Of the request by which Amazon accepted it'),
  deadLetterId: z.string().optional(),
  reason: z.string().optional().describe('Why it waits, failed or was refused'),
  knownUntil: time.optional(),
  timeline: z.array(z.object({ at: time, what: z.string(), detail: z.string().optional() })),
});
export const foundSchema = foundOne.extend({ also: z.array(foundOne).optional() });

export type Rejected = z.infer<typeof rejectedSchema>;

/** A caller that got 503 may retry after this time. */
const RETRY_AFTER_SECONDS = 5;

export function fail(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  if (status === 503) reply.header('Retry-After', String(RETRY_AFTER_SECONDS));
  return reply.code(status).send({ error: { code, message } });
}

/** @param taken the accepted encodings, named in the answer (RFC 9110, 12.5.3) */
export function refuseEncoding(reply: FastifyReply, taken: 'gzip' | 'identity', message: string): FastifyReply {
  reply.header('Accept-Encoding', taken);
  return fail(reply, 415, 'UNSUPPORTED_ENCODING', message);
}

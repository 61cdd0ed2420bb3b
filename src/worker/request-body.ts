/**
 * The body of a request: its events between the wire's start and end.
 *
 * PURE. Each event is written at its place in the bytes. Joining the texts and encoding the result took five times as long: the
 * texts are slices of jobs, and V8 copies those piece by piece, twice.
 */
import type { Wire } from '../amazon/wires/wire.js';
import type { BatchEvent } from './batcher.js';

const COMMA = ','.charCodeAt(0);

/** @param events at least one; `bytes` of each is the exact length of its `encoded` in UTF-8 */
export function requestBody(
  events: readonly Pick<BatchEvent, 'encoded' | 'bytes'>[],
  { bodyStart, bodyEnd }: Pick<Wire, 'bodyStart' | 'bodyEnd'>,
): Buffer {
  const textBytes = events.reduce((sum, { bytes }) => sum + bytes, events.length - 1);
  const body = Buffer.allocUnsafe(Buffer.byteLength(bodyStart) + textBytes + Buffer.byteLength(bodyEnd));
  let at = body.write(bodyStart);
  for (const { encoded, bytes } of events) {
    // Unwritten bytes would contain earlier memory: they must not be sent.
    if (body.write(encoded, at) !== bytes) throw new Error(`an event is not of ${bytes} bytes, as it was counted`);
    at += bytes;
    body[at] = COMMA;
    at += 1;
  }
  // Overwrites the last comma.
  body.write(bodyEnd, at - 1);
  return body;
}

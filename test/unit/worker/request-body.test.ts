import fc from 'fast-check';
import { expect, it } from 'vitest';
import { wireOf } from '../../../src/amazon/wires/wire-of.js';
import { requestBody } from '../../../src/worker/request-body.js';

const textsOf = (texts: readonly string[]) => texts.map((encoded) => ({ encoded, bytes: Buffer.byteLength(encoded) }));

it.each(['ads-api-v1', 'events-manager-v1'] as const)('is the events of a batch, to the byte: %s', (name) => {
  const { bodyStart, bodyEnd } = wireOf(name);
  // Texts of one, two and four bytes a character, and half a character, which has no bytes.
  const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('é', '日本', '😀', '\ud83d'));
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), (texts) => {
      const body = requestBody(textsOf(texts), { bodyStart, bodyEnd });
      expect(body.equals(Buffer.from(`${bodyStart}${texts.join(',')}${bodyEnd}`))).toBe(true);
    }),
  );
});

it.each([-1, 1])('refuses to send what it did not write: a length that is wrong by %d', (wrongBy) => {
  const [event] = textsOf(['{"name":"é"}']);
  const events = event ? [{ ...event, bytes: event.bytes + wrongBy }] : [];
  expect(() => requestBody(events, wireOf('ads-api-v1'))).toThrow('as it was counted');
});

import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isSignedBase64, isSignedByStripe } from '../../../../src/producer/http/webhooks/signature.js';
import { NOW_MS } from '../../../support/events.js';

// Made by other programs: SQLPage's documentation for the first, `openssl dgst -hmac` for the others.
const SHOPIFY = {
  secret: 'test-webhook-secret',
  body: '{"id":1234567890,"email":"customer@example.com","total_price":"123.45"}',
  signature: 'QNyObTlKbMx2qDlPF/ZOZcBqg5OgPg+2oky3zldc0Gw=',
};
const WOOCOMMERCE = {
  secret: 'woo vector secret',
  body: '{"id":727,"status":"processing"}',
  signature: '7RinfF2O6KpoUrNxmnfx/LMQY6RvYMEH/3dia4t+BBs=',
};
const STRIPE = {
  secret: 'whsec_vector_secret',
  body: '{"id":"evt_1","type":"checkout.session.completed"}',
  time: NOW_MS / 1000,
  signature: '1febc8a1b39bc948332507b3d5524a41f5281ca96d62a775a17d0086ded5c096',
};
const stripeHeader = `t=${STRIPE.time},v1=${STRIPE.signature}`;

/** Every copy of the bytes with one bit changed. */
function* oneBitOff(bytes: Buffer): Generator<Buffer> {
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    yield changed;
  }
}

describe.each([
  ['Shopify', SHOPIFY],
  ['WooCommerce', WOOCOMMERCE],
])('checking a signature of %s', (_name, { secret, body, signature }) => {
  const bytes = Buffer.from(body);

  it('accepts one that another program made', () => {
    expect(isSignedBase64(bytes, signature, [secret])).toBe(true);
  });

  it('accepts the old and the new secret while one is rotated', () => {
    expect(isSignedBase64(bytes, signature, ['new', secret])).toBe(true);
    expect(isSignedBase64(bytes, signature, ['new', 'newer'])).toBe(false);
    expect(isSignedBase64(bytes, signature, [])).toBe(false);
  });

  it('refuses each change of one bit in body, signature and secret', () => {
    let changes = 0;
    for (const changed of oneBitOff(bytes)) {
      changes += 1;
      expect(isSignedBase64(changed, signature, [secret])).toBe(false);
    }
    for (const changed of oneBitOff(Buffer.from(signature))) {
      changes += 1;
      expect(isSignedBase64(bytes, changed.toString('latin1'), [secret])).toBe(false);
    }
    for (const changed of oneBitOff(Buffer.from(secret))) {
      changes += 1;
      expect(isSignedBase64(bytes, signature, [changed.toString('latin1')])).toBe(false);
    }
    expect(changes).toBeGreaterThan(700);
  });

  it.each([undefined, '', ' ', 'é', 'x'.repeat(10_000)])('refuses %j', (given) => {
    expect(isSignedBase64(bytes, given, [secret])).toBe(false);
  });
});

describe('checking a signature of Stripe', () => {
  const bytes = Buffer.from(STRIPE.body);
  const check = (header: string | undefined, nowMs = NOW_MS, secrets: readonly string[] = [STRIPE.secret]) =>
    isSignedByStripe(bytes, header, secrets, nowMs);

  it('accepts one that another program made', () => {
    expect(check(stripeHeader)).toBe(true);
  });

  it('accepts any of several signatures and secrets, and passes over other schemes', () => {
    expect(check(`t=${STRIPE.time},v1=${'0'.repeat(64)},v1=${STRIPE.signature},v0=abc`)).toBe(true);
    expect(check(stripeHeader, NOW_MS, ['whsec_new', STRIPE.secret])).toBe(true);
    expect(check(stripeHeader, NOW_MS, ['whsec_new'])).toBe(false);
    expect(check(`t=${STRIPE.time},v0=${STRIPE.signature}`)).toBe(false);
  });

  it.each([
    [300, true],
    [301, false],
    [-300, true],
    [-301, false],
  ])('judges a time %i s ago: accepted is %s', (ageSeconds, isAccepted) => {
    expect(check(stripeHeader, NOW_MS + ageSeconds * 1000)).toBe(isAccepted);
  });

  it('refuses each change of one bit in body and header', () => {
    for (const changed of oneBitOff(bytes)) {
      expect(isSignedByStripe(changed, stripeHeader, [STRIPE.secret], NOW_MS)).toBe(false);
    }
    // White space around the parts is no change: bits that turn into it are left out.
    for (const changed of oneBitOff(Buffer.from(stripeHeader))) {
      expect(check(changed.toString('latin1'))).toBe(false);
    }
  });

  it.each([
    undefined,
    '',
    'nonsense',
    `v1=${STRIPE.signature}`,
    `t=,v1=${STRIPE.signature}`,
    `t=x,v1=${STRIPE.signature}`,
    `t=${STRIPE.time},t=${STRIPE.time},v1=${STRIPE.signature}`,
    `t=${STRIPE.time}`,
    `t=${STRIPE.time},v1=`,
  ])('refuses the header %j', (header) => {
    expect(check(header)).toBe(false);
  });

  it('signs the time with the body: another time is another signature', () => {
    const later = STRIPE.time + 1;
    expect(check(`t=${later},v1=${STRIPE.signature}`)).toBe(false);
    const fresh = createHmac('sha256', STRIPE.secret).update(`${later}.${STRIPE.body}`).digest('hex');
    expect(check(`t=${later},v1=${fresh}`)).toBe(true);
  });
});

/**
 * Checks signatures of webhooks over the raw body, in constant time, against each of several secrets.
 *
 * PURE but for node:crypto. A signature is valid if any secret made it: while a secret is rotated, both are valid.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Stripe's tolerance, in both directions: an old delivery may be a replay, one from the future a forgery or a wrong
 * clock.
 */
const STRIPE_TOLERANCE_SECONDS = 300;

/** Shopify's `X-Shopify-Hmac-Sha256` and WooCommerce's `X-WC-Webhook-Signature`: base64 of HMAC-SHA256. */
export function isSignedBase64(body: Buffer, signature: string | undefined, secrets: readonly string[]): boolean {
  return isAnyOf([Buffer.from(signature ?? '', 'utf8')], secrets, (secret) =>
    Buffer.from(createHmac('sha256', secret).update(body).digest('base64'), 'utf8'),
  );
}

/**
 * Stripe's `Stripe-Signature: t=<seconds>,v1=<hex>[,v1=<hex>]`: HMAC-SHA256 over `t.body`.
 *
 * @param nowMs the clock; a time more than 300 s away from it is refused
 */
export function isSignedByStripe(
  body: Buffer,
  header: string | undefined,
  secrets: readonly string[],
  nowMs: number,
): boolean {
  const parts = (header ?? '').split(',').map((part) => part.trim());
  const times = parts.filter((part) => part.startsWith('t=')).map((part) => part.slice(2));
  const [time] = times;
  if (times.length !== 1 || time === undefined || !/^\d{1,12}$/.test(time)) return false;
  if (Math.abs(nowMs / 1000 - Number(time)) > STRIPE_TOLERANCE_SECONDS) return false;
  const signatures = parts.filter((part) => part.startsWith('v1=')).map((part) => Buffer.from(part.slice(3), 'utf8'));
  return isAnyOf(signatures, secrets, (secret) =>
    Buffer.from(createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex'), 'utf8'),
  );
}

/** Compares the texts, not the decoded bytes: base64 and hex can spell the same bytes in several ways. */
function isAnyOf(given: readonly Buffer[], secrets: readonly string[], expect: (secret: string) => Buffer): boolean {
  let isSigned = false;
  for (const secret of secrets) {
    const expected = expect(secret);
    for (const signature of given) {
      if (signature.length === expected.length && timingSafeEqual(signature, expected)) isSigned = true;
    }
  }
  return isSigned;
}

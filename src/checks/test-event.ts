/**
 * The event of `check --send-test`: marked so that nobody takes it for a sale, and valid on both wires.
 *
 * PURE. Its type is OTHER, it has no value and belongs to nobody: its only match key is the digest of an address under
 * `.invalid`, a domain that can never exist (RFC 2606). Its consent is DENIED, as nobody gave any. Amazon accepts such
 * an event, counts it as received, and does not measure it.
 */
import { hash } from 'node:crypto';
import type { ConversionEvent } from '../mapping/event.js';
import type { Account } from '../settings/accounts.js';

export const TEST_EVENT_NAME = 'capi-forwarder test event';
/** The id of every test event starts with this. The time and a random part follow. */
export const TEST_ID_PREFIX = 'capi-forwarder-test-';
/** The same under every rule set: only letters, an @ and a dot. */
export const TEST_ADDRESS = 'test@capiforwarder.invalid';

/** Each region's largest country, used if the settings name none. */
const COUNTRIES: Readonly<Record<Account['region'], string>> = { NA: 'US', EU: 'DE', FE: 'JP' };

/** @param random makes the id unique; letters and digits */
export function makeTestEvent(
  { region }: Pick<Account, 'region'>,
  { country = COUNTRIES[region], nowMs, random }: { country?: string | undefined; nowMs: number; random: string },
): ConversionEvent {
  const timestamp = new Date(nowMs).toISOString();
  return {
    name: TEST_EVENT_NAME,
    eventType: 'OTHER',
    eventActionSource: 'WEBSITE',
    countryCode: country,
    timestamp,
    clientDedupeId: `${TEST_ID_PREFIX}${timestamp.replace(/[-:]|\.\d+/g, '')}-${random}`,
    matchKeys: [{ type: 'EMAIL', values: [hash('sha256', TEST_ADDRESS, 'hex')] }],
    consent: { amazonConsent: { amznAdStorage: 'DENIED', amznUserData: 'DENIED' } },
  };
}

// Pure: the dedupe id of an order, whether it can be forwarded or not.
import { describe, expect, it } from 'vitest';
import { dedupeIdByTable, dedupeIdOf } from '../../../src/mapping/order-id.js';
import { PlainPayload } from '../../../src/mapping/payload.js';
import { SourceRecord } from '../../../src/mapping/source-record.js';
import { contextAt } from '../../support/events.js';
import { changed, eventFrom, payloadOf, refusalFrom } from '../../support/source-payloads.js';

const CASES = [
  { source: 'shopify', name: 'de-guest-created', refused: { test: true }, broken: { id: null } },
  { source: 'woocommerce', name: 'fr-created', refused: { status: 'failed' }, broken: { id: {} } },
  { source: 'stripe', name: 'us-paid', refused: { livemode: false }, broken: { 'data.object.id': '' } },
] as const;

describe.each(CASES)('an order of $source', ({ source, name, refused, broken }) => {
  const payload = payloadOf(source, name);

  it('has the id of its event, and keeps it where it is refused', () => {
    const { clientDedupeId } = eventFrom(source, payload);
    expect(dedupeIdOf(source, payload, contextAt())).toBe(clientDedupeId);
    const other = changed(payload, refused);
    expect(refusalFrom(source, other).ok).toBe(false);
    expect(dedupeIdOf(source, other, contextAt())).toBe(clientDedupeId);
  });

  it('has none where its id cannot be read', () => {
    expect(dedupeIdOf(source, changed(payload, broken), contextAt())).toBeUndefined();
  });
});

it('follows the setting that names another field', () => {
  const context = contextAt(undefined, { dedupeIds: { shopify: 'name' } });
  expect(dedupeIdOf('shopify', { id: 1, name: '#1001', test: true }, context)).toBe('#1001');
});

it('of what is no order, or of a table without ids, there is none', () => {
  expect(dedupeIdOf('stripe', 'cs_live_1', contextAt())).toBeUndefined();
  const record = new SourceRecord(new PlainPayload({ id: 1 }), contextAt(), []);
  expect(dedupeIdByTable({ fields: {} }, record)).toBeUndefined();
});

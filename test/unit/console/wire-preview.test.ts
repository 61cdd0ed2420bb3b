import { describe, expect, it } from 'vitest';
import { wireOf } from '../../../src/amazon/wires/wire-of.js';
import { previewOf } from '../../../src/console/wire-preview.js';
import { WIRES } from '../../../src/settings/account-entry.js';
import { eventOf } from '../../support/events.js';

describe.each(WIRES)('previewing on wire %s', (name) => {
  it('shows the very body that is sent', () => {
    const event = eventOf('order-1');
    const wire = wireOf(name);
    const body = `${wire.bodyStart}${wire.encode(event)}${wire.bodyEnd}`;
    const preview = previewOf(event, name);
    expect(preview).toMatchObject({ name, path: wire.path, compact: body, isMasked: false });
    expect(preview.bytes).toBe(Buffer.byteLength(body));
    expect(JSON.parse(preview.pretty)).toEqual(JSON.parse(body));
  });

  it('masks an address, and counts the bytes with it whole', () => {
    const consent = { geo: { ipAddress: '203.0.113.77' }, tcf: 'CP' };
    const plain = previewOf(eventOf('order-1', { consent: { ...consent, geo: { ipAddress: '2***' } } }), name);
    const preview = previewOf(eventOf('order-1', { consent }), name);
    expect(preview.isMasked).toBe(true);
    expect(preview.pretty + preview.compact).not.toContain('203.0.113');
    expect(preview.bytes).toBe(plain.bytes + '203.0.113.77'.length - '2***'.length);
  });
});

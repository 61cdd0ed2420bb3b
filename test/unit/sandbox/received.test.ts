// Pure: what Amazon would count of what arrived, by its guide.
import { describe, expect, it } from 'vitest';
import { Received } from '../../../src/sandbox/received.js';

const NOW_MS = Date.parse('2026-11-20T12:00:00Z');
const HOUR_MS = 3_600_000;

function acceptAll(...events: { id: string; type: string; time: string; account?: string; atMs?: number }[]) {
  const received = new Received();
  for (const { id, type, time, account = '1', atMs = NOW_MS } of events) {
    const event = { type, time };
    received.accept({ account, id, content: JSON.stringify(event), hasPlaintext: false, event }, atMs);
  }
  return received.list();
}

describe('deduplicating as Amazon does', () => {
  it('of one id it keeps the event that is first by its own time, not the one that came first', () => {
    const late = { id: 'a', type: 'OFF_AMAZON_PURCHASES', time: '2026-11-20T11:00:01Z' };
    const early = { id: 'a', type: 'OFF_AMAZON_PURCHASES', time: '2026-11-20T12:00:00+01:00' };
    for (const events of [
      [late, early],
      [early, late],
    ]) {
      expect(acceptAll(...events)).toMatchObject([{ received: 2, counted: 1, kept: { time: early.time } }]);
    }
  });

  it('across event types', () => {
    const checkout = { id: 'a', type: 'CHECKOUT', time: '2026-11-20T11:00:00Z' };
    const purchase = { id: 'a', type: 'OFF_AMAZON_PURCHASES', time: '2026-11-20T11:05:00Z' };
    expect(acceptAll(purchase, checkout)).toMatchObject([{ counted: 1, kept: { type: 'CHECKOUT' } }]);
  });

  it('not across accounts', () => {
    const event = { id: 'a', type: 'LEAD', time: '2026-11-20T11:00:00Z' };
    expect(acceptAll(event, { ...event, account: '2' })).toMatchObject([{ counted: 1 }, { counted: 1 }]);
  });

  it('counts events without an id, all of them', () => {
    const event = { id: '', type: 'LEAD', time: '2026-11-20T11:00:00Z' };
    expect(acceptAll(event, event, event)).toMatchObject([{ id: '', received: 3, counted: 3 }]);
  });

  it('counts an id again after 48 hours', () => {
    const event = { id: 'a', type: 'LEAD', time: '2026-11-20T11:00:00Z' };
    expect(acceptAll(event, { ...event, atMs: NOW_MS + 48 * HOUR_MS })).toMatchObject([{ counted: 1 }]);
    const later = { ...event, time: '2026-11-22T12:00:00Z', atMs: NOW_MS + 48 * HOUR_MS + 1 };
    expect(acceptAll(event, later)).toMatchObject([{ counted: 2, kept: { time: later.time } }]);
  });
});

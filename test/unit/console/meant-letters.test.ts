import { describe, expect, it } from 'vitest';
import { readMeant } from '../../../src/console/meant-letters.js';

const NOW = Date.parse('2026-11-20T12:00:00Z');

describe('reading which letters are meant', () => {
  it('nothing chosen is not everything', () => {
    for (const query of [{}, { id: '' }, { 'in-reason': 'rejected' }, { reason: 'rejected' }, { scope: 'ids' }]) {
      expect(readMeant(query, NOW)).toBeUndefined();
    }
  });

  it('chosen ones, whatever the list was filtered by', () => {
    expect(readMeant({ id: ['a', 'b'], 'in-reason': 'expired' }, NOW)).toEqual({ ids: ['a', 'b'] });
  });

  it('all of the filter, frozen now: ticks of single letters do not narrow it', () => {
    const query = { scope: 'all', id: 'a', 'in-reason': ['rejected', 'expired'], 'in-text': 'BR' };
    expect(readMeant(query, NOW)).toEqual({ reasons: ['rejected', 'expired'], text: 'BR', untilMs: NOW });
  });

  it('stays frozen at the preview, and never reaches past it', () => {
    const until = '2026-11-20T11:00:00.000Z';
    expect(readMeant({ scope: 'all', 'in-until': until }, NOW)).toEqual({ untilMs: Date.parse(until) });
    expect(readMeant({ scope: 'all', 'in-until': '2027-01-01' }, NOW)).toEqual({ untilMs: NOW });
    expect(readMeant({ scope: 'all' }, NOW)).toEqual({ untilMs: NOW });
  });

  it('none where a part of the filter makes no sense: without it more would be meant', () => {
    expect(readMeant({ scope: 'all', 'in-since': 'yesterday' }, NOW)).toBeUndefined();
    expect(readMeant({ scope: 'all', 'in-reason': 'typo' }, NOW)).toBeUndefined();
  });
});

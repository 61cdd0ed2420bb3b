import { describe, expect, it } from 'vitest';
import { isEmptyFilter, type LetterFilter, matchesFilter } from '../../../src/dead-letters/filter.js';
import { eventOf, NOW_MS } from '../../support/events.js';
import { letterWith } from '../../support/letters.js';

const LETTER = letterWith({ event: eventOf('Order-17', { name: 'Käufe', countryCode: 'DE' }), source: 'shopify' });
const UNREADABLE = letterWith({ reason: 'unreadable', event: null, raw: 'order-99', source: 'unknown', answer: {} });

describe('finding dead letters', () => {
  it.each<[string, LetterFilter]>([
    ['everything', {}],
    ['its reason', { reasons: ['rejected'] }],
    ['one of several reasons', { reasons: ['expired', 'rejected'] }],
    ['its event type', { eventTypes: ['LEAD', 'OFF_AMAZON_PURCHASES'] }],
    ['since its failure', { sinceMs: NOW_MS }],
    ['until its failure', { untilMs: NOW_MS }],
    ['a stretch of time around', { sinceMs: NOW_MS - 1, untilMs: NOW_MS + 1 }],
    ['its id', { ids: ['other', '7-0-abc'] }],
    ['Amazon’s code', { text: 'BAD_REQ' }],
    ['Amazon’s message', { text: 'is unknown' }],
    ['its dedupe id', { text: 'order-17' }],
    ['its name', { text: 'käufe' }],
    ['its country', { text: 'de' }],
    ['its source', { text: 'Shopify' }],
    ['all at once', { reasons: ['rejected'], sinceMs: 0, ids: ['7-0-abc'], text: 'SHOP' }],
  ])('finds a letter by %s', (_what, filter) => {
    expect(matchesFilter(LETTER, filter)).toBe(true);
  });

  it.each<[string, LetterFilter]>([
    ['another reason', { reasons: ['expired'] }],
    ['no reason at all', { reasons: [] }],
    ['another event type', { eventTypes: ['LEAD'] }],
    ['since later', { sinceMs: NOW_MS + 1 }],
    ['until earlier', { untilMs: NOW_MS - 1 }],
    ['the beginning of its id', { ids: ['7-0'] }],
    ['another text', { text: 'order-18' }],
    ['text across two fields', { text: 'kaufede' }],
    ['its account', { text: 'default' }],
    ['a match key', { text: 'EMAIL' }],
    ['one part that does not fit', { reasons: ['rejected'], text: 'order-18' }],
  ])('does not find it by %s', (_what, filter) => {
    expect(matchesFilter(LETTER, filter)).toBe(false);
  });

  it('finds a letter without an event by what it has, never by what nobody could read', () => {
    expect(matchesFilter(UNREADABLE, { reasons: ['unreadable'], text: 'unknown' })).toBe(true);
    expect(matchesFilter(UNREADABLE, { text: 'order-99' })).toBe(false);
    expect(matchesFilter(UNREADABLE, { eventTypes: ['OFF_AMAZON_PURCHASES'] })).toBe(false);
  });
});

describe('demanding a filter', () => {
  it.each<[string, LetterFilter]>([
    ['nothing', {}],
    ['options that were not given', { reasons: undefined, sinceMs: undefined, ids: undefined, text: undefined }],
    ['an empty text, which every letter holds', { text: '' }],
  ])('%s is none', (_what, filter) => {
    expect(isEmptyFilter(filter)).toBe(true);
  });

  it.each<LetterFilter>([
    { reasons: ['rejected'] },
    { eventTypes: ['LEAD'] },
    { sinceMs: 0 },
    { untilMs: 0 },
    { ids: ['7'] },
    { text: 'x' },
    { text: '', sinceMs: 5 },
  ])('%j is one', (filter) => {
    expect(isEmptyFilter(filter)).toBe(false);
  });
});

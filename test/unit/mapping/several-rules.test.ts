import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { MatchKeyRulesChoice } from '../../../src/mapping/match-key.js';
import { mapPayload } from '../../../src/mapping/source.js';
import { contextAt, conversionPayload, orderOf } from '../../support/events.js';

const digestOf = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');
const ALL = ['standard', 'amazon-ads', 'amazon-events'] as const;

function keysOf(customer: Record<string, string>, matchKeyRules: MatchKeyRulesChoice): (readonly [string, string])[] {
  const order = orderOf({ createdAt: '2026-11-20T10:00:00Z', country: 'DE', customer });
  const [mapped] = mapPayload('order', order, contextAt(Date.parse('2026-11-20T12:00:00Z'), { matchKeyRules }));
  if (!mapped?.ok) throw new Error('the order was refused');
  return mapped.event.matchKeys.map(({ type, values: [value] }) => [type, value] as const);
}

const texts = (pairs: readonly (readonly [string, string])[]) =>
  pairs.map(([type, text]) => [type, digestOf(text)] as const);

describe('mapping under several rule sets', () => {
  it('sends each different digest once, e-mail and phone first, then the fields under the first set', () => {
    const customer = {
      email: 'a_b+c@example.com',
      phone: '030 901820',
      lastName: 'Müller',
      city: 'Köln',
      postal: '10115',
    };
    expect(keysOf(customer, ALL)).toEqual(
      texts([
        ['EMAIL', 'a_b+c@example.com'],
        ['PHONE', '+4930901820'],
        ['EMAIL', 'ab+c@example.com'],
        ['PHONE', '4930901820'],
        ['EMAIL', 'a_bc@example.com'],
        ['LAST_NAME', 'müller'],
        ['CITY', 'köln'],
        ['POSTAL', '10115'],
        ['LAST_NAME', 'mller'],
        ['CITY', 'kln'],
        ['LAST_NAME', 'mueller'],
        ['CITY', 'koeln'],
      ]),
    );
  });

  it('is the same as one set where there is one', () => {
    const customer = { lastName: 'Müller', email: 'jane@example.com' };
    expect(keysOf(customer, ['amazon-ads'])).toEqual(keysOf(customer, 'amazon-ads'));
  });

  it('cuts at 15 what the sets add, and refuses no event for it', () => {
    const address = {
      address: '1 Musterstraße',
      city: 'Köln',
      state: 'Thüringen',
      firstName: 'Jürgen',
      lastName: 'Müller',
    };
    const customer = { ...address, email: 'a_b+c@example.com', phone: '030 901820', postal: '1 0115' };
    const keys = keysOf(customer, ALL);
    expect(keys).toHaveLength(15);
    expect(keys.slice(0, 5).map(([type]) => type)).toEqual(['EMAIL', 'PHONE', 'EMAIL', 'PHONE', 'EMAIL']);
    // Every field is there under the first set before one of them is there twice.
    expect(new Set(keys.slice(5, 11).map(([type]) => type)).size).toBe(6);
  });

  it('still refuses an event whose own keys are more than Amazon takes', () => {
    const matchKeys = Array.from({ length: 16 }, (_, index) => ({ type: 'EMAIL', values: [`u_${index}@example.com`] }));
    for (const matchKeyRules of ['standard', ALL] as const) {
      const [refused] = mapPayload(
        'conversion',
        conversionPayload({ matchKeys }),
        contextAt(undefined, { matchKeyRules }),
      );
      expect(refused).toMatchObject({ ok: false, reason: 'invalid', issues: [{ path: 'matchKeys' }] });
      const most = conversionPayload({ matchKeys: matchKeys.slice(1) });
      const [mapped] = mapPayload('conversion', most, contextAt(undefined, { matchKeyRules }));
      expect(mapped?.ok && mapped.event.matchKeys.length).toBe(15);
    }
  });

  it('explains each digest with its rule sets, and what the sets would give that are not in use', () => {
    const order = orderOf({
      createdAt: '2026-11-20T10:00:00Z',
      customer: { lastName: 'Müller', phone: '+4930901820' },
    });
    const explained = (matchKeyRules: MatchKeyRulesChoice) => {
      const [mapped] = mapPayload('order', order, contextAt(undefined, { matchKeyRules, isExplained: true }));
      const rows = mapped?.ok ? (mapped.explanation ?? []) : [];
      return rows.filter(({ matchKey }) => matchKey !== undefined);
    };
    expect(explained(['amazon-ads', 'amazon-events'])).toMatchObject([
      {
        rule: expect.stringContaining('(rules amazon-ads, amazon-events)'),
        matchKey: { type: 'PHONE', otherRules: { standard: digestOf('+4930901820') } },
      },
      {
        rule: expect.stringContaining('(rules amazon-ads)'),
        matchKey: { digest: digestOf('mller'), otherRules: { standard: digestOf('müller') } },
      },
      { rule: expect.stringContaining('(rules amazon-events)'), matchKey: { digest: digestOf('mueller') } },
    ]);
    expect(explained('standard').map(({ matchKey }) => matchKey)).toEqual([
      {
        type: 'PHONE',
        outcome: 'sent',
        digest: digestOf('+4930901820'),
        otherRules: { 'amazon-ads': digestOf('4930901820'), 'amazon-events': digestOf('4930901820') },
      },
      {
        type: 'LAST_NAME',
        outcome: 'sent',
        digest: digestOf('müller'),
        otherRules: { 'amazon-ads': digestOf('mller'), 'amazon-events': digestOf('mueller') },
      },
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { ADVICE_MIN_EVENTS, adviceKeysOf } from '../../../src/coverage/advice.js';
import { reportCoverage } from '../../../src/coverage/report.js';
import { shareText } from '../../../src/coverage/words.js';
import { SOURCES, type Source } from '../../../src/mapping/source.js';
import { type DayCounts, daysWith } from '../../support/coverage-days.js';

const TODAY_MS = Date.parse('2026-11-20T00:00:00Z');

function reportOf(source: Source, of: (back: number) => DayCounts) {
  const { sources } = reportCoverage(
    'default',
    daysWith(TODAY_MS, (back) => ({ [source]: of(back) })),
  );
  const [report] = sources;
  if (!report) throw new Error('no report');
  return report;
}

describe('reporting coverage', () => {
  it('puts today among the last seven days, and the seven before beside them', () => {
    const report = reportOf('shopify', (back) => ({ EMAIL: back === 0 ? 5 : 8, given: 1, none: back < 7 ? 9 : 19 }));
    expect(report.today).toMatchObject({ events: 10, keys: { EMAIL: { events: 5, share: 0.5 } } });
    expect(report.lastSevenDays).toMatchObject({ events: 70, keys: { EMAIL: { events: 53, share: 53 / 70 } } });
    expect(report.sevenDaysBefore).toMatchObject({
      events: 140,
      keys: { EMAIL: { events: 56, share: 0.4 } },
      consent: { given: { events: 7, share: 0.05 }, none: { events: 133 }, denied: { events: 0, share: 0 } },
    });
  });

  it('lists the fourteen days from the oldest to today', () => {
    const { days } = reportOf('shopify', (back) => ({ none: back + 1 }));
    expect(days.map(({ day }) => day).at(0)).toBe('2026-11-07');
    expect(days.map(({ day }) => day).at(-1)).toBe('2026-11-20');
    expect(days.map(({ events }) => events)).toEqual([14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  it('leaves out sources that sent nothing in either period, and begins with the busiest', () => {
    const days = daysWith(TODAY_MS, (back) => ({
      shopify: { none: 3 },
      stripe: { none: 4 },
      ...(back === 14 && { ga4: { none: 100 } }),
    }));
    expect(reportCoverage('default', days).sources.map(({ source }) => source)).toEqual(['stripe', 'shopify']);
    expect(
      reportCoverage(
        'default',
        daysWith(TODAY_MS, () => ({})),
      ),
    ).toEqual({ account: 'default', today: '2026-11-20', sources: [] });
  });

  it('has no share where there were no events', () => {
    const report = reportOf('shopify', (back) => (back < 7 ? { none: 1 } : {}));
    expect(report.sevenDaysBefore.keys.EMAIL).toEqual({ events: 0, share: null });
  });
});

describe('noticing drops', () => {
  const usual = { EMAIL: 90, PHONE: 60, FIRST_NAME: 90, none: 100 };
  const dropsOf = (today: DayCounts, before: DayCounts = usual) =>
    reportOf('shopify', (back) => (back === 0 ? today : before)).drops;

  it('tells of a share that fell by more than half', () => {
    expect(dropsOf({ EMAIL: 44, PHONE: 60, none: 100 })).toEqual([{ key: 'EMAIL', share: 0.44, before: 0.9 }]);
    expect(dropsOf({ none: 100 }).map(({ key }) => key)).toEqual(['EMAIL', 'PHONE']);
  });

  it('is silent about a half that is left, about other keys, and about few events', () => {
    expect(dropsOf({ EMAIL: 45, PHONE: 30, none: 100 })).toEqual([]);
    // 33 events of today would carry an address, 29 of them would not be enough.
    expect(dropsOf({ none: 33 }, { EMAIL: 90, none: 100 })).toHaveLength(0);
    expect(dropsOf({ none: 34 }, { EMAIL: 90, none: 100 })).toHaveLength(1);
    expect(dropsOf({ none: 0 })).toEqual([]);
  });

  it('does not compare with days that are not there', () => {
    expect(dropsOf({ none: 1000 }, {})).toEqual([]);
  });
});

describe('advising', () => {
  const adviceOf = (source: Source, counts: DayCounts) =>
    reportOf(source, (back) => (back === 0 ? counts : {})).advice.map(({ text }) => text);
  const whole = { EMAIL: 100, PHONE: 100, LAST_NAME: 100, POSTAL: 100, none: 100 };

  it('says what is seldom there and what to do', () => {
    expect(adviceOf('stripe', { ...whole, PHONE: 3 })).toEqual([
      'Stripe: phone on 3 % of orders. Turn on phone number collection in Checkout. In code: phone_number_collection[enabled]=true.',
    ]);
  });

  it.each([
    ['EMAIL', 79, 80],
    ['PHONE', 49, 50],
    ['POSTAL', 49, 50],
  ] as const)('speaks of %s on %s of a hundred, not on %s', (key, few, enough) => {
    expect(adviceOf('shopify', { ...whole, [key]: few })).toHaveLength(1);
    expect(adviceOf('shopify', { ...whole, [key]: enough })).toEqual([]);
  });

  it('says nothing of a source with too few events', () => {
    expect(adviceOf('stripe', { none: ADVICE_MIN_EVENTS - 1 })).toEqual([]);
    expect(adviceOf('stripe', { none: ADVICE_MIN_EVENTS })).toHaveLength(4);
  });

  it('names in one line what one step would bring', () => {
    expect(adviceOf('ga4', { EMAIL: 90, PHONE: 60, none: 100 })).toEqual([
      'Google Analytics 4: last name on 0 %, postal code on 0 % of events. Send user-provided data with the event: user_data.address.',
    ]);
  });

  it.each(SOURCES)('has a sentence for each key that %s could send', (source) => {
    const { advice } = reportOf(source, () => ({ none: 100 }));
    expect(advice.flatMap(({ keys }) => keys)).toEqual(adviceKeysOf(source));
    expect(adviceKeysOf(source)).toEqual(['EMAIL', 'PHONE', 'LAST_NAME', 'POSTAL']);
    for (const { text } of advice) {
      expect(text).toMatch(/^[A-Z][\w ]+: [a-z -]+ on 0 %(, [a-z -]+ on 0 %)? of (orders|events|rows)\. [A-Z].+\.$/);
    }
  });
});

it.each([
  [0, '0 %'],
  [0.001, 'under 1 %'],
  [0.034, '3 %'],
  [0.999, 'over 99 %'],
  [1, '100 %'],
])('a share of %s is %s', (share, text) => {
  expect(shareText(share)).toBe(text);
});

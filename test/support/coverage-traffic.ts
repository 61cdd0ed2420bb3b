/**
 * Two weeks of made-up traffic, always the same: a shop that started to ask for phone numbers nine days ago, payments
 * without them, a tag that lost its e-mail addresses this morning, and a till whose sales come as a file once a week.
 */

import type { Counted } from '../../src/coverage/marks.js';
import type { CoverageDay } from '../../src/coverage/period.js';
import { type DayCounts, daysWith } from './coverage-days.js';

type Shares = Partial<Record<Counted, number>>;

const NAME_AND_ADDRESS = ['FIRST_NAME', 'LAST_NAME', 'ADDRESS', 'CITY', 'STATE', 'POSTAL'] as const;
const all = (names: readonly Counted[], share: number): Shares =>
  Object.fromEntries(names.map((name) => [name, share]));

export function twoWeeks(todayMs: number): readonly CoverageDay[] {
  return daysWith(todayMs, (back) => ({
    shopify: dayOf(back, back === 0 ? 71 : 128, {
      EMAIL: 0.97,
      PHONE: back > 8 ? 0.11 : 0.58,
      ...all(NAME_AND_ADDRESS, 0.94),
      none: 1,
    }),
    stripe: dayOf(back, back === 0 ? 30 : 52, {
      EMAIL: 1,
      PHONE: 0.03,
      ...all(['LAST_NAME', 'FIRST_NAME'], 0.99),
      CITY: 0.21,
      POSTAL: 0.64,
      none: 1,
    }),
    ga4: dayOf(back, back === 0 ? 410 : 760, {
      EMAIL: back === 0 ? 0.12 : 0.74,
      PHONE: 0.31,
      given: 0.62,
      denied: 0.21,
      signal: 0.1,
      none: 0.07,
    }),
    ...(back % 7 === 3 && {
      csv: dayOf(back, 420, { EMAIL: 0.66, PHONE: 0.71, ...all(NAME_AND_ADDRESS, 0.5), MAID: 0.18, none: 1 }),
    }),
  }));
}

/** Varies a little each day, like real traffic. */
function dayOf(back: number, usual: number, shares: Shares): DayCounts {
  const sway = (seed: number) => Math.sin(back * 1.7 + seed);
  const events = Math.round(usual * (1 + 0.15 * sway(0)));
  const states = (['given', 'denied', 'signal'] as const).map(
    (state) => [state, Math.round(events * (shares[state] ?? 0))] as const,
  );
  const said = states.reduce((sum, [, count]) => sum + count, 0);
  const keys = Object.entries(shares).filter(([name]) => /^[A-Z_]+$/.test(name));
  return {
    ...Object.fromEntries(
      keys.map(([name, share], seed) => [
        name,
        Math.min(events, Math.round(events * share * (1 + 0.03 * sway(seed + 1)))),
      ]),
    ),
    ...Object.fromEntries(states),
    none: events - said,
  };
}

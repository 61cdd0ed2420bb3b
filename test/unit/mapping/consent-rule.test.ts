import { describe, expect, it } from 'vitest';
import { mappingContexts } from '../../../src/commands/runtime.js';
import { mapPayload } from '../../../src/mapping/source.js';
import { loadSettings } from '../../../src/settings/config.js';
import { conversionPayload, NOW_MS } from '../../support/events.js';

/** Amazon's server tag asks for a signal in these. */
const ASKING = 'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE GB NO IS LI'.split(
  ' ',
);
const OTHERS = 'US CA MX BR CH TR AE JP AU'.split(' ');
const SIGNALS: readonly (readonly [string, object | undefined])[] = [
  ['none', undefined],
  ['granted', { amazonConsent: { amznAdStorage: 'GRANTED', amznUserData: 'GRANTED' } }],
  ['denied', { amazonConsent: { amznUserData: 'DENIED' } }],
  ['tcf', { tcf: 'CPXxRfAPXxRfAAfKABENB' }],
  ['gpp and an address', { gpp: 'DBABMA~CPXxRfAPXxRfA', geo: { ipAddress: '203.0.113.7' } }],
];

function mapIn(environment: Record<string, string>, countryCode: string, consent: object | undefined) {
  const contextOf = mappingContexts(loadSettings({ KEEP_IP_ADDRESSES: 'true', ...environment }));
  const [mapped] = mapPayload(
    'conversion',
    conversionPayload({ countryCode, ...(consent && { consent }) }),
    contextOf('default', NOW_MS),
  );
  return mapped;
}

describe('whose events need a signal of consent', () => {
  it('has 31 countries that ask for one and 9 that do not', () => {
    expect([ASKING.length, OTHERS.length, new Set([...ASKING, ...OTHERS]).size]).toEqual([31, 9, 40]);
  });

  describe.each(['NA', 'EU', 'FE'])('an account of region %s', (region) => {
    it.each([...ASKING, ...OTHERS])('with a customer in %s', (country) => {
      const isNeeded = region === 'EU' || ASKING.includes(country);
      for (const [name, consent] of SIGNALS) {
        const mapped = mapIn({ AMAZON_ADS_REGION: region }, country, consent);
        if (consent === undefined && isNeeded) {
          expect(mapped, name).toMatchObject({ ok: false, reason: 'consent_missing', issues: [{ path: 'consent' }] });
        } else {
          // Each signal leaves as it came, a denial and several at once too; none is made up.
          expect(mapped?.ok && mapped.event.consent, name).toEqual(consent);
        }
      }
    });
  });

  it('is by account alone where the setting says so', () => {
    const byAccount = { CONSENT_REQUIRED_BY: 'account' };
    expect(mapIn(byAccount, 'DE', undefined)).toMatchObject({ ok: true });
    expect(mapIn({ ...byAccount, AMAZON_ADS_REGION: 'EU' }, 'US', undefined)).toMatchObject({ ok: false });
  });

  it('knows an EU account by its endpoint too', () => {
    const byAccount = { CONSENT_REQUIRED_BY: 'account' };
    const host = { ...byAccount, AMAZON_ADS_ENDPOINT: 'https://advertising-api-eu.amazon.com/' };
    expect(mapIn(host, 'US', undefined)).toMatchObject({ ok: false, reason: 'consent_missing' });
    const other = { ...byAccount, AMAZON_ADS_ENDPOINT: 'https://advertising-api.amazon.com' };
    expect(mapIn(other, 'US', undefined)).toMatchObject({ ok: true });
  });

  it.each([{ tcf: ' ' }, { gpp: '' }, {}, { amazonConsent: { amznUserData: 'granted' } }])(
    'takes %j for no signal',
    (consent) => {
      expect(mapIn({}, 'DE', consent)).toMatchObject({ ok: false, reason: 'invalid' });
    },
  );

  it('is told beside other faults, and only where the country is known', () => {
    expect(mapIn({}, 'Wonderland', undefined)).toMatchObject({ reason: 'invalid', issues: [{ path: 'countryCode' }] });
  });
});

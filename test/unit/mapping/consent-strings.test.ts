import { describe, expect, it } from 'vitest';
import { faultsOfStrings } from '../../../src/mapping/consent-strings.js';
import { checkConversion } from '../../../src/mapping/sources/conversion.js';
import { contextAt, conversionPayload } from '../../support/events.js';

const TC = 'CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA.CPXxRf';
const GPP = 'DBACNYA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA~1YNN';
const inEu = contextAt(undefined, { isConsentRequired: true });
const mapped = (consent: unknown) => checkConversion(conversionPayload({ consent }), inEu);

describe('reading consent strings', () => {
  it.each([{ tcf: TC }, { gpp: GPP }, { tcf: TC, gpp: 'DBABTA~1YNN' }])('takes %j', (consent) => {
    expect(mapped(consent)).toMatchObject({ ok: true, event: { consent } });
  });

  it.each(['x', 'yes', 'granted', 'jane@shop.example', 'jane%40shop.example', '+4915112345678', '4915112345678'])(
    'refuses %s, which no banner writes',
    (text) => {
      const refused = mapped({ tcf: text, gpp: text });
      expect(refused).toMatchObject({
        ok: false,
        reason: 'invalid',
        issues: [
          { path: 'consent.tcf', message: 'is no TCF string' },
          { path: 'consent.gpp', message: 'is no GPP string' },
        ],
      });
      expect(JSON.stringify(refused)).not.toContain(`"${text}"`);
    },
  );

  it.each(['undefined', 'null', 'N/A', '(not set)', ' none ', '[object Object]'])('takes %s for no signal', (text) => {
    expect(mapped({ tcf: text, gpp: text })).toMatchObject({
      ok: false,
      reason: 'consent_missing',
      issues: [{ path: 'consent' }],
    });
    const amazonConsent = { amznUserData: 'DENIED' } as const;
    const event = { consent: { amazonConsent } };
    expect(mapped({ tcf: text, gpp: 'DBAA', amazonConsent })).toMatchObject({ ok: true, event });
    expect(mapped({ tcf: text, amazonConsent })).not.toHaveProperty('event.consent.tcf');
  });

  it('a GPP string without a section says nothing; a TCF string of that form is none', () => {
    expect(mapped({ gpp: 'DBAA' })).toMatchObject({ ok: false, reason: 'consent_missing' });
    expect(mapped({ tcf: 'DBAA' })).toMatchObject({ ok: false, reason: 'invalid', issues: [{ path: 'consent.tcf' }] });
  });

  it('takes a string of 10 characters, and none of 9', () => {
    expect(mapped({ gpp: 'DBABTA~1YN' })).toMatchObject({ ok: true });
    expect(mapped({ gpp: 'DBABTA~1Y' })).toMatchObject({ ok: false, issues: [{ path: 'consent.gpp' }] });
  });

  it('other signals that hold a word for nothing are no consent strings', () => {
    const consent = { amazonConsent: 'none' };
    expect(mapped(consent)).toMatchObject({ ok: false, issues: [{ path: 'consent.amazonConsent' }] });
  });

  it('an empty or too long string is the schema’s fault, told once', () => {
    expect(mapped({ tcf: '' })).toMatchObject({ issues: [{ path: 'consent.tcf', message: 'must not be empty' }] });
    expect(faultsOfStrings(undefined)).toEqual([]);
  });
});

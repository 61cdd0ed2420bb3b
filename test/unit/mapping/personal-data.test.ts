import { describe, expect, it } from 'vitest';
import { mapPayload } from '../../../src/mapping/source.js';
import { checkConversion } from '../../../src/mapping/sources/conversion.js';
import { contextAt, conversionPayload } from '../../support/events.js';
import { shopify } from '../../support/field-payloads.js';

const PERSONAL = ['jane@shop.example', 'jane%40shop.example', '+4915112345678', '%2B49 151 12345678', '(415) 555-2671'];
const MESSAGE = 'looks like an e-mail address or phone number: send an id that is no personal data';
const mapped = (overrides: object) => checkConversion(conversionPayload(overrides), contextAt());

describe('personal data in place of an id', () => {
  it.each(PERSONAL)('%s is neither an id of a conversion nor a plain match key', (text) => {
    const withId = mapped({ clientDedupeId: text });
    expect(withId).toMatchObject({
      ok: false,
      reason: 'invalid',
      issues: [{ path: 'clientDedupeId', message: MESSAGE }],
    });
    for (const type of ['MATCH_ID', 'RAMP_ID', 'FIP']) {
      const withKey = mapped({ matchKeys: [{ type, values: [text] }] });
      const issues = [{ path: 'matchKeys[0].values[0]', message: MESSAGE }];
      expect(withKey, type).toMatchObject({ ok: false, reason: 'invalid', issues });
      expect(JSON.stringify([withId, withKey])).not.toContain(text);
    }
  });

  it('is refused in a note of an order too', () => {
    const order = shopify({ note_attributes: [{ name: 'amzn_match_id', value: 'jane@shop.example' }] });
    const issues = [{ path: 'note_attributes[0].value', message: MESSAGE }];
    expect(mapPayload('shopify', order, contextAt())).toMatchObject([{ ok: false, reason: 'invalid', issues }]);
  });

  it.each(['4915112345678', '114-3941689-8772232', 'order+1', 'Loyalty-0042', 'Ab+/9='])('%s is an id', (text) => {
    expect(mapped({ clientDedupeId: text, matchKeys: [{ type: 'MATCH_ID', values: [text] }] })).toMatchObject({
      ok: true,
      event: { clientDedupeId: text, matchKeys: [{ type: 'MATCH_ID', values: [text] }] },
    });
  });

  it('is right where it is hashed', () => {
    expect(mapped({ matchKeys: [{ type: 'EMAIL', values: ['jane@shop.example'] }] })).toMatchObject({ ok: true });
  });
});

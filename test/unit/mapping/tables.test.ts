// What holds for any table, also one that has no row for a field.
import { describe, expect, it } from 'vitest';
import { mapByTable } from '../../../';
import { PlainPayload } from '../../../src/mapping/payload.js';
import { ORDER } from '../../../src/mapping/sources/order.js';
import { contextAt, orderOf } from '../../support/events.js';

describe('a source whose payload cannot hold consent', () => {
  const { consent: _consent, ...fields } = ORDER.fields;
  const table = { ...ORDER, fields };
  const order = () => new PlainPayload({ ...orderOf() });
  const granted = { amazonConsent: { amznAdStorage: 'GRANTED', amznUserData: 'GRANTED' } } as const;

  it('takes the caller’s word', () => {
    const context = contextAt(Date.now(), { defaultConsent: granted, isConsentRequired: true });
    expect(mapByTable(table, order(), context)).toMatchObject({ ok: true, event: { consent: granted } });
  });

  it('names the field itself where none is said', () => {
    const mapped = mapByTable(table, order(), contextAt(Date.now(), { isConsentRequired: true }));
    expect(mapped).toMatchObject({ ok: false, reason: 'consent_missing', issues: [{ path: 'consent' }] });
  });
});

// What holds for any table, also one that has no row for a field.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PlainPayload } from '../../../src/mapping/payload.js';
import { faultsBy } from '../../../src/mapping/refusal.js';
import { ORDER } from '../../../src/mapping/sources/order.js';
import { TableMapper } from '../../../src/mapping/table-mapper.js';
import { contextAt, orderOf } from '../../support/events.js';

describe('a source whose payload cannot hold consent', () => {
  const { consent: _consent, ...fields } = ORDER.fields;
  const mapper = new TableMapper({ ...ORDER, fields });
  const order = () => new PlainPayload({ ...orderOf() });
  const granted = { amazonConsent: { amznAdStorage: 'GRANTED', amznUserData: 'GRANTED' } } as const;

  it('takes the caller’s word', () => {
    const context = contextAt(Date.now(), { defaultConsent: granted, isConsentRequired: true });
    expect(mapper.map(order(), context)).toMatchObject({ ok: true, event: { consent: granted } });
  });

  it('names the field itself where none is said', () => {
    const mapped = mapper.map(order(), contextAt(Date.now(), { isConsentRequired: true }));
    expect(mapped).toMatchObject({ ok: false, reason: 'consent_missing', issues: [{ path: 'consent' }] });
  });
});

it('a schema that finds no fault after all gives none', () => {
  let isFirst = true;
  const fickle = z.unknown().refine(() => {
    const isGood = !isFirst;
    isFirst = false;
    return isGood;
  });
  expect(faultsBy(fickle, 'x')).toEqual([]);
  expect(faultsBy(z.number(), 'x')).toHaveLength(1);
});

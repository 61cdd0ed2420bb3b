import { describe, expect, it } from 'vitest';
import type { MappingContext } from '../../../src/mapping/context.js';
import { mapPayload, type Source } from '../../../src/mapping/source.js';
import { contextAt } from '../../support/events.js';
import { shopify, stripe, woo } from '../../support/field-payloads.js';

type Notes = Readonly<Record<string, unknown>>;

/** An order of each shop with these notes, where that shop keeps them. */
const SHOPS: readonly (readonly [Source, (notes: Notes) => unknown, (name: string, index: number) => string])[] = [
  [
    'shopify',
    (notes) => shopify({ note_attributes: Object.entries(notes).map(([name, value]) => ({ name, value })) }),
    (_name, index) => `note_attributes[${index}].value`,
  ],
  [
    'woocommerce',
    (notes) => woo({ meta_data: Object.entries(notes).map(([key, value], id) => ({ id, key, value })) }),
    (_name, index) => `meta_data[${index}].value`,
  ],
  ['stripe', (notes) => stripe({ 'data.object.metadata': notes }), (name) => `data.object.metadata.${name}`],
];

function mapOne(source: Source, payload: unknown, overrides: Partial<MappingContext> = {}) {
  const [mapped] = mapPayload(source, payload, contextAt(undefined, { isConsentRequired: true, ...overrides }));
  return mapped;
}

function eventOf(source: Source, payload: unknown, overrides: Partial<MappingContext> = {}) {
  const mapped = mapOne(source, payload, overrides);
  if (!mapped?.ok) throw new Error(JSON.stringify(mapped));
  return mapped.event;
}

describe.each(SHOPS)('notes of a %s order', (source, orderWith, pathOf) => {
  it('carry all signals of consent, an opt-out and ids of the customer', () => {
    const event = eventOf(
      source,
      orderWith({
        gift: 'yes',
        amzn_user_data: 'granted',
        amzn_ad_storage: 'denied',
        amzn_tcf: 'CPXxRfAPXxRfA',
        amzn_gpp: 'DBABMA~1YNN',
        amzn_limited_data_use: 'true',
        amzn_match_id: 'Loyalty-0042',
        amzn_maid: 'CDDA802E-FB9C-47AD-9866-0794D394C912',
      }),
    );
    expect(event).toMatchObject({
      consent: {
        amazonConsent: { amznAdStorage: 'DENIED', amznUserData: 'GRANTED' },
        tcf: 'CPXxRfAPXxRfA',
        gpp: 'DBABMA~1YNN',
      },
      dataProcessingOptions: ['LIMITED_DATA_USE'],
    });
    expect(event.matchKeys).toEqual(
      expect.arrayContaining([
        { type: 'MATCH_ID', values: ['Loyalty-0042'] },
        { type: 'MAID', values: ['CDDA802E-FB9C-47AD-9866-0794D394C912'] },
      ]),
    );
  });

  it.each([
    ...['granted', 'TRUE', ' yes ', '1', 'on', 'enabled', 'Opted-In', 'OptIn', true, 1].map((value) => [
      value,
      'GRANTED',
    ]),
    ...['denied', 'False', 'no', '0', 'off', 'disabled', 'opted out', 'optout', false, 0].map((value) => [
      value,
      'DENIED',
    ]),
  ])('%j is %s', (value, signal) => {
    const consent = { amazonConsent: { amznUserData: signal } };
    expect(eventOf(source, orderWith({ amzn_user_data: value })).consent).toEqual(consent);
  });

  it('may have names in capitals and hidden by underscores', () => {
    expect(eventOf(source, orderWith({ __AMZN_USER_DATA: 'denied' })).consent).toEqual({
      amazonConsent: { amznUserData: 'DENIED' },
    });
  });

  it('put a consent string together that is longer than a note may be', () => {
    const notes = { amzn_tcf_2: 'b'.repeat(500), amzn_tcf: 'a'.repeat(500), amzn_tcf_3: 'c', amzn_tcf_5: 'x' };
    expect(eventOf(source, orderWith(notes)).consent).toEqual({ tcf: `${'a'.repeat(500)}${'b'.repeat(500)}c` });
  });

  it('put at most 20 parts together', () => {
    const notes = Object.fromEntries(Array.from({ length: 21 }, (_, part) => [`amzn_tcf_${part + 1}`, 'c']));
    const { amzn_tcf_1: first, ...others } = notes;
    expect(eventOf(source, orderWith({ amzn_tcf: first, ...others })).consent).toEqual({ tcf: 'c'.repeat(20) });
  });

  it('stand over what the call says, also where they deny', () => {
    const said = { defaultConsent: { amazonConsent: { amznUserData: 'GRANTED' } } } as const;
    const denied = { amazonConsent: { amznUserData: 'DENIED' } };
    expect(eventOf(source, orderWith({ amzn_user_data: 'denied' }), said).consent).toEqual(denied);
    expect(eventOf(source, orderWith({ gift: 'yes' }), said).consent).toEqual(said.defaultConsent);
  });

  it.each(['perhaps', { deep: true }, ['granted']])(
    'a signal %j that nobody understands is refused, not passed over',
    (value) => {
      const said = { defaultConsent: { amazonConsent: { amznUserData: 'GRANTED' } } } as const;
      for (const name of ['amzn_user_data', 'amzn_ad_storage', 'amzn_limited_data_use']) {
        const mapped = mapOne(source, orderWith({ amzn_tcf: 'CPXxRfAPXxRfA', [name]: value }), said);
        expect(mapped, name).toMatchObject({ ok: false });
        expect(mapOne(source, orderWith({ [name]: value }))).toMatchObject({
          reason: name === 'amzn_limited_data_use' ? 'consent_missing' : 'invalid',
        });
        const issues = mapped?.ok ? [] : (mapped?.issues ?? []);
        expect(issues).toContainEqual({ path: pathOf(name, 1), message: expect.stringContaining('is no signal') });
      }
    },
  );

  it('ad storage alone is refused: nobody said what holds for the customer’s data', () => {
    const mapped = mapOne(source, orderWith({ amzn_ad_storage: 'granted' }));
    const issues = mapped?.ok ? [] : (mapped?.issues ?? []);
    expect(issues).toContainEqual({
      path: pathOf('amzn_ad_storage', 0),
      message: expect.stringContaining('stands alone'),
    });
  });

  it.each([{}, { amzn_user_data: '' }, { amzn_user_data: null }, { amzn_other: 'granted' }, { consent: 'granted' }])(
    '%j hold no signal',
    (notes) => {
      expect(mapOne(source, orderWith(notes))).toMatchObject({ ok: false, reason: 'consent_missing' });
      expect(eventOf(source, orderWith(notes), { isConsentRequired: false })).not.toHaveProperty('consent');
    },
  );

  it('leave out an id that is none, and no opt-out is no option', () => {
    const event = eventOf(source, orderWith({ amzn_user_data: 'yes', amzn_maid: 'none', amzn_limited_data_use: 'no' }));
    expect(event).not.toHaveProperty('dataProcessingOptions');
    expect(event.matchKeys.map(({ type }) => type)).not.toContain('MAID');
  });

  it('are explained by their place, without the strings', () => {
    const payload = orderWith({
      amzn_user_data: 'granted',
      amzn_tcf: 'CPcanaryConsentString',
      amzn_limited_data_use: '1',
      amzn_gpp: 'DBcanaryConsentString',
      amzn_ad_storage: 'denied',
    });
    const mapped = mapOne(source, payload, { isExplained: true });
    const rows = mapped?.ok ? (mapped.explanation ?? []) : [];
    expect(rows.find(({ field }) => field === 'consent.tcf')).toMatchObject({
      from: pathOf('amzn_tcf', 1),
      value: 'CPcanary…',
    });
    expect(rows.find(({ field }) => field === 'dataProcessingOptions[0]')?.from).toBe(
      pathOf('amzn_limited_data_use', 2),
    );
    const rule = 'written by the shop at checkout';
    const row = (field: string, from: string, value: string) => expect.objectContaining({ field, from, rule, value });
    expect(rows).toEqual(
      expect.arrayContaining([
        row('consent.amazonConsent.amznUserData', pathOf('amzn_user_data', 0), 'GRANTED'),
        row('consent.amazonConsent.amznAdStorage', pathOf('amzn_ad_storage', 4), 'DENIED'),
        row('consent.gpp', pathOf('amzn_gpp', 3), 'DBcanary…'),
      ]),
    );
  });
});

describe('notes in another form', () => {
  it.each([{ amzn_user_data: 'granted' }, 'amzn_user_data', [null, 'x', { name: 5, value: 'granted' }]])(
    'note_attributes %j hold nothing',
    (note_attributes) => {
      expect(eventOf('shopify', shopify({ note_attributes }), { isConsentRequired: false }).consent).toBeUndefined();
    },
  );

  it('of two of one name the last counts', () => {
    const meta_data = [
      { id: 1, key: 'amzn_user_data', value: 'granted' },
      { id: 2, key: 'amzn_user_data', value: 'denied' },
    ];
    expect(eventOf('woocommerce', woo({ meta_data })).consent).toEqual({ amazonConsent: { amznUserData: 'DENIED' } });
  });
});

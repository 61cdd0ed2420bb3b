import { describe, expect, it } from 'vitest';
import { mapPayload } from '../../../src/mapping/source.js';
import { contextAt, EMAIL_DIGEST, NOW_MS } from '../../support/events.js';

function orderPayload(overrides: object = {}) {
  return {
    id: 1001,
    createdAt: '2026-11-20T10:00:00+01:00',
    total: '129.90',
    currency: 'gbp',
    country: 'GB',
    channel: 'web',
    items: [
      { sku: 'A', quantity: 2, price: '50.00' },
      { sku: 'B', price: 29.9 },
    ],
    customer: { email: 'test.user@example.com', phone: '020 7183 8750', firstName: 'Anna  Maria' },
    ...overrides,
  };
}

const map = (payload: unknown, context = contextAt()) => mapPayload('order', payload, context)[0];

describe('mapping an order', () => {
  it('makes a purchase of it, with units summed and the phone read by the order’s country', () => {
    expect(map(orderPayload())).toEqual({
      ok: true,
      event: {
        name: 'purchase',
        eventType: 'OFF_AMAZON_PURCHASES',
        eventActionSource: 'WEBSITE',
        countryCode: 'GB',
        timestamp: '2026-11-20T09:00:00.000Z',
        clientDedupeId: 'order:OFF_AMAZON_PURCHASES:1001',
        value: 129.9,
        currencyCode: 'GBP',
        unitsSold: 3,
        matchKeys: [
          { type: 'EMAIL', values: [EMAIL_DIGEST] },
          { type: 'PHONE', values: ['e631c2534428c6c9b48c2167604a8983046085e43a2c00ed748733c544c0bb4d'] },
          { type: 'FIRST_NAME', values: ['dfa29cee752c3d2bb1a935e9ea1a3d474b5634a9086fd5cc66be4178dffa865f'] },
        ],
      },
    });
  });

  it.each([
    ['web', 'WEBSITE'],
    ['store', 'OFFLINE'],
    ['phone', 'OFFLINE'],
    ['app_ios', 'APP_IOS'],
    ['app_android', 'APP_ANDROID'],
  ])('the channel %s is the action source %s', (channel, eventActionSource) => {
    expect(map(orderPayload({ channel }))).toMatchObject({ ok: true, event: { eventActionSource } });
  });

  it.each([
    ['purchase', 'OFF_AMAZON_PURCHASES'],
    ['lead', 'LEAD'],
    ['sign_up', 'SIGN_UP'],
    ['subscribe', 'SUBSCRIBE'],
    ['checkout', 'CHECKOUT'],
    ['add_to_cart', 'ADD_TO_SHOPPING_CART'],
    ['application', 'APPLICATION'],
    ['contact', 'CONTACT'],
    ['other', 'OTHER'],
  ])('the type %s is the event type %s', (type, eventType) => {
    expect(map(orderPayload({ type }))).toMatchObject({ ok: true, event: { name: type, eventType } });
  });

  it('keeps its consent', () => {
    const consent = { amazonConsent: { amznUserData: 'DENIED' } };
    expect(map(orderPayload({ consent }))).toMatchObject({ ok: true, event: { consent } });
  });

  it('leaves currency and units out of a lead, and keeps its value as a score', () => {
    const mapped = map(orderPayload({ type: 'lead' }));
    expect(mapped).toMatchObject({
      ok: true,
      event: { eventType: 'LEAD', value: 129.9, clientDedupeId: 'order:LEAD:1001' },
    });
    const event = mapped?.ok ? mapped.event : {};
    expect(Object.keys(event)).toContain('value');
    expect(Object.keys(event)).not.toContain('currencyCode');
    expect(Object.keys(event)).not.toContain('unitsSold');
  });

  it('gives the same id to the same order, and hashes one that is no plain text', () => {
    const idOf = (id: unknown) => {
      const mapped = map(orderPayload({ id }));
      return mapped?.ok ? mapped.event.clientDedupeId : undefined;
    };
    expect(idOf('A-17')).toBe(idOf('A-17'));
    expect(idOf('A-17')).not.toBe(idOf('A-18'));
    expect(idOf('jane@example.com 17')).toMatch(/^order:OFF_AMAZON_PURCHASES:[0-9a-f]{32}$/);
  });

  it.each([
    ['a misspelt field', { custmer: {} }, 'custmer'],
    ['a total with a comma', { total: '1.299,00' }, 'total'],
    ['an unknown channel', { channel: 'pigeon' }, 'channel'],
    ['a country that is none', { country: 'Wonderland' }, 'country'],
    ['a time that is none', { createdAt: 'yesterday' }, 'createdAt'],
    ['a customer without anything', { customer: {} }, 'customer'],
    ['a currency that is none', { currency: 'quid' }, 'currency'],
    ['an unknown field of the customer', { customer: { email: 'a@b.example', mail: 'x' } }, 'customer.mail'],
    ['a negative quantity', { items: [{ sku: 'A', quantity: -1 }] }, 'items[0].quantity'],
  ])('refuses %s under the caller’s own name for it', (_what, overrides, path) => {
    const mapped = map(orderPayload(overrides));
    expect(mapped?.ok).toBe(false);
    expect(mapped && !mapped.ok && mapped.issues.map((issue) => issue.path)).toEqual([path]);
  });

  it('takes the default country', () => {
    const { country: _, ...payload } = orderPayload();
    expect(map(payload, contextAt(NOW_MS, { defaultCountry: 'DE' }))).toMatchObject({
      ok: true,
      event: { countryCode: 'DE' },
    });
  });

  it('takes null for what is not known', () => {
    const nothing = { phone: null, firstName: null, lastName: null, address: null };
    expect(map(orderPayload({ customer: { email: 'a@b.example', ...nothing }, items: null }))?.ok).toBe(true);
  });
});

// Pure: compares the library's types with what mapping accepts.
import { describe, expect, it } from 'vitest';
import { mapPayload, type Order, type Producer } from '../../src/index.js';
import { contextAt, draftOf, orderOf } from '../support/events.js';

describe('typing', () => {
  it('payloads of our own formats are checked by the compiler', () => {
    // Never called: the test is that it compiles, and that each marked line does not.
    const calls = async (producer: Producer) => {
      await producer.enqueue(orderOf(), { source: 'order' });
      // @ts-expect-error the source was forgotten
      await producer.enqueue(orderOf());
      // @ts-expect-error a currency that belongs elsewhere, and no id
      await producer.enqueue({ currencyCode: 'USD' }, { source: 'order' });
      // @ts-expect-error no such event type
      await producer.enqueue(draftOf('a', { eventType: 'PURCHASE' }));
      await producer.enqueueMany([{ any: 'webhook' }], { source: 'shopify' });
    };
    expect(calls).toBeTypeOf('function');
  });
});

describe('the type Order', () => {
  const channels: Record<Order['channel'], true> = {
    web: true,
    store: true,
    phone: true,
    app_ios: true,
    app_android: true,
  };
  const types: Record<NonNullable<Order['type']>, true> = {
    purchase: true,
    lead: true,
    sign_up: true,
    subscribe: true,
    checkout: true,
    add_to_cart: true,
    application: true,
    contact: true,
    other: true,
  };

  it.each([
    ['channel', channels],
    ['type', types],
  ])('knows the words for %s that mapping knows, no more and no fewer', (path, words) => {
    const [mapped] = mapPayload('order', { ...orderOf(), [path]: 'none of them' }, contextAt(Date.now()));
    const message = `must be one of ${Object.keys(words).join(', ')}`;
    expect(mapped).toMatchObject({ ok: false, issues: [{ path, message }] });
  });

  it('has no field that mapping refuses', () => {
    const full: Required<Order> = {
      ...orderOf(),
      type: 'purchase',
      items: [{ sku: 1, quantity: null, price: '2.50' }],
      customer: {
        email: 'a@b.example',
        phone: 4_155_552_671,
        firstName: 'A',
        lastName: 'B',
        address: '1 Street',
        city: 'C',
        state: null,
        postal: 10_115,
      },
      total: 5,
      currency: 'USD',
      country: 'US',
      consent: { amazonConsent: { amznUserData: 'GRANTED' } },
    };
    expect(mapPayload('order', full, contextAt(Date.now()))).toMatchObject([{ ok: true }]);
    const rows: Order = { ...full, total: null, currency: null, country: null, items: null };
    expect(mapPayload('order', rows, contextAt(Date.now(), { defaultCountry: 'US' }))).toMatchObject([{ ok: true }]);
  });
});

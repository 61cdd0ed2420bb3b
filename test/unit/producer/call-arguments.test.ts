import { describe, expect, it } from 'vitest';
import {
  createProducer,
  hashMatchKey,
  mapPayload,
  normaliseMatchKey,
  ProducerOptionsError,
} from '../../../src/index.js';
import { demandList, demandPayload, sourceOf } from '../../../src/producer/call-arguments.js';
import { contextAt, orderOf } from '../../support/events.js';

/** As a caller in JavaScript makes it. */
const call = (of: (...given: never[]) => unknown, given: readonly unknown[]) => () =>
  Reflect.apply(of, undefined, given);

describe('checking the arguments of a call', () => {
  it.each([
    [undefined, 'conversion'],
    [{}, 'conversion'],
    [{ source: undefined }, 'conversion'],
    [{ source: 'order' }, 'order'],
  ])('reads the source of %j', (options, source) => {
    expect(sourceOf(options)).toBe(source);
  });

  it.each([
    ['order', "the second argument must be an object such as { source: 'order' }, not a string"],
    [null, "the second argument must be an object such as { source: 'order' }, not null"],
    [['order'], 'not an array'],
    [{ sources: 'order' }, 'sources: did you mean source?'],
    [{ source: 'order', defaultCountry: 'US' }, 'defaultCountry. Options of all calls belong to createProducer'],
    [{ source: null }, 'source is one of conversion, ga4, order'],
    [{ source: 'fax' }, 'source is one of conversion, ga4, order'],
  ])('of options %j says what is wrong', (options, message) => {
    expect(() => sourceOf(options)).toThrow(TypeError);
    expect(() => sourceOf(options)).toThrow(message);
  });

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [5, 'a number'],
    ['x', 'a string'],
    [orderOf(), 'an object'],
    [new Set([orderOf()]), 'a Set'],
  ])('takes no list for a list that is none: %s', (payloads, kind) => {
    expect(() => demandList(payloads)).toThrow(TypeError);
    expect(() => demandList(payloads)).toThrow(
      `must be an array of payloads, not ${kind}. For one payload call enqueue`,
    );
    expect(() => demandList([orderOf()])).not.toThrow();
  });

  it.each([
    [undefined, 'undefined: give the parsed object'],
    ['{}', 'a string: give the parsed object'],
    [() => orderOf(), 'a function'],
    [[orderOf()], 'an array: call enqueueMany'],
    [Promise.resolve(orderOf()), 'a promise: await it first'],
    [Buffer.from('{}'), 'bytes'],
    [new ArrayBuffer(2), 'bytes'],
    [new Map(), 'a Map'],
    [new Set(), 'a Set'],
    [new Date(0), 'a Date'],
  ])('takes no payload that is none: %s', (payload, message) => {
    expect(() => demandPayload(payload)).toThrow(TypeError);
    expect(() => demandPayload(payload)).toThrow(message);
  });

  it('leaves data that cannot be forwarded to the mapping', () => {
    for (const payload of [null, 5, true, {}, orderOf()]) expect(() => demandPayload(payload)).not.toThrow();
  });
});

describe('checking the arguments of a call without a producer', () => {
  it.each([
    [['email', 'jane@example.com', 'US', 'standard'], 'type, is one of EMAIL'],
    [['EMAIL', 5, 'US', 'standard'], 'raw, must be a string, not a number'],
    [['EMAIL', 'jane@example.com', undefined, 'standard'], 'country, must be a string such as US, not undefined'],
    [['EMAIL', 'jane@example.com', 'US'], 'rules, is one of standard'],
    [['EMAIL', 'jane@example.com', 'US', 'toString'], 'rules, is one of standard'],
  ])('no digest comes of %j', (given, message) => {
    for (const of of [hashMatchKey, normaliseMatchKey]) {
      expect(call(of, given)).toThrow(TypeError);
      expect(call(of, given)).toThrow(message);
    }
  });

  it.each([
    [undefined, 'nowMs of the third argument must be a number'],
    [{ ...contextAt(), nowMs: '5' }, 'nowMs of the third argument must be a number'],
    [{ nowMs: 5, matchKeyRules: 'standard' }, 'maxEventAgeHours of the third argument must be a number'],
    [{ ...contextAt(), matchKeyRules: [] }, 'matchKeyRules of the third argument takes standard'],
    [{ ...contextAt(), matchKeyRules: ['other'] }, 'matchKeyRules of the third argument takes standard'],
  ])('nothing is mapped in the context %j', (context, message) => {
    expect(call(mapPayload, ['order', orderOf(), context])).toThrow(TypeError);
    expect(call(mapPayload, ['order', orderOf(), context])).toThrow(message);
  });

  it('maps and hashes where they are right', () => {
    const context = contextAt(Date.now());
    expect(mapPayload('order', orderOf(), context)).toMatchObject([{ ok: true }]);
    expect(mapPayload('order', orderOf(), { ...context, matchKeyRules: ['standard', 'amazon-ads'] })).toHaveLength(1);
    expect(hashMatchKey('MATCH_ID', ' a ', 'US', 'standard')).toBe('a');
    expect(normaliseMatchKey('EMAIL', ' A@b.de', 'US', 'standard')).toBe('a@b.de');
  });

  it.each([
    ['redis://x', 'the argument: must be an object: {…}'],
    [{ redisUrl: 5 }, 'redisUrl: must be text in quotes'],
    [{ wire: 'v2' }, 'wire: must be events-manager-v1 or ads-api-v1'],
    [{ isConsentRequired: 'yes' }, 'isConsentRequired: must be true or false'],
    [{ Account: 'x' }, 'Account: is no option: did you mean account?'],
    [{ dedupeIds: { shopify: 'x' } }, 'dedupeIds.shopify: must be id, name, order_number or checkout_token'],
  ])('no producer is made of %j', (options, message) => {
    expect(call(createProducer, [options])).toThrow(ProducerOptionsError);
    expect(call(createProducer, [options])).toThrow(message);
  });
});

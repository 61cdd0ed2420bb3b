import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { MappingContext } from '../../../src/mapping/context.js';
import type { ConversionEvent, EventType } from '../../../src/mapping/event.js';
import type { Mapped } from '../../../src/mapping/refusal.js';
import { mapPayload, type Source } from '../../../src/mapping/source.js';
import { readRecords } from '../../../src/producer/files/read-records.js';
import { contextAt } from '../../support/events.js';

interface FieldCase {
  readonly name: string;
  readonly source: Source;
  readonly payload?: unknown;
  /** A file of source `csv`. */
  readonly text?: string;
  readonly eventType?: EventType;
  readonly consent?: 'granted' | 'denied';
  readonly env?: Readonly<Record<string, string>>;
  readonly expect: {
    readonly event?: Readonly<Record<string, unknown>>;
    readonly absent?: readonly string[];
    readonly keys?: Readonly<Record<string, readonly string[]>>;
    readonly no?: readonly string[];
    readonly refused?: string;
    readonly says?: string;
    readonly saysNot?: string;
    readonly distinctIds?: number;
  };
}

const { now, cases } = JSON.parse(readFileSync('test/vectors/field-cases.json', 'utf8')) as {
  now: string;
  cases: FieldCase[];
};

function contextOf({ env = {}, consent, eventType }: FieldCase): MappingContext {
  const signal = consent === 'granted' ? 'GRANTED' : 'DENIED';
  return contextAt(Date.parse(now), {
    defaultCountry: env['DEFAULT_COUNTRY'],
    eventType,
    ...(consent && { defaultConsent: { amazonConsent: { amznAdStorage: signal, amznUserData: signal } } }),
  });
}

async function payloadsOf({ payload, text }: FieldCase): Promise<unknown[]> {
  if (text === undefined) return Array.isArray(payload) ? payload : [payload];
  const records: unknown[] = [];
  for await (const record of readRecords(Readable.from([Buffer.from(text)]), 'csv')) {
    records.push(record.payload?.value);
  }
  return records;
}

async function mapCase(given: FieldCase): Promise<Mapped[]> {
  const payloads = await payloadsOf(given);
  return payloads.flatMap((payload) => mapPayload(given.source, payload, contextOf(given)));
}

function at(event: ConversionEvent, path: string): unknown {
  return path.split('.').reduce<unknown>((value, field) => Reflect.get(Object(value), field), event);
}

const digestOf = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');
const digestsOf = (event: ConversionEvent, type: string) =>
  event.matchKeys.filter((key) => key.type === type).map(({ values }) => values[0]);

describe('mapping payloads that were seen in the field', () => {
  it.each(cases)('$name', async (given) => {
    const results = await mapCase(given);
    const { event: fields = {}, absent = [], keys = {}, no = [], distinctIds, refused } = given.expect;
    if (refused !== undefined) {
      const [refusal] = results;
      const message = refusal?.ok ? '' : (refusal?.issues ?? []).map((issue) => issue.message).join('\n');
      expect(results).toMatchObject([{ ok: false, reason: refused }]);
      if (given.expect.says !== undefined) expect(message).toMatch(new RegExp(given.expect.says, 'i'));
      if (given.expect.saysNot !== undefined) expect(message).not.toMatch(new RegExp(given.expect.saysNot, 'i'));
      return;
    }
    const events = results.flatMap((mapped) => (mapped.ok ? [mapped.event] : []));
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    if (distinctIds !== undefined) {
      expect(new Set(events.map(({ clientDedupeId }) => clientDedupeId)).size).toBe(distinctIds);
      return;
    }
    const [event] = events;
    if (!event) throw new Error('no event came out');
    for (const [path, value] of Object.entries(fields)) expect(at(event, path), path).toEqual(value);
    for (const path of absent) expect(at(event, path), path).toBeUndefined();
    for (const [type, texts] of Object.entries(keys)) {
      expect(digestsOf(event, type).toSorted(), type).toEqual(texts.map(digestOf).toSorted());
    }
    for (const type of no) expect(digestsOf(event, type), type).toEqual([]);
  });
});

/**
 * Payloads of the platforms, made by hand from their field tables (test/vectors/sources), parsed like the producer
 * does: ids above 2^53 keep their digits.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseJson } from '../../src/mapping/json.js';
import type { Mapped, Refusal } from '../../src/mapping/refusal.js';
import { mapPayload, type Source } from '../../src/mapping/source.js';
import { contextAt } from './events.js';

type Json = Record<string, unknown>;

export function payloadOf(source: Source, name: string): Json {
  return parseJson(readFileSync(`test/vectors/sources/${source}/${name}.json`, 'utf8')) as Json;
}

/** A copy with changed fields, by dotted path. Undefined removes one. */
export function changed(payload: Json, changes: Record<string, unknown>): Json {
  const copy = structuredClone(payload);
  for (const [path, value] of Object.entries(changes)) {
    const fields = path.split('.');
    const last = fields.pop() ?? '';
    let parent = copy;
    for (const field of fields) parent = parent[field] as Json;
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  }
  return copy;
}

function mapOne(source: Source, payload: unknown, context = contextAt()): Mapped {
  const [mapped, ...others] = mapPayload(source, payload, context);
  if (!mapped || others.length > 0) throw new Error('the payload did not give exactly one result');
  return mapped;
}

export function eventFrom(source: Source, payload: unknown, context = contextAt()) {
  const mapped = mapOne(source, payload, context);
  if (!mapped.ok) throw new Error(`refused: ${JSON.stringify(mapped)}`);
  return mapped.event;
}

export function refusalFrom(source: Source, payload: unknown, context = contextAt()): Refusal {
  const mapped = mapOne(source, payload, context);
  if (mapped.ok) throw new Error('the payload was accepted');
  return mapped;
}

/** The expected match key, from the normalised text that Amazon hashes too. */
export function hashed(type: string, normalised: string) {
  return { type, values: [createHash('sha256').update(normalised, 'utf8').digest('hex')] };
}

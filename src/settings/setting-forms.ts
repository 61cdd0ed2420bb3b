/** How the text of an environment variable is parsed, and the message if it is wrong. */
import { z } from 'zod';
import { MATCH_KEY_RULES } from '../mapping/match-key.js';

export const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be between ${min} and ${max}`);
export const port = integer(0, 65_535);
export const flag = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .transform((text) => text === 'true')
  .default(false);

export function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    // The only error of decoding.
    return false;
  }
}

export const REDIS_FORM = /^rediss?(\+sentinel|\+cluster)?:\/\//;
export const REDIS_FORMS =
  'must be redis://host:port, redis+sentinel://host:port,host:port/master or redis+cluster://host:port,host:port; with TLS rediss… in place of redis…';

/** Sentinel and Cluster addresses name several hosts. Only their ports are checked. */
export function isRedisAddress(text: string): boolean {
  if (!/^rediss?\+/.test(text)) return URL.canParse(text);
  const hosts = text.replace(/\?.*$|^.*@|^[^:]*:\/\//g, '');
  return [...hosts.matchAll(/:(\d+)/g)].every(([, number]) => Number(number) <= 65_535);
}

/** Rule sets, each once. The first one has priority if there is no room for all. */
export const matchKeyRulesSchema = z
  .tuple([ruleSetSchema()], ruleSetSchema())
  .refine((rules) => new Set(rules).size === rules.length, 'names a rule set twice');

function ruleSetSchema() {
  return z.enum(MATCH_KEY_RULES, { error: `takes ${MATCH_KEY_RULES.join(', ')}` });
}

export const url = (protocols: RegExp) =>
  z.url({ protocol: protocols, error: 'must be a URL that begins with https://' });

/** As a request names it in `Host`, without the port. */
export function isHostName(text: string): boolean {
  return /^([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.|$))+$/.test(text) || /^\[[0-9a-f:.]+\]$/.test(text);
}

/** An id that is sent in a header or a body unchanged. */
export const headerValue = z.string().regex(/^[!-~]+$/, 'must be one word of ASCII characters');

export const mediaType = z.string().regex(/^[\w.+-]+\/[\w.+-]+$/, 'must be a media type, such as application/json');

const DAY_MS = 86_400_000;

/** A past day or UTC time, with one day of tolerance for zones ahead of UTC. Epoch milliseconds. */
export const pastDate = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], { error: 'must be a day, such as 2026-11-27' })
  .transform((text) => Date.parse(text))
  .refine((ms) => ms <= Date.now() + DAY_MS, 'is in the future');

/**
 * A line of an import: the letter as it may be stored here, or why not.
 *
 * Promises: an accepted line has an event that the worker can send, and no plaintext personal data, because a file may be edited
 * after its export. Every fault is reported with its path, none with its value.
 */
import { withoutAddress } from '../mapping/consent-address.js';
import type { MappingContext } from '../mapping/context.js';
import type { ConversionEvent } from '../mapping/event.js';
import { isHashedType } from '../mapping/match-key.js';
import type { Issue } from '../mapping/refusal.js';
import { type DeadLetter, faultsOf, parseLetter } from './letter.js';
import { checkEvent, type Edited } from './operations/edit.js';

const SHA256_HEX = /^[0-9a-f]{64}$/;
const LETTER_ID = /^[\w-]{1,200}$/;
const SOURCE = /^[\w.-]{1,64}$/;
/** Amazon's texts are shorter; ids and codes of letters become keys and labels. */
const TEXT_MAX = 10_000;

export type ImportedLetter = { readonly letter: DeadLetter } | { readonly why: string };

export function readImportedLetter(text: string, account: string, context: MappingContext): ImportedLetter {
  const parsed = parseLetter(text);
  if (!parsed.ok) return { why: `is not a dead letter as export writes it: ${wordsOf(parsed.issues)}` };
  const { original, ...letter } = parsed.letter;
  if (!LETTER_ID.test(letter.id)) return { why: 'id is not a letter’s id' };
  if (!letter.event) return { why: 'holds no event: it could not be read where it comes from' };
  // Plaintext that somebody typed into the file is hashed. An original with plaintext is not kept: nobody knows by which rules it
  // would have been hashed.
  const kept = original && isHashed(original) ? withoutKeptAddress(original, context) : undefined;
  const isReady = isHashed(letter.event) && letter.event.consent?.geo === undefined;
  const checked = isReady ? asItIs(letter.event) : checkEvent(letter.event, context);
  const faults = [
    ...fieldFaults(letter),
    ...(kept ? under('original', faultsOf(kept)) : []),
    ...(checked.ok ? [] : under('event', checked.issues)),
  ];
  if (!checked.ok || faults.length > 0) return { why: wordsOf(faults) };
  return { letter: { ...letter, account, event: checked.event, ...(kept && { original: kept }) } };
}

/** An original is only for display, so a missing field does no harm. */
function withoutKeptAddress(event: ConversionEvent, { isIpAddressKept }: MappingContext): ConversionEvent {
  const { consent, ...rest } = event;
  if (consent?.geo === undefined || isIpAddressKept) return event;
  const others = withoutAddress(consent);
  return others ? { ...rest, consent: others } : rest;
}

/** Already hashed by the rules of its system: not hashed again. */
function asItIs(event: ConversionEvent): Edited {
  const issues = faultsOf(event);
  return issues.length === 0 ? { ok: true, event } : { ok: false, issues };
}

function under(prefix: string, issues: readonly Issue[]): Issue[] {
  return issues.map(({ path, message }) => ({ path: path === '' ? prefix : `${prefix}.${path}`, message }));
}

/** The fields outside the event. */
function fieldFaults({ source, answer, history = [] }: DeadLetter): Issue[] {
  const faults: Issue[] = [];
  if (!SOURCE.test(source)) faults.push({ path: 'source', message: 'is not a letter’s source' });
  const answers = [answer, ...history.map((failure) => failure.answer)];
  const texts = answers.flatMap(({ code, message, requestId }) => [code, message, requestId]);
  if (texts.some((text) => text !== undefined && text.length > TEXT_MAX)) {
    faults.push({ path: 'answer', message: `holds a text of more than ${TEXT_MAX} characters` });
  }
  return faults;
}

function isHashed({ matchKeys }: ConversionEvent): boolean {
  return matchKeys.every(({ type, values }) => !isHashedType(type) || SHA256_HEX.test(values[0]));
}

function wordsOf(issues: readonly Issue[]): string {
  return issues.map(({ path, message }) => `${path} ${message}`.trim()).join('; ');
}

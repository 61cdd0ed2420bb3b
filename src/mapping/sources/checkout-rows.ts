/**
 * Rows of a table for an order's notes (checkout-notes.ts): consent signals, the opt-out, ids of the customer.
 *
 * A signal that cannot be understood is a fault: the setting must not replace it. Never guesses one signal from another.
 */
import type { Origin } from '../origin.js';
import type { Reading } from '../reading.js';
import type { Note, Notes, SourceRecord } from '../source-record.js';
import type { FieldRow, KeyRow } from '../table.js';
import type { NotesPlace } from './checkout-notes.js';

const USER_DATA = 'amzn_user_data';
const AD_STORAGE = 'amzn_ad_storage';
const TCF = 'amzn_tcf';
const GPP = 'amzn_gpp';
const LIMITED_DATA_USE = 'amzn_limited_data_use';
const MATCH_ID = 'amzn_match_id';
const MAID = 'amzn_maid';

/** Words of Amazon's server tag for a signal, in any case. */
const YES: ReadonlySet<string> = new Set('granted true yes 1 on enabled opted_in optin'.split(' '));
const NO: ReadonlySet<string> = new Set('denied false no 0 off disabled opted_out optout'.split(' '));

/** Stripe takes 500 characters a value: longer strings continue in `amzn_tcf_2`, `amzn_tcf_3`, … */
const PARTS_MAX = 20;

const RULE = 'written by the shop at checkout';

/** For the documentation, which has the names in one place. */
const NOTE = '[notes of an order](consent.md#notes-of-an-order)';

export function consentRow(at: NotesPlace): FieldRow {
  return {
    from: [at.place],
    read: (record) => consentIn(at.read(record), record, at.place.path),
    shown: shown(at),
    note: NOTE,
  };
}

export function optOutRow(at: NotesPlace): FieldRow {
  return {
    from: [at.place],
    read: (record) => optOutIn(at.read(record), record, at.place.path),
    shown: shown(at),
    note: NOTE,
  };
}

export function noteKeys(at: NotesPlace): KeyRow[] {
  return [noteKey(at, 'MATCH_ID', MATCH_ID), noteKey(at, 'MAID', MAID)];
}

function noteKey(at: NotesPlace, to: 'MATCH_ID' | 'MAID', name: string): KeyRow {
  return {
    to,
    shown: shown(at),
    paths: [at.place.path],
    note: NOTE,
    addTo: (keys, record) => {
      const found = at.read(record).get(name);
      if (found) keys.push({ type: to, path: found.path, value: found.text });
    },
  };
}

function shown({ place }: NotesPlace): string {
  return `\`${place.path}\``;
}

function consentIn(notes: Notes, record: SourceRecord, path: string): Reading {
  if (notes.size === 0) return { path, value: undefined, rule: RULE };
  const userData = signalIn(notes, USER_DATA, record);
  const adStorage = signalIn(notes, AD_STORAGE, record);
  const wrong = [userData, adStorage].find((signal) => signal !== undefined && signal.isGranted === undefined);
  if (wrong) return { path: wrong.path, value: undefined, rule: RULE };
  if (adStorage && !userData) {
    record.refuse(adStorage.path, `stands alone: write ${USER_DATA} beside it`);
    return { path: adStorage.path, value: undefined, rule: RULE };
  }
  const [tcf, gpp] = [joined(notes, TCF), joined(notes, GPP)];
  const amazonConsent = userData && {
    ...(adStorage && { amznAdStorage: wordFor(adStorage) }),
    amznUserData: wordFor(userData),
  };
  const value = {
    ...(amazonConsent && { amazonConsent }),
    ...(tcf && { tcf: tcf.text }),
    ...(gpp && { gpp: gpp.text }),
  };
  const parts: Record<string, Origin> = {
    ...(adStorage && { 'consent.amazonConsent.amznAdStorage': { from: adStorage.path, rule: RULE } }),
    ...(userData && { 'consent.amazonConsent.amznUserData': { from: userData.path, rule: RULE } }),
    ...(tcf && { 'consent.tcf': { from: tcf.path, rule: RULE } }),
    ...(gpp && { 'consent.gpp': { from: gpp.path, rule: RULE } }),
  };
  return { path, value: Object.keys(value).length > 0 ? value : undefined, rule: RULE, parts };
}

function optOutIn(notes: Notes, record: SourceRecord, path: string): Reading {
  const signal = signalIn(notes, LIMITED_DATA_USE, record);
  if (!signal?.isGranted) return { path: signal?.path ?? path, value: undefined, rule: RULE };
  const parts = { 'dataProcessingOptions[0]': { from: signal.path, rule: `an opt-out ${RULE}` } };
  return { path: signal.path, value: ['LIMITED_DATA_USE'], rule: RULE, parts };
}

interface Signal {
  readonly path: string;
  /** Undefined if it cannot be understood; the fault is reported. */
  readonly isGranted: boolean | undefined;
}

function signalIn(notes: Notes, name: string, record: SourceRecord): Signal | undefined {
  const note = notes.get(name);
  if (note === undefined) return undefined;
  const word = note.text.trim().toLowerCase().replace(/[\s-]/g, '_');
  if (YES.has(word)) return { path: note.path, isGranted: true };
  if (NO.has(word)) return { path: note.path, isGranted: false };
  record.refuse(note.path, 'is no signal: write granted or denied, or true or false');
  return { path: note.path, isGranted: undefined };
}

function wordFor({ isGranted }: Signal): 'GRANTED' | 'DENIED' {
  return isGranted === true ? 'GRANTED' : 'DENIED';
}

function joined(notes: Notes, name: string): Note | undefined {
  const first = notes.get(name);
  if (first === undefined) return undefined;
  let { text } = first;
  for (let part = 2; part <= PARTS_MAX; part += 1) {
    const next = notes.get(`${name}_${part}`);
    if (next === undefined) break;
    text += next.text;
  }
  return { path: first.path, text };
}

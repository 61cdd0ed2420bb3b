/**
 * What a shop writes into an order at checkout for us: consent, an opt-out, ids of the customer. Shopify keeps it in
 * `note_attributes`, WooCommerce in `meta_data`, Stripe in `metadata`; docs/consent.md has the names and how to write them.
 *
 * This file finds the notes; checkout-rows.ts says what they mean.
 */
import { fieldsOf, isAbsent, listIn, type Place, placeAt, textOf } from '../payload.js';
import type { Note, Notes, SourceRecord } from '../source-record.js';

/** Shops hide a note from the customer with underscores before its name. */
const NAME = /^_*(amzn_[a-z0-9_]+)$/i;

const NONE: Notes = new Map();

/** Where a platform keeps an order's notes: in a list of pairs, or in an object. */
export class NotesPlace {
  readonly place: Place;
  readonly #nameField: 'name' | 'key' | undefined;

  /** @param nameField of a pair, next to `value`; undefined if the names are an object's own */
  constructor(path: string, nameField?: 'name' | 'key') {
    this.place = placeAt(path);
    this.#nameField = nameField;
  }

  /** Four rows use them: they are read once for each payload. */
  read(record: SourceRecord): Notes {
    record.notes ??= this.#find(record);
    return record.notes;
  }

  #find(record: SourceRecord): Notes {
    const holder = record.at(this.place);
    const { path } = this.place;
    const field = this.#nameField;
    if (field === undefined) {
      const fields = fieldsOf(holder);
      return fields === undefined ? NONE : notesOf(Object.entries(fields), (name) => `${path}.${name}`);
    }
    const list = listIn(holder);
    if (list === undefined || list.length === 0) return NONE;
    const pairs = list.map((entry): Pair => [fieldsOf(entry)?.[field], fieldsOf(entry)?.['value']]);
    return notesOf(pairs, (_name, index) => `${path}[${index}].value`);
  }
}

type Pair = readonly [name: unknown, value: unknown];

/** If two notes have the same name, the last one counts: plugins add a note again to change it. */
function notesOf(pairs: readonly Pair[], pathOf: (name: string, index: number) => string): Notes {
  let notes: Map<string, Note> | undefined;
  for (const [index, [written, value]] of pairs.entries()) {
    const name = typeof written === 'string' ? NAME.exec(written)?.[1]?.toLowerCase() : undefined;
    if (name === undefined || isAbsent(value)) continue;
    notes ??= new Map();
    notes.set(name, { path: pathOf(String(written), index), text: wordOf(value) });
  }
  return notes ?? NONE;
}

/** For a value that is not a text, number or boolean: a word that no reader understands. */
function wordOf(value: unknown): string {
  return typeof value === 'boolean' ? String(value) : (textOf(value) ?? '(no text)');
}

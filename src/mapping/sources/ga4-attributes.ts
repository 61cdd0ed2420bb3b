/** The first item of a GA4 event as custom attributes: brand, category and product. */
import type { Origin } from '../origin.js';
import { fieldsOf, textOf } from '../payload.js';
import type { Reading } from '../reading.js';
import type { FieldReader } from '../table.js';

const ATTRIBUTES = [
  { name: 'brand', field: 'item_brand' },
  { name: 'category', field: 'item_category' },
  { name: 'productId', field: 'item_id' },
];

const NOTHING: Reading = { path: '', value: undefined, rule: '' };
const EMPTY = /^_*$/;

/** Amazon takes letters, digits and underscores; a brand such as `Möbel & Co` is written `M_bel_Co`. */
export const attributes: FieldReader = (record, from) => {
  const place = from.find((candidate) => Array.isArray(record.at(candidate)));
  const list = place && record.at(place);
  if (!place || !Array.isArray(list)) return NOTHING;
  const index = record.payload.once('first item', list, () => list.findIndex((entry: unknown) => fieldsOf(entry)));
  const item = fieldsOf(list[index]);
  if (!item) return NOTHING;
  const value: { name: string; value: string }[] = [];
  const parts: Record<string, Origin> = {};
  for (const { name, field } of ATTRIBUTES) {
    const text = textOf(item[field])?.replace(/\W+/g, '_').slice(0, 256);
    if (text === undefined || EMPTY.test(text)) continue;
    // Attributes made here have no faults, so only an explanation needs their origins.
    if (record.context.isExplained) {
      const attribute = `customAttributes[${value.length}]`;
      parts[`${attribute}.name`] = { from: null, rule: `the name for ${field}` };
      parts[`${attribute}.value`] = {
        from: `${place.path}[${index}].${field}`,
        rule: 'the first item’s; other characters become _',
      };
    }
    value.push({ name, value: text });
  }
  return value.length === 0 ? NOTHING : { path: `${place.path}[${index}]`, value, rule: '', parts };
};

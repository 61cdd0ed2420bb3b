/**
 * What a GA4 event says of its first item, as custom attributes: brand, category and product.
 */
import { type Fields, textOf } from './payload.js';

/** A custom attribute and the item's field that it was made of. */
export interface Ga4Attribute {
  readonly name: string;
  readonly value: string;
  readonly field: string;
}

const ATTRIBUTES = [
  { name: 'brand', field: 'item_brand' },
  { name: 'category', field: 'item_category' },
  { name: 'productId', field: 'item_id' },
];

/** Amazon takes letters, digits and underscores; a brand such as `Möbel & Co` is written `M_bel_Co`. */
export function ga4Attributes(item: Fields | undefined): Ga4Attribute[] {
  const attributes: Ga4Attribute[] = [];
  if (!item) return attributes;
  for (const { name, field } of ATTRIBUTES) {
    const value = textOf(item[field])?.replace(/\W+/g, '_').slice(0, 256);
    if (value !== undefined && !/^_*$/.test(value)) attributes.push({ name, value, field });
  }
  return attributes;
}

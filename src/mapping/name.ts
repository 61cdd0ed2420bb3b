/** Refunds by an event's name: a refund is never a purchase, whatever the other fields say. */

const REFUND = /(?:^|[^a-z])(?:refund(?:ed|s)?|chargeback)(?:[^a-z]|$)/i;
/** Longer names are rejected for their length. */
const NAME_MAX = 256;

export function isNameOfRefund(name: string): boolean {
  return name.length <= NAME_MAX && REFUND.test(name);
}

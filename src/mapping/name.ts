/** What the name of an event says: a refund is never a purchase, whatever else is said of it. */

const REFUND = /(?:^|[^a-z])(?:refund(?:ed|s)?|chargeback)(?:[^a-z]|$)/i;
/** Longer names are refused for their length. */
const NAME_MAX = 256;

export function isNameOfRefund(name: string): boolean {
  return name.length <= NAME_MAX && REFUND.test(name);
}

/**
 * Equality by content: objects of a node:vm context have other prototypes, which Node's own comparison would reject.
 */
export function isSame(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const keys = Object.keys(left);
  const others = new Map(Object.entries(right));
  return (
    keys.length === others.size &&
    Object.entries(left).every(([key, value]) => others.has(key) && isSame(value, others.get(key)))
  );
}

/**
 * What keeps us from reading a shop's orders, with what the reader can do about it.
 *
 * Never: a key, a token, or words of the shop's that could hold personal data.
 */
export type ShopErrorCode =
  /** The key or token is wrong, revoked or expired. */
  | 'SHOP_CREDENTIALS'
  /** The key is right and may not read orders. */
  | 'SHOP_FORBIDDEN'
  /** The version of the API is retired, or never was. */
  | 'SHOP_VERSION'
  /** There is no such shop, or no such API at its address. */
  | 'SHOP_NOT_FOUND'
  /** It does not answer, is throttling us, or fails: it may work later. */
  | 'SHOP_UNAVAILABLE'
  /** It answers something that is no answer of this API. */
  | 'SHOP_UNREADABLE';

export class ShopError extends Error {
  readonly code: ShopErrorCode;

  constructor(code: ShopErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ShopError';
    this.code = code;
  }
}

/** A word of the shop's that looks like a code, in brackets; nothing else of what it said is repeated. */
export function saidCode(code: unknown): string {
  return typeof code === 'string' && /^[\w.-]{1,64}$/.test(code) ? ` (${code})` : '';
}

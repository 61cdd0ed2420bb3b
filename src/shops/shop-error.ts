/**
 * Why a shop's orders cannot be read, and what the reader can do about it.
 *
 * Never: a key, a token, or text of the shop that could hold personal data.
 */
export type ShopErrorCode =
  /** The key or token is wrong, revoked or expired. */
  | 'SHOP_CREDENTIALS'
  /** The key is valid but may not read orders. */
  | 'SHOP_FORBIDDEN'
  /** The API version is retired or does not exist. */
  | 'SHOP_VERSION'
  /** There is no such shop, or no such API at its address. */
  | 'SHOP_NOT_FOUND'
  /** It does not answer, throttles us, or fails. It may work later. */
  | 'SHOP_UNAVAILABLE'
  /** Its answer is not an answer of this API. */
  | 'SHOP_UNREADABLE';

export class ShopError extends Error {
  readonly code: ShopErrorCode;

  constructor(code: ShopErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ShopError';
    this.code = code;
  }
}

/** A word from the shop that looks like a code, in brackets. No other text of the shop is repeated. */
export function saidCode(code: unknown): string {
  return typeof code === 'string' && /^[\w.-]{1,64}$/.test(code) ? ` (${code})` : '';
}

/**
 * What goes wrong at Amazon in the demo: faults that depend on an event's content. Each ends when its cause is
 * corrected as a person would do it.
 */

export interface DemoCause {
  /** In the form of the sandbox. */
  readonly fault: {
    readonly kind: 'item_error' | 'poison';
    readonly code?: string;
    readonly message: string;
  } & Readonly<Record<string, unknown>>;
  /** What a person does about it, for users of the demo's console. */
  readonly remedy: string;
}

/** In every demo. */
export const CAUSES: readonly DemoCause[] = [
  {
    fault: {
      kind: 'item_error',
      fields: { currencyCode: '^BRL$' },
      code: 'INVALID_INPUT',
      message: 'currencyCode BRL is not enabled for this advertiser',
    },
    remedy: 'replay with currencyCode=USD',
  },
  {
    // An article's number in place of the quantity.
    fault: { kind: 'poison', fields: { unitsSold: '^\\d{6,}$' }, message: 'unitsSold is out of range' },
    remedy: 'replay with unitsSold=1',
  },
];

/** In a demo with `--keep`, for people to look at in the console. */
export const MORE_CAUSES: readonly DemoCause[] = [
  {
    fault: {
      kind: 'item_error',
      fields: { currencyCode: '^JPY$', value: '\\.' },
      code: 'INVALID_INPUT',
      message: 'value has decimals, which JPY does not have',
    },
    remedy: 'edit each letter: value without decimals',
  },
  {
    fault: {
      kind: 'item_error',
      fields: { countryCode: '^CA$', eventActionSource: '^APP_IOS$' },
      code: 'ACCESS_DENIED',
      message: 'this profile is not allowed to write app events of CA',
    },
    remedy: 'get the permission at Amazon (the command below), then replay',
  },
  {
    fault: { kind: 'item_error', idHolds: 'FR-1101', code: 'INTERNAL_ERROR', message: 'try again later' },
    remedy: 'the outage is over: replay',
  },
];

/** Codes of the faults that do not end by a correction. */
export const OUTAGE_CODE = 'INTERNAL_ERROR';
export const PERMISSION_CODE = 'ACCESS_DENIED';

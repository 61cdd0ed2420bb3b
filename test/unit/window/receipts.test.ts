import { expect, it } from 'vitest';
import { readReceipt } from '../../../src/window/receipts.js';

it.each([
  ['', undefined],
  ['1795812493079', { deliveredAtMs: 1_795_812_493_079, requestId: undefined }],
  ['1795812493079request-1', { deliveredAtMs: 1_795_812_493_079, requestId: 'request-1' }],
])('a receipt reads %j', (text, receipt) => {
  expect(readReceipt(text)).toEqual(receipt);
});

import { describe, expect, it } from 'vitest';
import { readItemLists } from '../../../src/amazon/wires/item-results.js';

describe('reading the lists of an answer', () => {
  it('reads what each list says, and no more', () => {
    expect(readItemLists({ success: [{ index: 2 }, {}, { index: '1' }, null], error: [{ index: 0 }, {}] })).toEqual([
      { index: 2, isAccepted: true },
      { index: 0, isAccepted: false, faults: [{ status: undefined }], requestId: undefined },
    ]);
    expect(readItemLists({ success: [] })).toEqual([]);
    expect(readItemLists({ error: [] })).toEqual([]);
    expect(readItemLists({})).toBeUndefined();
  });

  it('keeps every fault of an item, in either form', () => {
    const item = {
      index: 0,
      httpStatusCode: '400',
      itemRequestId: 'r',
      errors: [{ code: 'A', message: 'a' }],
      subErrors: [{ errorType: 'B', errorMessage: 'b' }],
    };
    expect(readItemLists({ error: [item] })).toEqual([
      {
        index: 0,
        isAccepted: false,
        faults: [
          { code: 'A', message: 'a', status: 400 },
          { code: 'B', message: 'b', status: 400 },
        ],
        requestId: 'r',
      },
    ]);
  });
});

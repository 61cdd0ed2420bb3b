/**
 * Receipts: when Amazon accepted an id, and by which request. One receipt for each request, for any number of ids. An id's mark
 * names its receipt after the end of its window.
 *
 *   window:receipts:<slot>   hash: a number -> 13 digits, when it was delivered, epoch ms, and Amazon's id of the request
 *
 * A slot is 5 minutes, so that the few requests of a quiet shop make a hash that Redis keeps as one compact block. It is kept as
 * long as any id that was delivered in it.
 */

const SLOT_MS = 300_000;

/**
 * Lua: `receiptOf(request id)` returns the name of this step's receipt and writes it at the first call. Needs WRITE_LUA and what
 * that needs.
 */
export const RECEIPT_LUA = `
local receipt
local function receiptOf(requestId)
  if not receipt then
    local slot = textOf(floor(now / ${SLOT_MS}))
    local key = prefix .. 'receipts:' .. slot
    local number = textOf(redis.call('HLEN', key) + 1)
    redis.call('HSET', key, number, nowText .. requestId)
    expireAt(key, now + ${SLOT_MS} + window + 1000)
    receipt = ':' .. slot .. ':' .. number
  end
  return receipt
end`;

/**
 * Lua: `receiptBehind(mark)` returns the receipt that a mark `<until>…` names, or ''. Marks from before receipts existed name
 * none.
 */
export const FIND_RECEIPT_LUA = `
local function receiptBehind(mark)
  local slot, number = string.match(mark, '^%d+:(%d+):(%d+)$')
  return slot and redis.call('HGET', prefix .. 'receipts:' .. slot, number) or ''
end`;

export interface Receipt {
  /** Epoch milliseconds. */
  readonly deliveredAtMs: number;
  readonly requestId: string | undefined;
}

/** @returns undefined if nothing is known of the delivery */
export function readReceipt(text: string): Receipt | undefined {
  if (text === '') return undefined;
  return { deliveredAtMs: Number(text.slice(0, 13)), requestId: text.slice(13) || undefined };
}

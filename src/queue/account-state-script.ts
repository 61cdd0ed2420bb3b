/** Lua that reads the state of an account in one step. Empty parts cost as few commands as possible. */

import type { RedisScript } from '../redis/script.js';
import { LEDGER_FIELDS } from './queue.js';

/**
 * KEYS[1] ledger   KEYS[2] gate   KEYS[3] shelves   KEYS[4] sizes of the window   KEYS[5..9] BullMQ's wait, active, delayed,
 *   prioritized and failed   KEYS[10] prefix of jobs   KEYS[11] prefix of shelves   KEYS[12] record of lost writes
 * KEYS[13] record of the refresh token
 * Returns {ledger's fields, gate's fields, jobs in each of the five places, times at which the oldest of wait, active and
 *   delayed were added, {a shelf's description, its letters, the oldest's time, …}, {hour, ids, …} of the window,
 *   the last loss, when a person consented and whether that is a guess}.
 *   For an idle account, places and shelves cost only the check whether they exist.
 */
export const READ_STATE: RedisScript = {
  name: 'capiReadState',
  lua: `
local call = redis.call
local ledger = call('HMGET', KEYS[1], ${LEDGER_FIELDS.map((field) => `'${field}'`).join(', ')})
local gate, loss = {}, {}
if call('EXISTS', KEYS[2], KEYS[12]) > 0 then
  gate = call('HMGET', KEYS[2], 'until', 'reason', 'since', 'detail')
  loss = call('HMGET', KEYS[12], 'at', 'count')
end
local jobs, times = {0, 0, 0, 0, 0}, {}
if call('EXISTS', KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9]) > 0 then
  for place = 1, 5 do jobs[place] = call(place < 3 and 'LLEN' or 'ZCARD', KEYS[4 + place]) end
  local function note(id) if id then times[#times + 1] = call('HGET', KEYS[10] .. id, 'timestamp') end end
  if jobs[1] > 0 then note(call('LINDEX', KEYS[5], -1)) end
  if jobs[2] > 0 then note(call('LINDEX', KEYS[6], -1)) end
  if jobs[3] > 0 then note(call('ZRANGE', KEYS[7], 0, 0)[1]) end
end
local shelves = {}
local described = call('HGETALL', KEYS[3])
for at = 1, #described, 2 do
  local key = KEYS[11] .. described[at]
  local count = call('ZCARD', key)
  if count > 0 then
    shelves[#shelves + 1] = described[at + 1]
    shelves[#shelves + 1] = count
    shelves[#shelves + 1] = call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
  end
end
return {ledger, gate, jobs, times, shelves, call('HGETALL', KEYS[4]), loss, call('HMGET', KEYS[13], 'consented', 'guess')}`,
};

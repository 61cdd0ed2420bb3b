/** Everything that an account has in Redis: keys and values as bytes, each as one text (latin1), for a search. */
import { prefixOf } from '../../src/queue/queue.js';
import type { RedisConnection } from '../../src/redis/connect.js';

export interface DumpedValue {
  readonly key: string;
  readonly text: string;
}

export async function dumpOf(connection: RedisConnection, account: string): Promise<DumpedValue[]> {
  const keys: string[] = [];
  let cursor = '0';
  do {
    const [next, found] = await connection.scan(cursor, 'MATCH', `${prefixOf(account)}:*`, 'COUNT', 1_000);
    keys.push(...found);
    cursor = next;
  } while (cursor !== '0');
  return Promise.all(keys.map(async (key) => ({ key, text: flat(await valueOf(connection, key)) })));
}

async function valueOf(connection: RedisConnection, key: string): Promise<unknown> {
  const type = await connection.type(key);
  switch (type) {
    case 'string':
      return connection.getBuffer(key);
    case 'hash':
      return Object.entries(await latin1Hash(connection, key));
    case 'list':
      return connection.lrangeBuffer(key, 0, -1);
    case 'set':
      return connection.smembersBuffer(key);
    case 'zset':
      return connection.zrangeBuffer(key, '0', '-1', 'WITHSCORES');
    case 'stream':
      return connection.xrangeBuffer(key, '-', '+');
    default:
      throw new Error(`${key} is a ${type}: how is that read?`);
  }
}

/** Fields are bytes too. Decoded as UTF-8 they would change. */
async function latin1Hash(connection: RedisConnection, key: string): Promise<Record<string, string>> {
  const reply = await connection.callBuffer('HGETALL', key);
  const parts = Array.isArray(reply) ? reply.map((part: Buffer) => part.toString('latin1')) : [];
  return Object.fromEntries(parts.flatMap((part, place) => (place % 2 === 0 ? [[part, parts[place + 1] ?? '']] : [])));
}

function flat(value: unknown): string {
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  if (Array.isArray(value)) return value.map(flat).join('\n');
  return String(value);
}

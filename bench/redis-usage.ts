/**
 * Redis's own usage: processor time of all its threads, and memory.
 */
import type { Redis } from 'ioredis';

export interface RedisUsage {
  readonly cpuMicros: number;
  /** Of data and overhead, without the allocator's unused pages. */
  readonly usedBytes: number;
}

export async function redisUsage(connection: Redis): Promise<RedisUsage> {
  const text = `${await connection.info('cpu')}\n${await connection.info('memory')}`;
  const valueOf = (name: string) => Number(new RegExp(`^${name}:(\\S+)`, 'm').exec(text)?.[1]);
  return {
    cpuMicros: (valueOf('used_cpu_sys') + valueOf('used_cpu_user')) * 1e6,
    usedBytes: valueOf('used_memory'),
  };
}

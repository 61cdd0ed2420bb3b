export interface FoundRedis {
  readonly url: string;
  /** How it was found, for people. */
  readonly how: string;
  stop(): Promise<void>;
}

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  readonly binary: string;
  readonly pid: number;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export class NoRedisError extends Error {}

export function findRedis(say?: (line: string) => void): Promise<FoundRedis>;

export function startServer(options?: {
  port?: number;
  folder?: string;
  isPersistent?: boolean;
  isDetached?: boolean;
  args?: string[];
}): Promise<RedisServer>;

/** Loopback; below the ports of outgoing connections. */
export function freePort(): Promise<number>;
